-- Do commands in their order, up to the first that fails. What was done before it stays done.
--
-- KEYS[1..n]  the key of each command
-- ARGV[1..m]  for each command: its name, how many arguments follow the key, and these
-- Returns     the reply to each command
local replies, at = {}, 1
for i = 1, #KEYS do
  local name, count = ARGV[at], tonumber(ARGV[at + 1])
  replies[i] = redis.call(name, KEYS[i], unpack(ARGV, at + 2, at + 1 + count))
  at = at + 2 + count
end
return replies
