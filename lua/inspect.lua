-- Look at a lock and at what stands beside it, and change nothing.
--
-- KEYS[1]  lock key
-- KEYS[2]  fence counter
-- KEYS[3]  what its holder announces
-- ARGV[1]  how that is told: PUBLISH or SPUBLISH
-- ARGV[2]  channel on which its release is told
-- Returns  {token, remainingMs, fence, value, listening}
--          token: nil when it is free; remainingMs: -1 when it has no end; fence: nil when nobody was ever counted; value:
--          nil when this holder announces nothing; listening: clients that hear the channel, -1 when that is not told
local token = redis.call('GET', KEYS[1])
local fence, announced = redis.pcall('GET', KEYS[2]), redis.pcall('GET', KEYS[3])
local value = false
-- What a holder before has announced may still be there.
if token and type(announced) == 'string' and string.sub(announced, 1, #token + 1) == token .. '\n' then
  value = string.sub(announced, #token + 2)
end
local told = redis.pcall('PUBSUB', ARGV[1] == 'SPUBLISH' and 'SHARDNUMSUB' or 'NUMSUB', ARGV[2])
return {token, redis.call('PTTL', KEYS[1]), type(fence) == 'string' and fence, value, told[2] or -1}
