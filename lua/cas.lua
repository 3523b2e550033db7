-- Set a value, if the stored one is byte for byte as expected, or if there is none and none is expected.
--
-- KEYS[1]  a string
-- ARGV[1]  1: a value is expected; 0: the key must be absent
-- ARGV[2]  expected: the value; of no meaning when ARGV[1] is 0
-- ARGV[3]  next: the value to store
-- ARGV[4]  ttlMs: its time to live, whole milliseconds, above 0; 'keep': the present one; 'none': no end
-- Returns  1 when the value is swapped; 0, with nothing changed, when another one is there
local expected = ARGV[1] == '1' and ARGV[2]
if redis.call('GET', KEYS[1]) ~= expected then return 0 end
if ARGV[4] == 'keep' then
  redis.call('SET', KEYS[1], ARGV[3], 'KEEPTTL')
elseif ARGV[4] == 'none' then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
return 1
