package journal

import (
	"bytes"
	"testing"

	"github.com/vizora/vizora-cli/api"
)

// TestImportRefusesForeignWork: an operation belongs to one server, organisation
// and user, so another's journal does not take it in, not even in part.
func TestImportRefusesForeignWork(t *testing.T) {
	ours, err := Open(Options{Dir: t.TempDir(), Owner: testOwner})
	if err != nil {
		t.Fatal(err)
	}
	op := Operation{Effect: Update, Kind: "Playlist", Verb: "update", Target: "c000000000000000000000001", Changes: api.Changes{"name": []byte(`"x"`)}, BaseFrom: "server"}
	if _, err := ours.Submit(t.Context(), op, SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
		t.Fatal(err)
	}
	var export bytes.Buffer
	if _, err := ours.Export(t.Context(), &export, false); err != nil {
		t.Fatal(err)
	}
	for _, owner := range []Owner{
		{Server: testOwner.Server, Organization: "other", User: testOwner.User},
		{Server: "http://other", Organization: testOwner.Organization, User: testOwner.User},
		{Server: testOwner.Server, Organization: testOwner.Organization, User: "other"},
	} {
		theirs, err := Open(Options{Dir: t.TempDir(), Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := theirs.Import(t.Context(), bytes.NewReader(export.Bytes())); !api.IsKind(err, api.KindInvalid) {
			t.Errorf("%+v: %v", owner, err)
		}
		if ops, err := theirs.List(t.Context(), Filter{}); err != nil || len(ops) != 0 {
			t.Errorf("%+v holds %v, %v", owner, ops, err)
		}
	}
}
