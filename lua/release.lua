-- Free every lock that this owner still holds, tell those who wait, and leave the locks of others alone.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order; none when there is nothing to bring up
-- ARGV[1]        fenceTtlMs: how long the counters live; 0 when there is nothing to bring up
-- ARGV[2]        token: the owner's random string
-- ARGV[3..n+2]   channels on which it is told, in the order of the keys
-- ARGV[n+3..2n+2]  fences to bring the counters up to, in the order of the keys; none when there is nothing to bring up
-- Returns        0 when one of the locks was not ours; else 1, and 1 more for each client that was listening
local n = ARGV[1] == '0' and #KEYS or #KEYS / 2
local allOurs, listening = true, 0
for i = 1, n do
  if redis.call('GET', KEYS[i]) == ARGV[2] then
    redis.call('DEL', KEYS[i])
    -- Who may not publish can still release. Those who wait then wait by the clock, and nobody knows how many they are.
    local told = redis.pcall('PUBLISH', ARGV[i + 2], '')
    listening = listening + (type(told) == 'number' and told or #KEYS)
  else
    allOurs = false
  end
end
-- The delete comes first because it works when the server is out of memory; SET is refused then.
for i = 1, #KEYS - n do
  if (tonumber(redis.pcall('GET', KEYS[n + i]) or '0') or math.huge) < tonumber(ARGV[n + i + 2]) then
    redis.pcall('SET', KEYS[n + i], ARGV[n + i + 2], 'PX', ARGV[1])
  end
end
return allOurs and 1 + listening or 0
