package redis

// This file is about one thing: a lease with a fencing token: the scripts by which
// it is taken and given back. Its value is "TOKEN WHO"; a token is never given
// twice, so that whoever compares the value cannot take an old lease for a new one.

// TakeLease takes a lease and tells a hash, as it is at that moment, in the same
// answer. Asked again by the one that has it already, because the answer was
// lost, it says so once more. The answer is {1, value, hash}, {0, the other's
// value}, or {2} where there is no hash and none is to be made.
//
// KEYS lease, counter of tokens, hash; ARGV who asks, milliseconds, whether to
// go on ("1") where there is no hash.
func TakeLease() *Script { return NewScript(3, takeScript) }

// EndLease gives a lease back and tells (1, 0) whether it was still held: what was
// read until then is of one moment. The mark makes it safe to ask again when the
// answer was lost. KEYS lease, mark; ARGV the lease's value.
func EndLease() *Script { return NewScript(2, endScript) }

const takeScript = `
if ARGV[3] == '0' and redis.call('EXISTS', KEYS[3]) == 0 then return {2} end
local held = redis.call('GET', KEYS[1])
if held then
  local token = string.match(held, '^(%d+) ')
  if held ~= token .. ' ' .. ARGV[1] then return {0, held} end
  return {1, held, redis.call('HGETALL', KEYS[3])}
end
held = redis.call('INCR', KEYS[2]) .. ' ' .. ARGV[1]
redis.call('SET', KEYS[1], held, 'PX', ARGV[2])
return {1, held, redis.call('HGETALL', KEYS[3])}`

const endScript = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], '', 'PX', 30000)
return redis.call('DEL', KEYS[1])`
