package journal

// This file is about one thing: the steps that a Redis server does as one for a
// shared journal. Of a bucket it keeps the values as a hash and the keys' order
// as a sorted set.

import (
	"github.com/vizora/vizora-cli/api/redis"
)

// commitScript writes a transaction, if its lease has not passed, and gives the
// lease back. A mark of the transaction, kept for longer than a call is tried,
// makes it safe to ask again when the answer was lost.
//
// KEYS lease, mark; ARGV lease's value, prefix of the buckets, and for each
// change p bucket key value, or d bucket key.
const commitScript = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local i = 3
while i <= #ARGV do
  local bucket, key = ARGV[2] .. ARGV[i+1], ARGV[i+2]
  if ARGV[i] == 'p' then
    redis.call('HSET', bucket, key, ARGV[i+3])
    redis.call('ZADD', bucket .. ':order', 0, key)
    i = i + 4
  else
    redis.call('HDEL', bucket, key)
    redis.call('ZREM', bucket .. ':order', key)
    i = i + 3
  end
end
redis.call('SET', KEYS[2], '', 'PX', 30000)
redis.call('DEL', KEYS[1])
return 1`

// pageScript reads keys from a place on, with their values. KEYS the bucket, its
// order; ARGV the place, how many, whether backwards.
const pageScript = `
local keys
if ARGV[3] == '1' then
  keys = redis.call('ZREVRANGEBYLEX', KEYS[2], ARGV[1], '-', 'LIMIT', 0, ARGV[2])
else
  keys = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], '+', 'LIMIT', 0, ARGV[2])
end
if #keys == 0 then return {keys, keys} end
return {keys, redis.call('HMGET', KEYS[1], unpack(keys))}`

// fetchScript reads values of several buckets. KEYS the buckets; ARGV for each how
// many, and the keys.
const fetchScript = `
local all, at = {}, 1
for i, bucket in ipairs(KEYS) do
  local n = tonumber(ARGV[at])
  all[i] = redis.call('HMGET', bucket, unpack(ARGV, at + 1, at + n))
  at = at + n + 1
end
return all`

// scripts are a store's.
type scripts struct{ begin, commit, end, page, fetch *redis.Script }

func newScripts() scripts {
	return scripts{
		begin: redis.TakeLease(), commit: redis.NewScript(2, commitScript),
		end: redis.EndLease(), page: redis.NewScript(2, pageScript), fetch: redis.NewScript(-1, fetchScript),
	}
}
