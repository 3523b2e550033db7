-- Do several things in order, each as the script of its name would do it alone. One that fails leaves the others be.
-- Those that follow each other with the same script, and as many keys and arguments, are told as one run.
--
-- KEYS[1..n]  the keys of the first, of the second, and so on
-- ARGV[1]     a text, with a line for each of these: for each run, the script's name, how many there are, how many keys
--             each of them has, how many arguments all of them share, how many each has of its own; the shared
--             arguments, and those of the first, of the second, and so on. No argument is empty.
-- Returns     {text, base, other...}: one text, because a client is slow at reading many small replies. It has a line for
--             each, with the number that it replied; for {1, fence} with how much the fence is more than base; or with "*"
--             when the reply is another: the next of these, where an error is a text that begins with "-"
--
-- @include tell acquire extend leave raise release grant attend enter pass
local scripts = {
  acquire = acquire, extend = extend, leave = leave, raise = raise, release = release,
  attend = attend, enter = enter, pass = pass
}
local text, at, k = ARGV[1], 1, 0
local lines, base, others = {}, nil, {}
local function line()
  local from, to = at, string.find(text, '\n', at, true) or 0
  at = to + 1
  return string.sub(text, from, to - 1)
end
local function number() return tonumber(line()) end
repeat
  local name, count, keyCount, shared, own = line(), number(), number(), number(), number()
  -- Releases of one lock each are done as one. What can be wrong with one of them is wrong with all.
  local together = name == 'release' and own < 4 and count or 1
  -- The same two tables for all of a run: making new ones costs as much as a command.
  local keys, args = {}, {}
  for i = 1, shared do args[i] = line() end
  for _ = 1, count, together do
    for i = 1, together * keyCount do keys[i] = KEYS[k + i] end
    for i = 1, together * own do args[shared + i] = line() end
    k = k + together * keyCount
    local ok, reply = pcall(scripts[name], keys, args)
    for i = 1, together do
      local told = reply
      if ok and name == 'release' then
        told = #reply == together and reply[i]
      elseif ok and name == 'acquire' and reply[1] == 1 and type(reply[2]) == 'number' and not reply[3] then
        base = base or reply[2]
        -- Lua writes no more than 14 digits of a number.
        told = math.abs(reply[2] - base) < 1e14 and reply[2] - base
      end
      if type(told) == 'number' then
        lines[#lines + 1] = told
      else
        local failure = type(reply) == 'table' and reply.err or not ok and tostring(reply)
        lines[#lines + 1] = '*'
        others[#others + 1] = failure and '-' .. failure or reply
      end
    end
  end
until at == 1
return {table.concat(lines, '\n'), base or 0, unpack(others)}
