-- Do several things in order, each as the script of its name would do it alone. One that fails leaves the others be.
-- Those that follow each other with the same script, and as many keys and arguments, are told as one run.
--
-- KEYS[1..n]  the keys of the first, of the second, and so on
-- ARGV[1]     a text, with a line for each of these: for each run, the script's name, how many there are, how many keys
--             each of them has, how many arguments all of them share, how many each has of its own; the shared
--             arguments, and those of the first, of the second, and so on. No argument is empty.
-- Returns     for each: its reply, or its error as a text that begins with "-"
--
-- @include tell acquire extend leave raise release grant attend enter pass
local scripts = {
  acquire = acquire, extend = extend, leave = leave, raise = raise, release = release,
  attend = attend, enter = enter, pass = pass
}
local replies, k = {}, 0
local line = string.gmatch(ARGV[1], '[^\n]+')
for name in line do
  local script, count, keyCount = scripts[name], tonumber(line()), tonumber(line())
  local shared, own = tonumber(line()), tonumber(line())
  -- The same two tables for all of a run: making new ones costs as much as a command.
  local keys, args = {}, {}
  for i = 1, shared do args[i] = line() end
  for _ = 1, count do
    for i = 1, keyCount do keys[i] = KEYS[k + i] end
    for i = 1, own do args[shared + i] = line() end
    local ok, reply = pcall(script, keys, args)
    local failure = type(reply) == 'table' and reply.err or not ok and tostring(reply)
    replies[#replies + 1] = failure and '-' .. failure or reply
    k = k + keyCount
  end
end
return replies
