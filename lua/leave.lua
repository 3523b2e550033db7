-- Let every lock that this owner still holds end after exactly this time, and tell those who wait.
-- Leaves the locks of others alone.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order
-- ARGV[1]        how it is told: PUBLISH or SPUBLISH
-- ARGV[2]        leaveMs: time to live from now, whole milliseconds, above 0
-- ARGV[3]        fenceTtlMs: how long the counters live
-- ARGV[4]        token: the owner's random string
-- ARGV[5..n+4]   channels on which it is told, in the order of the keys
-- ARGV[n+5..2n+4]  fences of the acquisition, in the order of the keys
-- Returns        0 when one of the locks was not ours; else 1
--
-- @include tell
local n = #KEYS / 2
local allOurs = 1
for i = 1, n do
  if redis.call('GET', KEYS[i]) == ARGV[4] then
    -- An end that is put off is told as an extension; for one that comes sooner they must look.
    local told = redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) and ARGV[2] or ''
    redis.call('PEXPIRE', KEYS[i], ARGV[2])
    tell(nil, {ARGV[1], ARGV[i + 4], told})
  else
    allOurs = 0
  end
  -- The lock matters more than its counter, which may be unreadable, or refused when the server is out of memory.
  if (tonumber(redis.pcall('GET', KEYS[n + i]) or '0') or math.huge) <= tonumber(ARGV[n + i + 4]) then
    redis.pcall('SET', KEYS[n + i], ARGV[n + i + 4], 'PX', ARGV[3])
  end
end
return allOurs
