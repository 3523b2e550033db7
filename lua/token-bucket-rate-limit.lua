-- Take from a bucket that refills all the time, or say when there is enough in it.
--
-- KEYS[1]  a hash: tokens, and last_refill, the server's time in milliseconds; an absent one is a full bucket
-- ARGV[1]  capacity: tokens in a full bucket, a whole number from 1
-- ARGV[2]  refillPerSecond: tokens, a finite decimal number above 0
-- ARGV[3]  cost: tokens to take, all or none, at most the capacity; 0 looks as if for 1 and writes nothing
-- Returns  {allowed, remaining, retryAfterMs, resetAfterMs}, allowed being 1 or 0
--          error NOTNUMBER, with nothing changed, when a stored text is not a finite decimal number
local capacity, perMs, cost = tonumber(ARGV[1]), tonumber(ARGV[2]) / 1000, tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local state = redis.call('HMGET', KEYS[1], 'tokens', 'last_refill')
local numbers = {capacity, now}
for i = 1, 2 do
  if state[i] then
    -- The characters first: tonumber alone would take 0x10, nan, inf and spaces.
    numbers[i] = string.find(state[i], '^[%d%.eE%+%-]+$') and tonumber(state[i])
    if not numbers[i] or math.abs(numbers[i]) == math.huge then
      return redis.error_reply('NOTNUMBER the stored value is not a finite decimal number')
    end
  end
end
local elapsedMs = math.max(0, now - numbers[2])
local tokens = math.min(capacity, math.max(0, numbers[1]) + elapsedMs * perMs)
local wanted = math.max(cost, 1)
-- Refilling adds fractions. Their rounding must not deny a caller who has waited as told.
local allowed = tokens >= wanted * (1 - 1e-9)
if allowed then tokens = math.max(0, tokens - cost) end
local retryAfterMs = allowed and 0 or math.max(1, math.ceil((wanted - tokens) / perMs))
local resetAfterMs = math.ceil((capacity - tokens) / perMs)
if allowed and cost > 0 then
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'last_refill', string.format('%d', now))
  redis.call('PEXPIRE', KEYS[1], string.format('%d', math.max(1, resetAfterMs)))
elseif cost > 0 and numbers[2] > now then
  -- Left by a clock that was wrong. Until that time nothing would be refilled.
  redis.call('HSET', KEYS[1], 'last_refill', string.format('%d', now))
end
return {allowed and 1 or 0, math.floor(tokens + 1e-9), retryAfterMs, resetAfterMs}
