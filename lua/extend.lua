-- Let every lock live at least this much longer, if this owner still holds all of them, and tell those who wait.
-- Never creates a lock and never shortens one.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order
-- ARGV[1]        how it is told: PUBLISH or SPUBLISH
-- ARGV[2]        ttlMs: least time to live from now, whole milliseconds, above 0
-- ARGV[3]        fenceTtlMs: how long the counters live
-- ARGV[4]        token: the owner's random string
-- ARGV[5..n+4]   channels on which it is told, in the order of the keys: the message is ttlMs
-- ARGV[n+5..2n+4]  fences of the acquisition, in the order of the keys
-- Returns        1 when every lock is extended; 0, with nothing changed, when any of them is not ours
--
-- @include tell
local n = #KEYS / 2
for i = 1, n do
  if redis.call('GET', KEYS[i]) ~= ARGV[4] then return 0 end
end
for i = 1, n do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then
    redis.call('PEXPIRE', KEYS[i], ARGV[2])
    -- So that they sleep on. Who may not publish can still extend.
    tell(nil, {ARGV[1], ARGV[i + 4], ARGV[2]})
  end
  -- The lock matters more than its counter, which may be unreadable, or refused when the server is out of memory.
  if (tonumber(redis.pcall('GET', KEYS[n + i]) or '0') or math.huge) <= tonumber(ARGV[n + i + 4]) then
    redis.pcall('SET', KEYS[n + i], ARGV[n + i + 4], 'PX', ARGV[3])
  end
end
return 1
