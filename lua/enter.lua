-- Take a lock for one token where nobody stands in line for it, or stand in line behind those who do.
--
-- KEYS[1]  lock key
-- KEYS[2]  its fence counter
-- KEYS[3]  the line: a sorted set of places
-- KEYS[4]  the living: a hash from locker to "until sentAt"
-- ARGV[1]  how it is told: PUBLISH or SPUBLISH
-- ARGV[2]  ttlMs: how long the lock lives, whole milliseconds, above 0
-- ARGV[3]  fenceTtlMs: how long the counter lives
-- ARGV[4]  channel on which it is told who is given the lock
-- ARGV[5]  locker
-- ARGV[6]  aliveMs: for how long its places are alive without another word; 0 not to stand in line
-- ARGV[7]  sentAt: when this was sent, on the locker's own clock
-- ARGV[8]  token: the owner's random string; its place is kept when this is sent again
-- ARGV[9]  place: "locker lockDelayMs token"
-- Returns  {1, fence}            taken, or held by this very token, and then for ttlMs from now
--          {0, waitMs, isKnown}  in line, or busy: until when it is held, -1 without an end; 0 when other places of this
--                                locker may have been given up meanwhile, else 1
--
-- @include tell acquire grant attend
local own, reply = {KEYS[1], KEYS[2]}, nil
if ARGV[6] == '0' and redis.call('EXISTS', KEYS[1]) == 0 then
  local given = grant({KEYS[1], KEYS[2], KEYS[3], KEYS[4]}, {ARGV[1], ARGV[3], ARGV[4]})
  if given ~= 0 and given ~= 1 then return given end
end
if redis.call('EXISTS', KEYS[3]) == 0 then
  reply = acquire(own, {ARGV[2], ARGV[3], ARGV[8]})
  if reply.err then return reply end
end
if ARGV[6] == '0' then
  reply = reply or {0, redis.call('PTTL', KEYS[1]), 1}
elseif not reply or reply[1] == 0 then
  if redis.call('GET', KEYS[1]) ~= ARGV[8] and not redis.call('ZSCORE', KEYS[3], ARGV[9]) then
    local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')
    redis.call('ZADD', KEYS[3], (last[2] or 0) + 1, ARGV[9])
  end
  local seen = attend({KEYS[1], KEYS[2], KEYS[3], KEYS[4]}, {ARGV[1], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]})
  if seen.err then return seen end
  local isOurs = seen[2] == ARGV[8]
  reply = isOurs and {1, redis.call('GET', KEYS[2]) or 0} or {0, seen[3], seen[1]}
end
-- What was given to those in line ends soon.
if reply[1] == 1 and redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return reply
