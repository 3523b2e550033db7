-- Give a lock a new time to live, counted from now, if this owner still holds it. Never creates it.
--
-- KEYS[1]  lock key
-- ARGV[1]  token: the owner's random string
-- ARGV[2]  ttlMs: new time to live, whole milliseconds, above 0
-- Returns  1 when it is extended; 0, with nothing changed, when it is not ours
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
-- Unlike SET, PEXPIRE is not refused when the server is out of memory.
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
