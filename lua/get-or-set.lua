-- Read a value, or store a default and read that. A value that is there keeps its time to live.
--
-- KEYS[1]  a string
-- ARGV[1]  defaultValue
-- ARGV[2]  ttlMs: time to live of a default that is stored, whole milliseconds, above 0; 'none': no end
-- Returns  the text that is stored now
local stored = redis.call('GET', KEYS[1])
if stored then return stored end
if ARGV[2] == 'none' then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return ARGV[1]
