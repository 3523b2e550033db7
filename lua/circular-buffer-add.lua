-- Append on the right, and keep the newest elements only. The time to live stays.
--
-- KEYS[1]  a list
-- ARGV[1]  value
-- ARGV[2]  maxSize: how many elements to keep, a whole number from 1
-- Returns  the new length
local length = redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], '-' .. ARGV[2], '-1')
return math.min(length, tonumber(ARGV[2]))
