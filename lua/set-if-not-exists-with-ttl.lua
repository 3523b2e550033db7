-- Set an absent key together with its time to live.
--
-- KEYS[1]  a key; one of any type that is there already is left alone
-- ARGV[1]  value
-- ARGV[2]  ttlMs: time to live, whole milliseconds, above 0
-- Returns  1 when the value is stored; 0, with nothing changed, when the key was there
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0
