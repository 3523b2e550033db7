-- Take from a limit on what may happen in any window of time, or say when there is room again.
--
-- KEYS[1]  a sorted set: a member for every unit taken, scored with the server's time in milliseconds
-- ARGV[1]  windowMs: length of the window, whole milliseconds, above 0
-- ARGV[2]  limit: units in a window, a whole number from 1
-- ARGV[3]  cost: units to take, all or none, at most the limit; 0 looks as if for 1 and writes nothing
-- Returns  {allowed, remaining, retryAfterMs, resetAfterMs}, allowed being 1 or 0
local windowMs, limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Entries far ahead were left by a clock that was wrong. Counting them would deny for as long.
local gone, ahead = string.format('%d', now - windowMs), string.format('%d', now + windowMs)
local count = redis.call('ZCOUNT', KEYS[1], '(' .. gone, ahead)
local missing = count + math.max(cost, 1) - limit
local retryAfterMs, resetAfterMs = 0, 0
if missing > 0 then
  local entry = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. gone, ahead, 'WITHSCORES', 'LIMIT', missing - 1, 1)
  retryAfterMs = math.ceil(entry[2] + windowMs - now)
elseif cost > 0 then
  -- Microsecond and number, in digits alone: a member that Redis can keep as an integer is small.
  local number, last = count, count + cost
  while number < last do
    local member = string.format('%s%06d%03d', time[1], time[2], number)
    number = number + 1
    if redis.call('ZADD', KEYS[1], 'NX', string.format('%d', now), member) == 0 then last = last + 1 end
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  count = count + cost
end
-- After ZADD, which is refused when the server is out of memory, so that such a call changes nothing.
if cost > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', gone)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ahead, '+inf')
end
local newest = redis.call('ZREVRANGEBYSCORE', KEYS[1], ahead, '(' .. gone, 'WITHSCORES', 'LIMIT', 0, 1)
if newest[2] then resetAfterMs = math.ceil(newest[2] + windowMs - now) end
return {missing > 0 and 0 or 1, math.max(limit - count, 0), retryAfterMs, resetAfterMs}
