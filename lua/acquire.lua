-- Take every lock for one token, or none of them, and number each taking.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  fence counters, in the same order
-- ARGV[1]        ttlMs: how long the locks live, whole milliseconds, above 0
-- ARGV[2]        fenceTtlMs: how long the counters live
-- ARGV[3]        token: the owner's random string, new for every attempt
-- Returns        {1, fence...}  taken, or held by this very token (the command was sent again)
--                {0, waitMs}    busy: until the last of the other owners' keys ends; -1 when one never does
local n = #KEYS / 2
local reply, taken, waitMs, failure = {1}, {}, nil, nil
for i = 1, n do
  if redis.call('SET', KEYS[i], ARGV[3], 'PX', ARGV[1], 'NX') then
    taken[#taken + 1] = i
  elseif redis.call('GET', KEYS[i]) == ARGV[3] then
    reply[i + 1] = redis.call('GET', KEYS[n + i]) or 0
  else
    local leftMs = redis.call('PTTL', KEYS[i])
    if leftMs < 0 or waitMs == -1 then waitMs = -1 else waitMs = math.max(waitMs or 1, leftMs) end
  end
end
for _, i in ipairs(waitMs and {} or taken) do
  local fence = redis.pcall('INCR', KEYS[n + i])
  if type(fence) == 'table' or fence >= 2 ^ 53 - 1 then
    failure = fence
    break
  end
  -- A counter that was lost starts again from the clock, in steps of 256 ms so that nodes agree on it. Within a step it
  -- lives on as it is. Those that travel together ask for the time once.
  if not ARGV.floor then
    local time = redis.call('TIME')
    ARGV.floor = math.floor((time[1] * 1000 + math.floor(time[2] / 1000)) / 256) * 262144
  end
  if fence < ARGV.floor or fence >= ARGV.floor + 262144 then
    fence = math.max(fence, ARGV.floor)
    redis.call('SET', KEYS[n + i], string.format('%.0f', fence), 'PX', ARGV[2])
  end
  reply[i + 1] = fence
end
-- All of them, with their numbers, or none.
if waitMs or failure then
  for _, i in ipairs(taken) do redis.call('DEL', KEYS[i]) end
end
if waitMs then return {0, waitMs} end
if type(failure) == 'table' and string.find(failure.err, '^WRONGTYPE') then return failure end
if failure then return redis.error_reply('FENCE the counter is not a whole number below 2^53') end
return reply
