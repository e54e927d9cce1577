package socketio

// The official server with @socket.io/redis-adapter, and official clients, in one
// cluster with this server: testdata/node/cluster.mjs, over a real Redis server.

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/redis/redistest"
	"github.com/vizora/vizora-cli/api/sandbox/socketio/nodetest"
)

// clusterPatience bounds every wait on the cluster.
const clusterPatience = time.Minute

// clustered is this server in a cluster, as the peer's is: its sockets join the
// rooms that they ask for.
func clustered(t *testing.T, url, prefix string) (*Namespace, string) {
	t.Helper()
	srv := NewServer(Options{})
	nsp := srv.Of("/")
	nsp.OnConnection(func(s *Socket) {
		var auth struct{ Rooms []string }
		_ = json.Unmarshal(s.Auth, &auth)
		for _, room := range auth.Rooms {
			s.Join(room)
		}
		s.Data.Store(socketData{UserID: "u1", OrganizationID: "o1"})
		_ = s.Emit("ready")
	})
	nsp.OnServerEvent(answerServer)
	joinRedis(t, srv, url, prefix)
	return nsp, serve(t, srv, srv.Close)
}

// joinRedis puts a server into a cluster and waits until it is in.
func joinRedis(t *testing.T, srv *Server, url, prefix string) {
	t.Helper()
	address, err := redis.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	in := make(chan error, 16)
	bus := &redis.PubSub{Client: redis.New(address, nil, 0), Changed: func(err error) { in <- err }}
	sub := srv.Of("/").JoinCluster(bus, prefix)
	bus.Patterns, bus.Channels, bus.Receive = sub.Patterns, sub.Channels, sub.Receive
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		bus.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		bus.Client.Close()
	})
	if err := <-in; err != nil {
		t.Fatal(err)
	}
}

// officialCluster is this server, the official one, and two clients at each: s1
// and n1 in rooms r and a, s2 and n2 in room b.
func officialCluster(t *testing.T) (*nodetest.Peer, *Namespace) {
	t.Helper()
	server := redistest.Start(t)
	prefix := "test-" + strconv.Itoa(os.Getpid())
	nsp, url := clustered(t, server.URL("0"), prefix)
	peer := nodetest.Start(t, nodeDir, server.URL("0"), prefix)
	for _, c := range []struct{ name, url, rooms string }{
		{"s1", url, `["r","a"]`}, {"s2", url, `["b"]`}, {"n1", peer.URL, `["r","a"]`}, {"n2", peer.URL, `["b"]`},
	} {
		transports := `["websocket"]`
		if c.name == "s2" {
			transports = `["polling"]`
		}
		peer.Run(fmt.Sprintf("await connect(%q, %q, %s, %s)", c.name, c.url, c.rooms, transports))
	}
	return peer, nsp
}

// received waits until each of the clients has the event "end", and returns what
// each got.
func received(t *testing.T, p *nodetest.Peer, clients string) map[string]string {
	t.Helper()
	p.Run("await until(() => " + clients + ".every((c) => got[c].some((e) => e[0] === 'end')))")
	var got map[string][]json.RawMessage
	if err := json.Unmarshal([]byte(p.Run("const all = { ...got }; for (const c in got) got[c] = []; return all")), &got); err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for name, events := range got {
		for _, e := range events {
			lines[name] += string(e) + "\n"
		}
	}
	return lines
}

// all are the four clients.
const all = `["s1","s2","n1","n2"]`

// bytesInJS is how the peer prints bytes: as Buffer's own JSON.
const bytesInJS = `{"type":"Buffer","data":[0,255]}`

// conversation is what both directions send, as each client sees it.
func conversation(local []string) map[string]string {
	value := `["all",1,{"z":1,"a":[true,null,1.5,-70000,"ü\"",{}]}]`
	end := `["end"]`
	binary := `["bin",` + bytesInJS + `,{"deep":[` + bytesInJS + `]}]`
	want := map[string]string{}
	for _, name := range []string{"s1", "s2", "n1", "n2"} {
		inR := name == "s1" || name == "n1"
		lines := []string{value}
		if inR {
			lines = append(lines, `["room"]`)
		}
		lines = append(lines, `["two"]`)
		if !inR {
			lines = append(lines, `["except"]`, `["all but one room of two"]`)
		}
		lines = append(lines, binary)
		if inR {
			lines = append(lines, `["bin room",`+bytesInJS+`]`)
		}
		if slices.Contains(local, name) {
			lines = append(lines, `["local"]`)
		}
		want[name] = strings.Join(append(lines, end), "\n") + "\n"
	}
	return want
}

func compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s got\n%swant\n%s", name, got[name], want[name])
		}
	}
}

func TestClusterNodeEmits(t *testing.T) {
	peer, _ := officialCluster(t)
	peer.Run(`
		const bytes = Buffer.from([0, 255]);
		io.emit("all", 1, { z: 1, a: [true, null, 1.5, -70000, 'ü"', {}] });
		io.to("r").emit("room");
		io.to(["r", "b"]).emit("two");
		io.except("a").emit("except");
		io.to("r").to("b").except("a").emit("all but one room of two");
		io.emit("bin", bytes, { deep: [bytes] });
		io.in("r").emit("bin room", bytes);
		io.local.emit("local");
		io.to("nowhere").emit("nobody");
		io.emit("end")`)
	compare(t, received(t, peer, all), conversation([]string{"n1", "n2"}))
	// A volatile event is sent to who can take it: s1 waits for nothing.
	peer.Run(`io.volatile.emit("volatile"); io.emit("end")`)
	if got := received(t, peer, all)["s1"]; got != "[\"volatile\"]\n[\"end\"]\n" {
		t.Errorf("s1 got %s", got)
	}
}

func TestClusterSandboxEmits(t *testing.T) {
	peer, nsp := officialCluster(t)
	bytes := Binary{0, 255}
	type event struct {
		to   Target
		name string
		args []any
	}
	for _, e := range []event{
		{Target{}, "all", []any{1, json.RawMessage(`{"z":1,"a":[true,null,1.5,-70000,"ü\"",{}]}`)}},
		{Target{Rooms: []Room{"r"}}, "room", nil},
		{Target{Rooms: []Room{"r", "b"}}, "two", nil},
		{Target{Except: []Room{"a"}}, "except", nil},
		{Target{Rooms: []Room{"r", "b"}, Except: []Room{"a"}}, "all but one room of two", nil},
	} {
		if err := nsp.EmitTo(e.to, e.name, e.args...); err != nil {
			t.Fatal(err)
		}
	}
	m, _, err := encodeEvent("bin", []any{bytes, json.RawMessage(`{"deep":[{"_placeholder":true,"num":1}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	m.Namespace, m.Attachments = "/", 2
	if err := nsp.node.publish(Target{}, m, [][]byte{bytes, bytes}); err != nil {
		t.Fatal(err)
	}
	nsp.deliver(Target{}, messagePackets(m, [][]byte{bytes, bytes}))
	_ = nsp.To("r", "bin room", bytes)
	_ = nsp.EmitTo(Target{Local: true}, "local")
	_ = nsp.Broadcast("end")
	compare(t, received(t, peer, all), conversation([]string{"s1", "s2"}))
}

// TestClusterNodeAsks: the official server looks at and moves sockets of this one.
func TestClusterNodeAsks(t *testing.T) {
	peer, nsp := officialCluster(t)
	peer.Expect(`return await io.of("/").adapter.serverCount()`, "2")
	peer.Expect(`
		const ids = (await io.fetchSockets()).map((s) => s.id).sort();
		return JSON.stringify(ids) === JSON.stringify(`+all+`.map((c) => clients[c].id).sort())`, "true")
	peer.Expect(`
		const [s] = (await io.in("r").fetchSockets()).filter((s) => s.id === clients.s1.id);
		const h = s.handshake;
		return [[...s.rooms].sort().join() === ["a", "r", s.id].sort().join(), s.data, h.auth, h.address, h.url.startsWith("/socket.io/?EIO=4"),
			h.query.transport, typeof h.headers.host, h.xdomain, h.secure, Date.now() - h.issued < 600000, !isNaN(new Date(h.time))]`,
		`[true,{"userId":"u1","organizationId":"o1"},{"rooms":["r","a"]},"127.0.0.1",true,"websocket","string",false,false,true,true]`)
	peer.Expect(`return (await io.except("b").fetchSockets()).length`, "2")
	peer.Expect(`
		const rooms = await io.of("/").adapter.allRooms();
		return [...rooms].sort().join() === ["r", "a", "b", ...`+all+`.map((c) => clients[c].id)].sort().join()`, "true")

	peer.Run(`io.in("r").socketsJoin(["x", "y"])`)
	eventually(t, "s1 is in x and y", func() bool { return len(nsp.In("x")) == 1 && len(nsp.In("y")) == 1 })
	peer.Run(`io.except("b").socketsLeave("x")`)
	eventually(t, "s1 is not in x", func() bool { return len(nsp.In("x")) == 0 })
	peer.Run(`io.to("y").emit("end")`)
	received(t, peer, `["s1","n1"]`)
	peer.Run(`
		const [s] = (await io.fetchSockets()).filter((s) => s.id === clients.s1.id);
		s.join("z");
		await until(async () => (await io.in("z").fetchSockets()).length === 1);
		s.leave("z");
		await until(async () => (await io.in("z").fetchSockets()).length === 0);
		s.emit("end")`)
	received(t, peer, `["s1"]`)

	peer.Run(`io.in("a").disconnectSockets(); await until(() => got.s1.length && got.n1.length)`)
	peer.Expect(`return got.s1`, `[["disconnected","io server disconnect"]]`)
	peer.Run(`io.in("b").disconnectSockets(true); await until(() => got.s2.length && got.n2.length)`)
	peer.Expect(`return got.s2`, `[["disconnected","io server disconnect"]]`)
	eventually(t, "nobody is left", func() bool { return len(nsp.Sockets()) == 0 })
}

// TestClusterSandboxAsks is the other direction.
func TestClusterSandboxAsks(t *testing.T) {
	peer, nsp := officialCluster(t)
	ctx, cancel := context.WithTimeout(context.Background(), clusterPatience)
	defer cancel()
	if n, err := nsp.ServerCount(ctx); n != 2 || err != nil {
		t.Errorf("%d servers, %v", n, err)
	}
	sockets, err := nsp.FetchSockets(ctx, Target{Rooms: []Room{"r"}})
	if err != nil || len(sockets) != 2 {
		t.Fatalf("%+v, %v", sockets, err)
	}
	for _, s := range sockets {
		want := `{"of":"node"}`
		if nsp.hasRoom(Room(s.ID)) {
			want = `{"userId":"u1","organizationId":"o1"}`
		}
		if string(s.Data) != want || len(s.Rooms) != 3 || !strings.Contains(string(s.Handshake), `"auth":{"rooms":["r","a"]}`) {
			t.Errorf("%+v", s)
		}
	}
	if sockets, err := nsp.FetchSockets(ctx, Target{Except: []Room{"b"}, Local: true}); err != nil || len(sockets) != 1 {
		t.Errorf("%+v, %v", sockets, err)
	}
	if rooms, err := nsp.AllRooms(ctx); err != nil || len(rooms) != 7 {
		t.Errorf("%v, %v", rooms, err)
	}

	inRoom := func(room string, n int) string {
		return fmt.Sprintf(`await until(async () => (await io.local.in(%q).fetchSockets()).length === %d)`, room, n)
	}
	_ = nsp.SocketsJoin(Target{Rooms: []Room{"r"}}, "x", "y")
	peer.Run(inRoom("x", 1) + ";" + inRoom("y", 1))
	eventually(t, "s1 is in x", func() bool { return len(nsp.In("x")) == 1 })
	_ = nsp.SocketsLeave(Target{Except: []Room{"b"}}, "x")
	peer.Run(inRoom("x", 0))
	_ = nsp.To("y", "end")
	received(t, peer, `["s1","n1"]`)
	_ = nsp.DisconnectSockets(Target{Rooms: []Room{"a"}}, false)
	peer.Run(`await until(() => got.s1.length && got.n1.length)`)
	peer.Expect(`return [got.s1, got.n1]`, `[[["disconnected","io server disconnect"]],[["disconnected","io server disconnect"]]]`)
	_ = nsp.DisconnectSockets(Target{}, true)
	peer.Run(`await until(() => got.s2.length && got.n2.length)`)
}

// TestClusterServerEvents: events between servers, both ways.
func TestClusterServerEvents(t *testing.T) {
	peer, nsp := officialCluster(t)
	ctx, cancel := context.WithTimeout(context.Background(), clusterPatience)
	defer cancel()
	peer.Expect(`return await io.serverSideEmitWithAck("hello", 1, { a: "ä" })`, `[[1,{"a":"ä"}]]`)
	peer.Run(`
		globalThis.heard = [];
		io.on("plain", (...args) => heard.push(args));
		io.on("ask", (n, answer) => answer(n + 1))`)
	if err := nsp.ServerSideEmit("plain", 1, []string{"two"}); err != nil {
		t.Error(err)
	}
	peer.Run(`await until(() => heard.length)`)
	peer.Expect(`return heard`, `[[1,["two"]]]`)
	answers, err := nsp.ServerSideEmitWithAck(ctx, "ask", 41)
	if err != nil || len(answers) != 1 || string(answers[0]) != "42" {
		t.Errorf("%s, %v", answers, err)
	}
	// Nobody answers: what there is comes with an error.
	short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	if answers, err := nsp.ServerSideEmitWithAck(short, "unheard of"); err == nil || len(answers) != 0 {
		t.Errorf("%s, %v", answers, err)
	}
	heard := make(chan ServerEvent, 1)
	nsp.onServerEvent = func(ev ServerEvent) { heard <- ev }
	peer.Run(`io.serverSideEmit("plain", "x")`)
	if ev := <-heard; ev.Name != "plain" || ev.WantsAck() || string(ev.Args) != `"x"` {
		t.Errorf("%+v", ev)
	}
}

// TestClusterAcks: broadcasts that are acknowledged, both ways.
func TestClusterAcks(t *testing.T) {
	peer, nsp := officialCluster(t)
	ctx, cancel := context.WithTimeout(context.Background(), clusterPatience)
	defer cancel()
	peer.Expect(`return (await io.timeout(30000).emitWithAck("q", Buffer.from([1]))).sort()`, `["n1","n2","s1","s2"]`)
	peer.Expect(`return (await io.timeout(30000).to("r").emitWithAck("q")).sort()`, `["n1","s1"]`)
	peer.Expect(`return (await io.timeout(30000).in("r").emitWithAck("binary please")).map(String).sort()`, `["n1","s1"]`)
	peer.Expect(`return await io.timeout(30000).to("nowhere").emitWithAck("q")`, `[]`)
	peer.Expect(`
		const [s] = (await io.fetchSockets()).filter((s) => s.id === clients.s2.id);
		return await s.timeout(30000).emitWithAck("q")`, `"s2"`)

	names := func(to Target, event string) string {
		t.Helper()
		replies, err := nsp.EmitWithAcks(ctx, to, event, Binary{1})
		if err != nil {
			t.Error(err)
		}
		var names []string
		for _, r := range replies {
			name := string(r.Args)
			if r.Attachments != nil {
				name = string(r.Attachments[0])
			}
			names = append(names, name)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	if got := names(Target{}, "q"); got != `"n1" "n2" "s1" "s2"` {
		t.Error(got)
	}
	if got := names(Target{Rooms: []Room{"r"}}, "binary please"); got != "n1 s1" {
		t.Error(got)
	}
	if got := names(Target{Rooms: []Room{"r"}, Local: true}, "q"); got != `"s1"` {
		t.Error(got)
	}
}

// TestClusterOlderNodes: requests for one socket or for ids, as older nodes make
// them, are answered as the official server answers them.
func TestClusterOlderNodes(t *testing.T) {
	peer, nsp := officialCluster(t)
	peer.Run(`
		globalThis.answers = [];
		globalThis.ear = pub.duplicate();
		ear.on("error", () => {});
		await ear.connect();
		const a = io.of("/").adapter;
		await ear.subscribe(a.responseChannel, (text) => text[0] === "{" && text.at(-1) === "}" && answers.push(JSON.parse(text)));
		globalThis.ask = async (count, request) => {
			answers.length = 0;
			pub.publish(a.requestChannel, JSON.stringify({ requestId: "r1", uid: "older", ...request }));
			await until(() => answers.length === count);
			return answers;
		}`)
	peer.Expect(`
		const found = (await ask(2, { type: 0, rooms: ["r"] })).flatMap((a) => a.sockets);
		return found.sort().join() === [clients.s1.id, clients.n1.id].sort().join()`, "true")
	for _, name := range []string{"n1", "s1"} {
		peer.Expect(`return await ask(1, { type: 2, sid: clients.`+name+`.id, room: "old" })`, `[{"requestId":"r1"}]`)
	}
	eventually(t, "s1 is in the room", func() bool { return len(nsp.In("old")) == 1 })
	peer.Expect(`return await ask(1, { type: 3, sid: clients.s1.id, room: "old" })`, `[{"requestId":"r1"}]`)
	eventually(t, "s1 has left the room", func() bool { return len(nsp.In("old")) == 0 })
	peer.Expect(`return await ask(1, { type: 4, sid: clients.s1.id, close: true })`, `[{"requestId":"r1"}]`)
	peer.Run(`await until(() => got.s1.length)`)
	// What nobody understands does no harm: later questions are answered.
	peer.Run(`
		const a = io.of("/").adapter;
		for (const junk of ["", "{", "{}", "\x93", '{"type":99}']) {
			await pub.publish(a.requestChannel, junk);
			await pub.publish(a.responseChannel, junk);
		}`)
	for range 2 {
		peer.Expect(`
			const found = (await ask(2, { type: 0, rooms: ["b"] })).flatMap((a) => a.sockets);
			return found.length`, "2")
	}
}
