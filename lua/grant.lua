-- Give a lock that is free to the first in line who is alive, and tell it. The dead before it lose their places.
--
-- KEYS[1]  lock key
-- KEYS[2]  its fence counter
-- KEYS[3]  the line: a sorted set of places ("locker lockDelayMs token"), in the order in which they were taken
-- KEYS[4]  the living: a hash from locker to "until sentAt": the server's time in ms up to which its places are alive, and
--          when it sent what this goes by, on its own clock
-- ARGV[1]  how it is told: PUBLISH or SPUBLISH
-- ARGV[2]  fenceTtlMs: how long the counter lives
-- ARGV[3]  channel on which it is told: "fence sentAt token"
-- Returns  1 when somebody has it now; 0 when nobody in line is known to be alive
--
-- @include tell acquire
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A few at a time, so that a crowd of dead ones does not hold up the server.
for _, place in ipairs(redis.call('ZRANGE', KEYS[3], 0, 63)) do
  local locker, lockDelayMs, token = string.match(place, '^(%S+) (%d+) (.+)$')
  local untilMs, sentAt = string.match(redis.call('HGET', KEYS[4], locker) or '0 0', '^(%d+) (%S+)$')
  local leftMs = untilMs - now
  if leftMs > 0 then
    -- For as long as it is known to be alive, and no longer: it extends the lock when it wants it longer than that.
    local reply = acquire({KEYS[1], KEYS[2]}, {leftMs + lockDelayMs, ARGV[2], token})
    if reply.err then return reply end
    redis.call('ZREM', KEYS[3], place)
    tell(nil, {ARGV[1], ARGV[3], string.format('%.0f %s %s', reply[2], sentAt, token)})
    return 1
  end
  redis.call('ZREM', KEYS[3], place)
  redis.call('HDEL', KEYS[4], locker)
end
return 0
