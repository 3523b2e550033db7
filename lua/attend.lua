-- Say that those of a locker who stand in line are alive, and see to it that a free lock is given to the first who is.
--
-- KEYS[1]  lock key
-- KEYS[2]  its fence counter
-- KEYS[3]  the line: a sorted set of places
-- KEYS[4]  the living: a hash from locker to "until sentAt"
-- ARGV[1]  how it is told: PUBLISH or SPUBLISH
-- ARGV[2]  fenceTtlMs: how long the counter lives
-- ARGV[3]  channel on which it is told who is given the lock
-- ARGV[4]  locker
-- ARGV[5]  aliveMs: for how long its places are alive without another word
-- ARGV[6]  sentAt: when this was sent, on the locker's own clock
-- Returns  {isKnown, holder, waitMs}: 0 when its places may have been given up meanwhile, else 1; who has the lock now, ''
--          when nobody has; until when, -1 without an end
--
-- @include tell acquire grant
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local untilMs = string.match(redis.call('HGET', KEYS[4], ARGV[4]) or '0', '^%d+')
redis.call('HSET', KEYS[4], ARGV[4], string.format('%.0f %s', now + ARGV[5], ARGV[6]))
redis.call('PEXPIRE', KEYS[3], ARGV[5])
redis.call('PEXPIRE', KEYS[4], ARGV[5])
if redis.call('EXISTS', KEYS[1]) == 0 then
  local given = grant({KEYS[1], KEYS[2], KEYS[3], KEYS[4]}, {ARGV[1], ARGV[2], ARGV[3]})
  if given ~= 0 and given ~= 1 then return given end
end
return {untilMs - now > 0 and 1 or 0, redis.call('GET', KEYS[1]) or '', redis.call('PTTL', KEYS[1])}
