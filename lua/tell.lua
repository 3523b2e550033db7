-- Tell something on a channel, as far as that is allowed.
--
-- ARGV[1]  how: PUBLISH, or SPUBLISH where that spares the other servers of a Cluster
-- ARGV[2]  channel; for SPUBLISH one in the hash slot of the keys
-- ARGV[3]  message
-- Returns  how many clients heard it here; an error when nobody could be told
--
-- Who listens on a Cluster hears both kinds, so either will do.
local told = ARGV[1] == 'SPUBLISH' and redis.pcall('SPUBLISH', ARGV[2], ARGV[3])
return type(told) == 'number' and told or redis.pcall('PUBLISH', ARGV[2], ARGV[3])
