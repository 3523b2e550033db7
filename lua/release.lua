-- Free every lock that its owner still holds, tell those who wait, and leave the locks of others alone.
-- The releases of several owners, one behind the other, are a release as well.
--
-- For each lock, all in one hash slot:
-- KEYS  lock key
-- KEYS  its fence counter; only where there is something to bring up
-- ARGV[1]  how it is told: PUBLISH or SPUBLISH
-- ARGV[2]  fenceTtlMs: how long the counters live; 0 when there is nothing to bring up
-- ARGV[3]  nextMs: for how long somebody takes all of them in the very same call, right after this; 0 when nobody does
-- For each lock:
-- ARGV  token: the owner's random string
-- ARGV  channel on which it is told: that it is free, or "+" and nextMs
-- ARGV  fence to bring the counter up to; only where there is something to bring up
-- Returns  {number...}: for each lock 0 when it was not the owner's; else 1, and 1 more for each client that was listening
--
-- @include tell
local perLock = ARGV[2] == '0' and 1 or 2
local values = redis.call('MGET', unpack(KEYS))
local freed, a = {}, 4
for k = 1, #KEYS, perLock do
  if values[k] == ARGV[a] then freed[#freed + 1] = KEYS[k] end
  a = a + perLock + 1
end
if #freed > 0 then redis.call('DEL', unpack(freed)) end
local reply, message = {}, {ARGV[1], '', ARGV[3] == '0' and '' or '+' .. ARGV[3]}
a = 4
for k = 1, #KEYS, perLock do
  local told = false
  if values[k] == ARGV[a] then
    message[2] = ARGV[a + 1]
    told = tell(nil, message)
  end
  -- Who may not publish can still release. Those who wait then wait by the clock, and nobody knows how many they are.
  reply[#reply + 1] = told and 1 + (tonumber(told) or 1) or 0
  -- The delete came first because it works when the server is out of memory; SET is refused then. A counter without a
  -- value may be something else, which is none of our business.
  if perLock == 2 then
    local counted = values[k + 1] or redis.pcall('GET', KEYS[k + 1]) or '0'
    if (tonumber(counted) or math.huge) < tonumber(ARGV[a + 2]) then
      redis.pcall('SET', KEYS[k + 1], ARGV[a + 2], 'PX', ARGV[2])
    end
  end
  a = a + perLock + 1
end
return reply
