-- Lift the fence counters to the fences that the owner has settled on, if it still holds every lock.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order
-- ARGV[1]        fenceTtlMs: how long the counters live
-- ARGV[2]        token: the owner's random string
-- ARGV[3..n+2]   fences, in the order of the keys
-- Returns        1 when every counter now stands at its fence
--                0, with nothing changed, when a lock is not ours or a counter is already beyond its fence
local n = #KEYS / 2
for i = 1, n do
  if redis.call('GET', KEYS[i]) ~= ARGV[2] then return 0 end
  if tonumber(redis.call('GET', KEYS[n + i]) or '0') > tonumber(ARGV[i + 2]) then return 0 end
end
for i = 1, n do redis.call('SET', KEYS[n + i], ARGV[i + 2], 'PX', ARGV[1]) end
return 1
