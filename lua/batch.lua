-- Do several things in order, each as the script of its name would do it alone. One that fails leaves the others be.
--
-- KEYS[1..n]  the keys of the first, of the second, and so on
-- ARGV[1..m]  for each: the script's name, how many keys it has, how many arguments, and the arguments
-- Returns     for each: {1, its reply}, or {0, the text of its error}
--
-- @include acquire extend raise release
local scripts = {acquire = acquire, extend = extend, raise = raise, release = release}
local replies, k, a = {}, 0, 0
while a < #ARGV do
  local keys, args = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  local ok, reply = pcall(
    scripts[ARGV[a + 1]],
    {unpack(KEYS, k + 1, k + keys)},
    {unpack(ARGV, a + 4, a + 3 + args)}
  )
  local failure = type(reply) == 'table' and reply.err or not ok and tostring(reply)
  replies[#replies + 1] = failure and {0, failure} or {1, reply}
  k, a = k + keys, a + 3 + args
end
return replies
