-- Take every lock for one token, or none of them, and number each taking.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order
-- ARGV[1]        token: the owner's random string, new for every attempt
-- ARGV[2]        ttlMs: how long the locks live, whole milliseconds, above 0
-- ARGV[3]        fenceTtlMs: how long the counters live
-- Returns        {1, fence...}  taken, or held by this very token (the command was sent again)
--                {0, waitMs}    busy: until the last of the other owners' keys ends; -1 when one never does
local n = #KEYS / 2
local owners, waitMs = {}, nil
for i = 1, n do
  owners[i] = redis.call('GET', KEYS[i])
  if owners[i] and owners[i] ~= ARGV[1] then
    local leftMs = redis.call('PTTL', KEYS[i])
    if leftMs < 0 or waitMs == -1 then waitMs = -1 else waitMs = math.max(waitMs or 1, leftMs) end
  end
end
if waitMs then return {0, waitMs} end
-- A counter that was lost starts again from the clock, in steps of 256 ms so that nodes agree on it.
local time = redis.call('TIME')
local floor = math.floor((time[1] * 1000 + math.floor(time[2] / 1000)) / 256) * 262144
local reply = {1}
for i = 1, n do
  local fence = redis.call('GET', KEYS[n + i]) or '0'
  if not string.find(fence, '^%d+$') or tonumber(fence) >= 2 ^ 53 - 1 then
    return redis.error_reply('FENCE the counter is not a whole number below 2^53')
  end
  if not owners[i] then fence = string.format('%.0f', math.max(tonumber(fence) + 1, floor)) end
  reply[i + 1] = fence
end
-- The counters first, the locks last: a script that fails half way leaves no lock behind.
for i = 1, n do
  if not owners[i] then redis.call('SET', KEYS[n + i], reply[i + 1], 'PX', ARGV[3]) end
end
for i = 1, n do
  if not owners[i] then redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
end
return reply
