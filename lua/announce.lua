-- Put a value beside every lock that this owner holds, to live as long as the lock does, or take away its own.
--
-- KEYS[1..n]     lock keys, one per resource, all in one hash slot
-- KEYS[n+1..2n]  announced values, in the same order
-- ARGV[1]        how it is told: PUBLISH or SPUBLISH
-- ARGV[2]        token: the owner's random string
-- ARGV[3]        the value; it stands behind the token and a line break
-- ARGV[4]        1 to put it there, 0 to take it away
-- ARGV[5..n+4]   channels on which a new value is told, in the order of the keys
-- Returns        1; 0, with nothing changed, when any of the locks is not ours and a value is to be put there
--
-- @include tell
local n = #KEYS / 2
local ours = ARGV[2] .. '\n'
if ARGV[4] == '0' then
  -- The locks may be free by then, or another's, and so may be what stands there.
  for i = n + 1, 2 * n do
    local announced = redis.pcall('GET', KEYS[i])
    if type(announced) == 'string' and string.sub(announced, 1, #ours) == ours then redis.call('DEL', KEYS[i]) end
  end
  return 1
end
for i = 1, n do
  if redis.call('GET', KEYS[i]) ~= ARGV[2] then return 0 end
end
local announced = ours .. ARGV[3]
for i = 1, n do
  local isNew = redis.pcall('GET', KEYS[n + i]) ~= announced
  redis.call('SET', KEYS[n + i], announced, 'PX', math.max(1, redis.call('PTTL', KEYS[i])))
  -- Who may not publish can still announce.
  if isNew then tell(nil, {ARGV[1], ARGV[i + 4], ''}) end
end
return 1
