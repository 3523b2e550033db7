-- Free every lock that this owner still holds, tell those who wait, and leave the locks of others alone.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order; none when there is nothing to bring up
-- ARGV[1]        how it is told: PUBLISH or SPUBLISH
-- ARGV[2]        fenceTtlMs: how long the counters live; 0 when there is nothing to bring up
-- ARGV[3]        nextMs: for how long somebody takes all of them in the very same call, right after this; 0 when nobody does
-- ARGV[4]        token: the owner's random string
-- ARGV[5..n+4]   channels on which it is told, in the order of the keys: that it is free, or "+" and nextMs
-- ARGV[n+5..2n+4]  fences to bring the counters up to, in the order of the keys; none when there is nothing to bring up
-- Returns        0 when one of the locks was not ours; else 1, and 1 more for each client that was listening
--
-- @include tell
local n = ARGV[2] == '0' and #KEYS or #KEYS / 2
local allOurs, listening = true, 0
for i = 1, n do
  if redis.call('GET', KEYS[i]) == ARGV[4] then
    redis.call('DEL', KEYS[i])
    -- Who may not publish can still release. Those who wait then wait by the clock, and nobody knows how many they are.
    local told = tell(nil, {ARGV[1], ARGV[i + 4], ARGV[3] == '0' and '' or '+' .. ARGV[3]})
    listening = listening + (type(told) == 'number' and told or #KEYS)
  else
    allOurs = false
  end
end
-- The delete comes first because it works when the server is out of memory; SET is refused then.
for i = 1, #KEYS - n do
  if (tonumber(redis.pcall('GET', KEYS[n + i]) or '0') or math.huge) < tonumber(ARGV[n + i + 4]) then
    redis.pcall('SET', KEYS[n + i], ARGV[n + i + 4], 'PX', ARGV[2])
  end
end
return allOurs and 1 + listening or 0
