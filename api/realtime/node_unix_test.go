//go:build unix

package realtime

// The test against a Node process that is stopped: Windows has no such signal.

import (
	"syscall"
	"testing"
)

func (s *nodeServer) signal(sig syscall.Signal) {
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Error(err)
	}
}

// TestNodeFrozen: a server that stands still is given up after its own heartbeat times.
func TestNodeFrozen(t *testing.T) {
	t.Parallel()
	s := startNode(t, map[string]any{"server": quick()})
	for _, name := range []string{TransportWebSocket, TransportPolling} {
		w := startWatch(t, s.port, Options{Transport: name})
		w.await(Live)
		s.signal(syscall.SIGSTOP)
		if st := w.await(Lost); st.Reason != ReasonPingTimeout {
			t.Errorf("%s: lost for %s (%v)", name, st.Reason, st.Err)
		}
		s.signal(syscall.SIGCONT)
		w.await(Live)
	}
}
