-- Free every lock that its owner still holds, tell those who wait, and leave the locks of others alone.
-- The locks may be of several owners, so that releases that follow each other are one.
--
-- KEYS[1..n]  lock keys, all in one hash slot; each is followed by its counter, where that may have to be brought up
-- KEYS[2..n]  these fence counters
-- ARGV[1]     how it is told: PUBLISH or SPUBLISH
-- ARGV[2]     fenceTtlMs: how long the counters live; 0 where there are none
-- ARGV[3]     nextMs: for how long somebody takes all of them in the very same call, right after this; 0 when nobody does
-- ARGV[4..m]  for each lock its token: the owner's random string; the channel on which it is told: that it is free, or "+"
--             and nextMs; and where there are counters, the fence to bring it up to
-- Returns     {number...}: for each lock 0 when it was not its owner's; else 1, and 1 more for each client that listened
--
-- @include tell
local perLock = ARGV[2] == '0' and 1 or 2
local values, reply = redis.call('MGET', unpack(KEYS)), {}
local message = {ARGV[1], '', ARGV[3] == '0' and '' or '+' .. ARGV[3]}
local a = 4
for k = 1, #KEYS, perLock do
  local freed = 0
  if values[k] == ARGV[a] then
    redis.call('DEL', KEYS[k])
    -- Who may not publish can still release. Those who wait then wait by the clock, and nobody knows how many they are.
    message[2] = ARGV[a + 1]
    local told = tell(nil, message)
    freed = 1 + (type(told) == 'number' and told or 1)
  end
  -- The delete comes first because it works when the server is out of memory; SET is refused then. What is there without
  -- a value may be of another type, and is left alone.
  if perLock == 2 then
    local counted = values[k + 1] or redis.pcall('GET', KEYS[k + 1]) or '0'
    if (tonumber(counted) or math.huge) < tonumber(ARGV[a + 2]) then
      redis.pcall('SET', KEYS[k + 1], ARGV[a + 2], 'PX', ARGV[2])
    end
  end
  reply[#reply + 1] = freed
  a = a + perLock + 1
end
return reply
