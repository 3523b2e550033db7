-- Free a lock whoever holds it, and tell that to those who wait and to the holder.
--
-- KEYS[1]  lock key
-- ARGV[1]  token that the lock must have; empty for any
-- ARGV[2]  channel on which the release is told
-- ARGV[3]  beginning of the channel on which the holder's locker is told: the rest is what its tokens begin with, up to a
--          dot, and the message is the token
-- Returns  1 when it was freed; 0, with nothing changed, when nobody holds it, or another token
--
-- @include release
local token = redis.call('GET', KEYS[1])
if not token or (ARGV[1] ~= '' and ARGV[1] ~= token) then return 0 end
release({KEYS[1]}, {'0', '0', token, ARGV[2]})
local locker = string.match(token, '^([%w_-]+)%.')
-- Who may not publish can still free it. The holder then learns of it when it extends.
if locker then redis.pcall('PUBLISH', ARGV[3] .. locker, token) end
return 1
