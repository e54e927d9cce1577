package relay

// This file is about one thing: the steps that the server does as one.

// appendScript appends a batch, counts on, notes which pushed events were dealt
// with and how far the cursor came, and prolongs the lease: all of it, or, where
// somebody else has led meanwhile, nothing. A lease that passed without anybody
// taking it goes on. A batch that was written already, whose answer was lost, is
// not written again.
//
// KEYS lease, state, stream, seen, cursor; ARGV the lease's value, milliseconds,
// entries to keep, name of the batch, last sequence number, identities (8 bytes
// each), milliseconds since all that had come was told ("" = not all is), cursor
// ("" = none), owner, and the records.
const appendScript = `
local held = redis.call('GET', KEYS[1])
if held ~= ARGV[1] and (held or redis.call('HGET', KEYS[2], 'leader') ~= ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('HGET', KEYS[2], 'batch') == ARGV[4] then return 1 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local last = redis.call('HGET', KEYS[2], 'last') or '0-0'
for i = 10, #ARGV do
  last = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', 'record', ARGV[i])
end
if ARGV[6] ~= '' then
  redis.call('XADD', KEYS[4], 'MINID', '~', string.format('%.0f', now - 60000), '*', 'ids', ARGV[6])
end
redis.call('HSET', KEYS[2], 'leader', ARGV[1], 'batch', ARGV[4], 'seq', ARGV[5], 'last', last, 'owner', ARGV[9])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[2], 'through', string.format('%.0f', now - ARGV[7])) end
if ARGV[8] ~= '' then
  redis.call('SET', KEYS[5], ARGV[8])
  redis.call('HSET', KEYS[2], 'mark', last)
end
return 1`

// lookScript is a standby's look: who leads, until when everything was dealt
// with, and the server's clock. One that is live says that it is there.
//
// KEYS lease, state, standby; ARGV who ("" = not live), milliseconds.
const lookScript = `
if ARGV[1] ~= '' then redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2]) end
local t = redis.call('TIME')
return {redis.call('GET', KEYS[1]), redis.call('HGET', KEYS[2], 'through'), t[1] * 1000 + math.floor(t[2] / 1000)}`

// leaveScript ends a member of a group: what it was given and has not handled is
// free for others at once, and without such it is forgotten; so are members of
// which nothing was heard for an hour.
//
// KEYS stream; ARGV group, member.
const leaveScript = `
local left = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2])
for _, p in ipairs(left) do
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, p[1], 'IDLE', 86400000, 'JUSTID')
end
if #left == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end
for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  if c[4] == 0 and c[6] > 3600000 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], c[2]) end
end
return #left`
