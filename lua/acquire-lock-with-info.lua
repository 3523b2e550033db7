-- Take a lock, or say how long its holder still has it. The same token again is refused.
--
-- KEYS[1]  lock key
-- ARGV[1]  token: the owner's random string
-- ARGV[2]  ttlMs: how long the lock lives, whole milliseconds, above 0
-- Returns  {1, 0}       taken
--          {0, leftMs}  held for so long yet; -1 when the key has no time to live
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {1, 0} end
return {0, redis.call('PTTL', KEYS[1])}
