-- Free a lock whoever holds it, and tell that to those who wait and to the holder.
--
-- KEYS[1]  lock key
-- ARGV[1]  how those who wait are told: PUBLISH or SPUBLISH
-- ARGV[2]  token that the lock must have; empty for any
-- ARGV[3]  channel on which the release is told
-- ARGV[4]  beginning of the channel on which the holder's locker is told: the rest is what its tokens begin with, up to a
--          dot, and the message is the token
-- Returns  1 when it was freed; 0, with nothing changed, when nobody holds it, or another token
--
-- @include tell release
local token = redis.call('GET', KEYS[1])
if not token or (ARGV[2] ~= '' and ARGV[2] ~= token) then return 0 end
release({KEYS[1]}, {ARGV[1], '0', '0', token, ARGV[3]})
local locker = string.match(token, '^([%w_-]+)%.')
-- Who may not publish can still free it. The holder then learns of it when it extends.
if locker then redis.pcall('PUBLISH', ARGV[4] .. locker, token) end
return 1
