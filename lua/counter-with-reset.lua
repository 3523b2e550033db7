-- Add 1 to a counter, and start over when it reaches the threshold. The time to live stays.
--
-- KEYS[1]  a string; an absent one counts as 0
-- ARGV[1]  threshold: a safe integer, which itself is never stored
-- ARGV[2]  resetTo: where to start over, a safe integer below the threshold
-- Returns  {value, 1}  started over; the value in digits, no longer an integer, from 2^52 on
--          {value, 0}  counted
--          error NOTINTEGER, with nothing changed, when the stored text is not a safe integer in plain digits
local stored = redis.call('GET', KEYS[1]) or '0'
local plain = stored == '0' or string.find(stored, '^%-?[1-9]%d*$')
if not plain or math.abs(tonumber(stored)) > 9007199254740991 then
  return redis.error_reply('NOTINTEGER the stored value is not an integer in the safe range')
end
local value, reset = tonumber(stored) + 1, 0
if value >= tonumber(ARGV[1]) then value, reset = tonumber(ARGV[2]), 1 end
local digits = string.format('%d', value)
redis.call('SET', KEYS[1], digits, 'KEEPTTL')
-- A client misreads integers close to 2^53 (ioredis 6.0.0), but no digits.
return {math.abs(value) < 4503599627370496 and value or digits, reset}
