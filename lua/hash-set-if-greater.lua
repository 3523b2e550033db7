-- Store a number in a field, if it is greater than the one there, or if there is none.
--
-- KEYS[1]  a hash
-- ARGV[1]  field
-- ARGV[2]  value: a finite decimal number, stored as it stands
-- Returns  1 when it is stored; 0, with nothing changed, when the one there is as great or greater
--          error NOTNUMBER, with nothing changed, when the stored text is not a finite decimal number
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if stored then
  -- The characters first: tonumber alone would take 0x10, nan, inf and spaces.
  local number = string.find(stored, '^[%d%.eE%+%-]+$') and tonumber(stored)
  if not number or math.abs(number) == math.huge then
    return redis.error_reply('NOTNUMBER the stored value is not a finite decimal number')
  end
  if number >= tonumber(ARGV[2]) then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
