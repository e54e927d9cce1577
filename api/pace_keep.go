package api

// This file is about one thing: places of runners on other machines. Whether such
// a runner still lives its process id does not tell; so it holds a place for some
// seconds only, and prolongs that while its call is on its way. What a dead one
// has held is free again soon, instead of standing in the way of all.

import (
	"time"
)

// placeLease is how long a place counts as on its way without being prolonged.
const placeLease = 5 * time.Second

// keptPlaces are those of this process.
type keptPlaces struct {
	routes map[*place]string
	timer  *time.Timer // runs while there are any
}

// remote reports whether places are shared with other machines.
func (p *pacer) remote() bool {
	_, remote := p.shared.(*paceServer)
	return remote
}

// keep prolongs a place until it is ended.
func (p *pacer) keep(route string, got *place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept.routes == nil {
		p.kept.routes = map[*place]string{}
		p.kept.timer = time.AfterFunc(placeLease/3, p.prolong)
	} else if len(p.kept.routes) == 0 {
		p.kept.timer.Reset(placeLease / 3)
	}
	p.kept.routes[got] = route
}

// ended forgets a place.
func (p *pacer) ended(got *place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.kept.routes, got)
	if len(p.kept.routes) == 0 {
		p.kept.end()
	}
}

func (k *keptPlaces) end() {
	if k.timer != nil {
		k.timer.Stop()
	}
}

// prolong gives each place its time anew.
func (p *pacer) prolong() {
	p.mu.Lock()
	routes := map[string][]*place{}
	for got, route := range p.kept.routes {
		routes[route] = append(routes[route], got)
	}
	p.mu.Unlock()
	for route, held := range routes {
		was := make([]int64, len(held)) // nobody else changes it
		for i, got := range held {
			was[i] = got.until.Load()
		}
		p.with(route, func(t *paceTable) {
			until := p.now().Add(placeLease).UnixNano()
			for i, got := range held {
				got.until.Store(was[i])
				if at, pid := t.slot(got.slot); pid == p.pid && at == was[i] {
					t.put(got.slot, until, p.pid)
					got.until.Store(until)
				}
			}
		})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept.routes) > 0 {
		p.kept.timer.Reset(placeLease / 3)
	}
}
