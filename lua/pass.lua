-- Give up a place in line, and the lock where this owner has it: to the first in line who is alive, else to whoever comes.
--
-- KEYS[1]  lock key
-- KEYS[2]  its fence counter
-- KEYS[3]  the line: a sorted set of places
-- KEYS[4]  the living: a hash from locker to "until sentAt"
-- ARGV[1]  how it is told: PUBLISH or SPUBLISH
-- ARGV[2]  fenceTtlMs: how long the counter lives
-- ARGV[3]  token: the owner's random string
-- ARGV[4]  channel on which it is told who is given the lock, or that it is free
-- ARGV[5]  place: "locker lockDelayMs token"
-- Returns  1 when the lock was ours until now, else 0
--
-- @include tell acquire grant
redis.pcall('ZREM', KEYS[3], ARGV[5])
if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1])
-- Whatever is wrong with the line, the lock is free now.
local _, given = pcall(grant, {KEYS[1], KEYS[2], KEYS[3], KEYS[4]}, {ARGV[1], ARGV[2], ARGV[4]})
if given ~= 1 then tell(nil, {ARGV[1], ARGV[4], ''}) end
return 1
