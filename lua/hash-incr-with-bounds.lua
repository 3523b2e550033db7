-- Add to a field, and bring the result into bounds. Other fields and every time to live stay.
--
-- KEYS[1]  a hash
-- ARGV[1]  field; an absent one counts as 0
-- ARGV[2]  delta: a safe integer
-- ARGV[3]  min: a safe integer
-- ARGV[4]  max: a safe integer, not below min
-- Returns  the new value; in digits, no longer an integer, from 2^52 on
--          error NOTINTEGER, with nothing changed, when the stored text is not a safe integer in plain digits
local stored = redis.call('HGET', KEYS[1], ARGV[1]) or '0'
local plain = stored == '0' or string.find(stored, '^%-?[1-9]%d*$')
if not plain or math.abs(tonumber(stored)) > 9007199254740991 then
  return redis.error_reply('NOTINTEGER the stored value is not an integer in the safe range')
end
local old = tonumber(stored)
local new = math.max(tonumber(ARGV[3]), math.min(old + tonumber(ARGV[2]), tonumber(ARGV[4])))
-- HINCRBY, because HSET would drop the time to live of the field. In two steps where one is too long to be exact.
if math.abs(new - old) > 9007199254740991 then
  redis.call('HINCRBY', KEYS[1], ARGV[1], string.format('%d', -old))
  old = 0
end
redis.call('HINCRBY', KEYS[1], ARGV[1], string.format('%d', new - old))
-- A client misreads integers close to 2^53 (ioredis 6.0.0), but no digits.
return math.abs(new) < 4503599627370496 and new or string.format('%d', new)
