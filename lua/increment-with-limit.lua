-- Add to a counter, up to a maximum. An absent one counts as 0; the time to live stays.
--
-- KEYS[1]  a string
-- ARGV[1]  by: a safe integer
-- ARGV[2]  max: a safe integer
-- Returns  the new value; in digits, no longer an integer, from 2^52 on
--          error NOTINTEGER, with nothing changed, when the stored text is not a safe integer in plain digits
--          error OVERFLOW, with nothing changed, when the result is below the safe integers
local stored = redis.call('GET', KEYS[1]) or '0'
local plain = stored == '0' or string.find(stored, '^%-?[1-9]%d*$')
if not plain or math.abs(tonumber(stored)) > 9007199254740991 then
  return redis.error_reply('NOTINTEGER the stored value is not an integer in the safe range')
end
local value = math.min(tonumber(stored) + tonumber(ARGV[1]), tonumber(ARGV[2]))
if value < -9007199254740991 then
  return redis.error_reply('OVERFLOW the result is outside the safe integer range')
end
-- Redis would print a large number of Lua's as 1e+15, which INCRBY refuses ever after.
local digits = string.format('%d', value)
redis.call('SET', KEYS[1], digits, 'KEEPTTL')
-- A client misreads integers close to 2^53 (ioredis 6.0.0), but no digits.
return math.abs(value) < 4503599627370496 and value or digits
