// The state file: the whole store as JSON, replaced in one step. Codes, counters and rate limits are not kept.

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// saveEvery bounds how much a killed sandbox forgets.
const saveEvery = 250 * time.Millisecond

// shareEvery is how often a state that does not change is given to other sandboxes, so that it is known to be alive.
const shareEvery = 5 * time.Second

const stateVersion = 1

type savedState struct {
	Version   int                   `json:"version"`
	Starts    uint64                `json:"starts"`
	UserKey   string                `json:"userKey"`
	DeviceKey string                `json:"deviceKey"`
	Logins    []Login               `json:"logins"`
	Tenants   []savedTenant         `json:"tenants"`
	Sessions  []*session            `json:"sessions"`
	Revoked   map[string]int64      `json:"revoked"`
	Objects   map[string]storedFile `json:"objects"`
	Library   []*content            `json:"library"`
}

type savedTenant struct {
	Org           *orgRow              `json:"org"`
	Users         []*user              `json:"users"`
	Displays      []*display           `json:"displays"`
	Playlists     []*playlist          `json:"playlists"`
	Contents      []*content           `json:"contents"`
	Folders       []*folderRow         `json:"folders"`
	Schedules     []*scheduleRow       `json:"schedules"`
	Groups        []*group             `json:"groups"`
	Tags          []*tagRow            `json:"tags"`
	Notifications []*notificationRow   `json:"notifications"`
	APIKeys       []*apiKey            `json:"apiKeys"`
	Records       map[string][]*record `json:"records"` // by kind
	Impressions   []impression         `json:"impressions"`
}

// ErrStateFile is wrapped by the errors of a state file that cannot be read.
var ErrStateFile = errors.New("sandbox: state file cannot be used")

// loadState returns nil without an error when there is no file yet.
func loadState(file string) (*store, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStateFile, err)
	}
	return parseState(file, b)
}

// parseState reads a state that comes from there.
func parseState(from string, b []byte) (*store, error) {
	var saved savedState
	if err := json.Unmarshal(b, &saved); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrStateFile, from, err)
	}
	if saved.Version != stateVersion || len(saved.Logins) == 0 {
		return nil, fmt.Errorf("%w: %s: version %d", ErrStateFile, from, saved.Version)
	}
	return saved.restore(), nil
}

func (saved savedState) restore() *store {
	st := newStore()
	st.userKey, st.deviceKey, st.logins, st.starts = saved.UserKey, saved.DeviceKey, saved.Logins, saved.Starts
	for _, sv := range saved.Tenants {
		t := st.addTenant(sv.Org)
		for _, u := range sv.Users {
			st.addUser(t, u)
		}
		for _, d := range sv.Displays {
			st.addDisplay(t, d)
		}
		addAll(&t.playlists, sv.Playlists)
		addAll(&t.contents, sv.Contents)
		addAll(&t.folders, sv.Folders)
		addAll(&t.schedules, sv.Schedules)
		addAll(&t.groups, sv.Groups)
		addAll(&t.tags, sv.Tags)
		addAll(&t.notifications, sv.Notifications)
		addAll(&t.apiKeys, sv.APIKeys)
		for name, rows := range sv.Records {
			addAll(t.rows(&kind{name: name}), rows)
		}
		t.impressions = sv.Impressions
	}
	addAll(&st.library, saved.Library)
	for _, ss := range saved.Sessions {
		st.addSession(ss)
	}
	for jti, expires := range saved.Revoked {
		st.revoked[jti] = expires
	}
	for key, o := range saved.Objects {
		st.objects[key] = o
	}
	return st
}

func addAll[T any](t *table[T], rows []T) {
	for _, r := range rows {
		t.add(r)
	}
}

// snapshot encodes the store.
func (s *Server) snapshot() ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := s.db
	saved := savedState{stateVersion, st.starts, st.userKey, st.deviceKey, st.logins, nil, st.sessions.list, st.revoked, st.objects, st.library.list}
	for _, t := range st.tenants {
		records := map[string][]*record{}
		for name, rows := range t.records {
			records[name] = rows.list
		}
		saved.Tenants = append(saved.Tenants, savedTenant{
			t.org, t.users.list, t.displays.list, t.playlists.list, t.contents.list, t.folders.list, t.schedules.list,
			t.groups.list, t.tags.list, t.notifications.list, t.apiKeys.list, records, t.impressions,
		})
	}
	return encodeJSON(saved)
}

// saver writes the state file in the background, at most once per saveEvery.
type saver struct {
	file  string
	share func([]byte) // gives the state to other sandboxes; nil without any
	dirty atomic.Bool
}

func newSaver(file string, share func([]byte)) *saver {
	s := &saver{file: file, share: share}
	s.dirty.Store(true)
	return s
}

//go:noinline
func (s *saver) touch() {
	if s != nil { // nil while seeding
		s.dirty.Store(true)
	}
}

func (s *saver) run(stop <-chan struct{}, encode func() ([]byte, error)) {
	if s.file == "" && s.share == nil {
		return
	}
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	shared := time.Now()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if s.share != nil && (s.dirty.Load() || time.Since(shared) > shareEvery) {
			shared = time.Now()
			if b, err := encode(); err == nil {
				s.share(b)
			}
			if s.file == "" {
				s.dirty.Store(false)
			}
		}
		_ = s.save(encode) // reported by Close if it persists
	}
}

// save writes to a temporary file beside the target, syncs and renames.
func (s *saver) save(encode func() ([]byte, error)) error {
	if s.file == "" || !s.dirty.Swap(false) {
		return nil
	}
	b, err := encode()
	if err == nil {
		err = replaceFile(s.file, b)
	}
	if err != nil {
		s.dirty.Store(true)
		return fmt.Errorf("sandbox: save state: %w", err)
	}
	return nil
}

func replaceFile(file string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the write's error counts
	}
	return err
}
