-- Do several things in order, each as the script of its name would do it alone. One that fails leaves the others be.
-- Those that follow each other with the same script, and as many keys and arguments, are told as one run.
--
-- KEYS[1..n]  the keys of the first, of the second, and so on
-- ARGV[1..m]  for each run: the script's name, how many there are, how many keys each of them has, how many arguments
--             all of them share, how many each has of its own; the shared arguments, and those of the first, of the
--             second, and so on
-- Returns     for each: its reply, or its error as a text that begins with "-"
--
-- @include acquire extend raise release
local scripts = {acquire = acquire, extend = extend, raise = raise, release = release}
local replies, k, a = {}, 0, 0
while a < #ARGV do
  local script = scripts[ARGV[a + 1]]
  local count, keyCount = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  local shared, own = tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5])
  a = a + 5
  -- The same two tables for all of a run: making new ones costs as much as a command.
  local keys, args = {}, {unpack(ARGV, a + 1, a + shared)}
  a = a + shared
  for _ = 1, count do
    for i = 1, keyCount do keys[i] = KEYS[k + i] end
    for i = 1, own do args[shared + i] = ARGV[a + i] end
    local ok, reply = pcall(script, keys, args)
    local failure = type(reply) == 'table' and reply.err or not ok and tostring(reply)
    replies[#replies + 1] = failure and '-' .. failure or reply
    k, a = k + keyCount, a + own
  end
end
return replies
