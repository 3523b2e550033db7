-- Let every lock live at least this much longer, if this owner still holds all of them, and tell those who wait.
-- Never creates a lock and never shortens one.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order
-- ARGV[1]        ttlMs: least time to live from now, whole milliseconds, above 0
-- ARGV[2]        fenceTtlMs: how long the counters live
-- ARGV[3]        token: the owner's random string
-- ARGV[4..n+3]   channels on which it is told, in the order of the keys: the message is ttlMs
-- ARGV[n+4..2n+3]  fences of the acquisition, in the order of the keys
-- Returns        1 when every lock is extended; 0, with nothing changed, when any of them is not ours
local n = #KEYS / 2
for i = 1, n do
  if redis.call('GET', KEYS[i]) ~= ARGV[3] then return 0 end
end
for i = 1, n do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[1]) then
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
    -- So that they sleep on. Who may not publish can still extend.
    redis.pcall('PUBLISH', ARGV[i + 3], ARGV[1])
  end
  -- The lock matters more than its counter, which may be unreadable, or refused when the server is out of memory.
  if (tonumber(redis.pcall('GET', KEYS[n + i]) or '0') or math.huge) <= tonumber(ARGV[n + i + 3]) then
    redis.pcall('SET', KEYS[n + i], ARGV[n + i + 3], 'PX', ARGV[2])
  end
end
return 1
