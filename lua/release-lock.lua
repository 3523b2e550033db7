-- Free a lock, if this owner still holds it.
--
-- KEYS[1]  lock key
-- ARGV[1]  token: the owner's random string
-- Returns  1 when it was ours and is free now; 0, with nothing changed, when it is not ours
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
