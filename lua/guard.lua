-- Run something if this owner still holds every lock, and do nothing at all if it does not.
--
-- KEYS[1..n]    lock keys, one per resource, all in one hash slot
-- KEYS[n+1..m]  the keys of what is run, in the same slot
-- ARGV[1]       token: the owner's random string
-- ARGV[2]       n: how many locks there are
-- ARGV[3..k]    the arguments of what is run
-- Returns       {1, reply}  with what it returned, or {1} when that is nothing; an error that it returned as such
--               {0}         when a lock is not ours
local function work(KEYS, ARGV)
  -- @work
end
local n = tonumber(ARGV[2])
for i = 1, n do
  if redis.call('GET', KEYS[i]) ~= ARGV[1] then return {0} end
end
local keys, args = {}, {}
for i = 1, #KEYS - n do keys[i] = KEYS[n + i] end
for i = 1, #ARGV - 2 do args[i] = ARGV[i + 2] end
local reply = work(keys, args)
if type(reply) == 'table' and reply.err then return reply end
return {1, reply}
