-- Store a value with the fence of who writes it, unless somebody with a larger fence has written before.
--
-- KEYS[1]  a hash with the fields `fence` and `value`
-- ARGV[1]  fence: a whole number from 0, below 2^53
-- ARGV[2]  value
-- Returns  1 when it is stored; 0, with nothing changed, when a larger fence is there
--          the error NOTINTEGER when what is there as a fence is none
local stored = redis.call('HGET', KEYS[1], 'fence')
local last = tonumber(stored or '-1')
if not last then return redis.error_reply('NOTINTEGER the stored fence is not a whole number') end
if last > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1])
redis.call('HSET', KEYS[1], 'value', ARGV[2])
return 1
