package journal

// This file is about one thing: walking a shared journal's bucket: what the
// server holds, page by page, and what the transaction has written, as one order.

import (
	"github.com/vizora/vizora-cli/api/redis"
)

const (
	firstPage = 8 // most look at one or two
	growth    = 8
	lastPage  = 2048 // a script's unpack takes no more than some thousands
)

// sharedCursor is a place in a bucket.
type sharedCursor struct {
	b     *sharedBucket
	at    string // the key that was returned last, or was looked for
	back  bool
	page  []entry // what the server holds from at on, in the direction of back
	ended bool    // the server has no more
	size  int     // of the next page
}

type entry struct {
	key   string
	value []byte
}

// Seek goes to a key, or the next one there is.
func (c *sharedCursor) Seek(key []byte) (k, v []byte) {
	c.turn(false)
	c.at = string(key)
	return c.step(true)
}

// before goes to a place of which only what is before it will be asked.
func (c *sharedCursor) before(key []byte) {
	c.turn(true)
	c.at = string(key)
}

// Next goes to the next key.
func (c *sharedCursor) Next() (k, v []byte) {
	if c.back {
		c.turn(false)
	}
	return c.step(false)
}

// Prev goes to the key before.
func (c *sharedCursor) Prev() (k, v []byte) {
	if !c.back {
		c.turn(true)
	}
	return c.step(false)
}

// turn forgets what was read in the other direction.
func (c *sharedCursor) turn(back bool) { c.back, c.page, c.ended, c.size = back, nil, false, firstPage }

// step goes to the nearest key in the direction, of the server's and our own.
func (c *sharedCursor) step(here bool) (k, v []byte) {
	theirs, found := c.remote(here)
	if mine, ok := c.local(here); ok && (!found || c.nearer(mine, theirs.key)) {
		theirs, found = entry{mine, c.b.known[mine]}, true
	}
	if !found {
		return nil, nil // stays where it is, as Prev after a Seek to the end must
	}
	c.at = theirs.key
	return []byte(theirs.key), theirs.value
}

func (c *sharedCursor) nearer(a, b string) bool { return a < b != c.back }

// past reports whether a key is at or behind the place, and not yet returned.
func (c *sharedCursor) past(key string, here bool) bool {
	return here && key == c.at || key != c.at && c.nearer(c.at, key)
}

// local is the nearest key that the transaction has written.
func (c *sharedCursor) local(here bool) (string, bool) {
	at, there := c.b.place(c.at)
	switch {
	case c.back:
		at--
	case there && !here:
		at++
	}
	if at < 0 || at >= len(c.b.added) {
		return "", false
	}
	return c.b.added[at], true
}

// remote is the nearest entry of the server that the transaction has not changed.
func (c *sharedCursor) remote(here bool) (entry, bool) {
	for {
		for len(c.page) > 0 {
			e := c.page[0]
			if !c.past(e.key, here) {
				c.page = c.page[1:]
				continue
			}
			if _, written := c.b.place(e.key); written || c.b.gone[e.key] {
				c.page = c.page[1:]
				continue
			}
			return e, true
		}
		if c.ended {
			return entry{}, false
		}
		c.read(here)
	}
}

// read asks the server for the next page.
func (c *sharedCursor) read(here bool) {
	from, s := c.at, c.b.tx.store
	for {
		place, backwards := "("+from, "0"
		if here {
			place = "[" + from
		}
		if c.back {
			backwards = "1"
		}
		answer, err := s.client.Run(c.b.tx.ctx, s.scripts.page, c.b.key(), c.b.key()+":order", place, c.size, backwards)
		if err != nil {
			panic(failedRead{s.failure(c.b.tx.ctx, err)})
		}
		keys, values := redis.List(redis.At(redis.List(answer), 0)), redis.List(redis.At(redis.List(answer), 1))
		c.ended = len(keys) < c.size
		c.size = min(growth*c.size, lastPage)
		fresh := false
		for i, key := range keys {
			e := entry{redis.Text(key), redis.Bytes(redis.At(values, i))}
			if e.value == nil {
				e.value = []byte{}
			}
			c.page = append(c.page, e)
			_, written := c.b.place(e.key)
			fresh = fresh || !written && !c.b.gone[e.key]
			from, here = e.key, false
		}
		if fresh || c.ended {
			return
		}
	}
}
