-- Keeps a value unless a newer one is there; gives the lock under which it was read back. A value begins with its version.
-- KEYS: the value's, its lock's. ARGV: the version, the value, for how many milliseconds it is kept.
local kept = redis.pcall('get', KEYS[1])
local version = type(kept) == 'string' and tonumber(string.sub(kept, 1, 16)) or nil
local stays = version and version > tonumber(ARGV[1])
if not stays then redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
redis.call('del', KEYS[2])
return stays and 0 or 1
