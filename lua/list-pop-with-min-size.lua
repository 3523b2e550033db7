-- Pop from the left, if more than so many elements are there.
--
-- KEYS[1]  a list
-- ARGV[1]  minSize: how many elements must remain, a whole number from 0
-- Returns  the element; nil, with nothing changed, when there are too few
if redis.call('LLEN', KEYS[1]) <= tonumber(ARGV[1]) then return nil end
return redis.call('LPOP', KEYS[1])
