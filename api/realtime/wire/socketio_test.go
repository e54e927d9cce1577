package wire

// Tests of the Socket.IO codec: tables, round trips, fuzz targets, and the
// scanner held against encoding/json.

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseMessage(t *testing.T) {
	for in, want := range map[string]Message{
		`0`:                   {Type: Connect, Namespace: "/"},
		`0{"token":"x"}`:      {Type: Connect, Namespace: "/", Data: []byte(`{"token":"x"}`)},
		`0/custom,`:           {Type: Connect, Namespace: "/custom"},
		`0/custom`:            {Type: Connect, Namespace: "/custom"},
		`0/,{"a":1}`:          {Type: Connect, Namespace: "/", Data: []byte(`{"a":1}`)},
		`0/admin,{"sid":"o"}`: {Type: Connect, Namespace: "/admin", Data: []byte(`{"sid":"o"}`)},
		`1`:                   {Type: Disconnect, Namespace: "/"},
		`1/admin,`:            {Type: Disconnect, Namespace: "/admin"},
		`2["a",1]`:            {Type: Event, Namespace: "/", Data: []byte(`["a",1]`)},
		`2[1]`:                {Type: Event, Namespace: "/", Data: []byte(`[1]`)},
		`2["/not,nsp"]`:       {Type: Event, Namespace: "/", Data: []byte(`["/not,nsp"]`)},
		`212["a"]`:            {Type: Event, Namespace: "/", ID: 12, HasID: true, Data: []byte(`["a"]`)},
		`20["a"]`:             {Type: Event, Namespace: "/", ID: 0, HasID: true, Data: []byte(`["a"]`)},
		`2/admin,456["a"]`:    {Type: Event, Namespace: "/admin", ID: 456, HasID: true, Data: []byte(`["a"]`)},
		`3456[]`:              {Type: Ack, Namespace: "/", ID: 456, HasID: true, Data: []byte(`[]`)},
		`4{"message":"no"}`:   {Type: ConnectError, Namespace: "/", Data: []byte(`{"message":"no"}`)},
		`4"no"`:               {Type: ConnectError, Namespace: "/", Data: []byte(`"no"`)},
		`51-["a",{"_placeholder":true,"num":0}]`: {Type: BinaryEvent, Namespace: "/", Attachments: 1,
			Data: []byte(`["a",{"_placeholder":true,"num":0}]`)},
		`50-["a"]`:            {Type: BinaryEvent, Namespace: "/", Data: []byte(`["a"]`)},
		`610-/admin,7["a"]`:   {Type: BinaryAck, Namespace: "/admin", Attachments: 10, ID: 7, HasID: true, Data: []byte(`["a"]`)},
		`2 [ "a" , {"b":[]}]`: {Type: Event, Namespace: "/", Data: []byte(` [ "a" , {"b":[]}]`)},
	} {
		got, err := ParseMessage([]byte(in))
		if err != nil || !sameMessage(got, want) {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
}

func TestParseMessageRefuses(t *testing.T) {
	for in, want := range map[string]error{
		``:                            ErrEmptyMessage,
		`7`:                           ErrMessageType,
		`abc`:                         ErrMessageType,
		`0""`:                         ErrPayload,
		`0[]`:                         ErrPayload,
		`0null`:                       ErrPayload,
		`0{`:                          ErrPayload,
		`1{}`:                         ErrPayload,
		"1\n":                         ErrPayload,
		`2`:                           ErrPayload,
		`2{}`:                         ErrPayload,
		`2[]`:                         ErrPayload,
		`2[`:                          ErrPayload,
		`2["a"`:                       ErrPayload,
		`2["a",]`:                     ErrPayload,
		`2["a"]x`:                     ErrPayload,
		`2["a"1]`:                     ErrPayload,
		`2[{}]`:                       ErrPayload,
		`2[null]`:                     ErrPayload,
		`2[true]`:                     ErrPayload,
		`2abc["a"]`:                   ErrPayload,
		`2["connect"]`:                ErrReservedEvent,
		`2["\u0063onnect"]`:           ErrReservedEvent,
		`2["connect_error"]`:          ErrReservedEvent,
		`2["disconnect"]`:             ErrReservedEvent,
		`2["disconnecting"]`:          ErrReservedEvent,
		`2["newListener"]`:            ErrReservedEvent,
		`2["removeListener"]`:         ErrReservedEvent,
		`3`:                           ErrPayload,
		`3{}`:                         ErrPayload,
		`31{}`:                        ErrPayload,
		`4[]`:                         ErrPayload,
		`5["a"]`:                      ErrAttachments,
		`51["a"]`:                     ErrAttachments,
		`5-["a"]`:                     ErrAttachments,
		`5`:                           ErrAttachments,
		`51`:                          ErrAttachments,
		`51.5-["a"]`:                  ErrAttachments,
		`5-1-["a"]`:                   ErrAttachments,
		`511-["a"]`:                   ErrAttachments,
		`599999999999999999999-["a"]`: ErrAttachments,
		`51-{}`:                       ErrPayload,
		`51-["connect"]`:              ErrReservedEvent,
		`61-{}`:                       ErrPayload,
		`299999999999999999999["a"]`:  ErrAckID,
		`2["` + "\n" + `"]`:           ErrPayload,
	} {
		if got, err := ParseMessage([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%s: %+v, %v, want %v", in, got, err, want)
		}
	}
}

func TestEventName(t *testing.T) {
	for _, c := range []struct{ in, name, args string }{
		{`["a"]`, "a", ""},
		{`["a",1,{"b":2}]`, "a", `1,{"b":2}`},
		{` [ "a" , 1 ] `, "a", `1 `},
		{`["a\"b"]`, `a"b`, ""},
		{`["\u00e9",[]]`, "é", "[]"},
		{`[12,"x"]`, "12", `"x"`},
		{`["",null]`, "", "null"},
	} {
		name, args, err := EventName([]byte(c.in))
		if err != nil || name != c.name || string(args) != c.args {
			t.Errorf("%s: %q, %q, %v", c.in, name, args, err)
		}
	}
	for _, bad := range []string{``, `{}`, `[]`, `["a"`, `["a" 1]`, `[{}]`, `["a`, `]`, `["a"}`} {
		if name, args, err := EventName([]byte(bad)); err == nil {
			t.Errorf("%s: %q %q", bad, name, args)
		}
	}
}

func TestSplitArgs(t *testing.T) {
	for in, want := range map[string]string{
		``:                      ``,
		`  `:                    ``,
		`1`:                     `1`,
		` 1 , "a,b" ,{"c":[,`:   `error`,
		` 1 , "a,b" ,{"c":[]} `: `1|"a,b"|{"c":[]}`,
		`1,`:                    `error`,
		`1 2`:                   `error`,
		`,1`:                    `error`,
	} {
		parts, err := SplitArgs([]byte(in))
		got := string(bytes.Join(parts, []byte("|")))
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
	if got := FirstArg([]byte(`{"a":1},2`)); string(got) != `{"a":1}` {
		t.Errorf("FirstArg: %s", got)
	}
	for in, want := range map[string]string{``: `|`, `1`: `1|`, ` {"a":1} , 2,[3] `: `{"a":1}| 2,[3] `, `1,`: `1|`, `1,{`: `1|`, `1 2`: `1|`} {
		if first, more := FirstAndMore([]byte(in)); string(first)+"|"+string(more) != want {
			t.Errorf("%q: %q and %q", in, first, more)
		}
	}
	if got := FirstArg(nil); got != nil {
		t.Errorf("FirstArg of nothing: %s", got)
	}
}

func TestAckArgs(t *testing.T) {
	for in, want := range map[string]string{`[]`: ``, `[1,"a"]`: `1,"a"`, ` [ 1 ] `: `1 `, `[ ]`: ``} {
		got, err := AckArgs([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
	for _, bad := range []string{``, `[`, `]`, `{}`} {
		if _, err := AckArgs([]byte(bad)); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	files := [][]byte{{1, 2, 3}, []byte("hi")}
	for in, want := range map[string]string{
		`["a",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]`: `["a","AQID",{"x":["aGk="]}]`,
		`["a",{"num":1,"_placeholder":true}]`:                                       `["a","aGk="]`,
		`["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`:         `["a","AQID","AQID"]`,
		`["a",{"_placeholder":false,"num":9}]`:                                      `["a",{"_placeholder":false,"num":9}]`,
		`["a", {} , [ ] , "_placeholder"]`:                                          `["a", {} , [ ] , "_placeholder"]`,
		`["a",{ "\u005fplaceholder" : true , "num" : 1.0 }]`:                        `["a","aGk="]`,
		`[{"_placeholder":true,"num":0,"x":{"_placeholder":true,"num":1}}]`:         `["AQID"]`,
	} {
		got, err := InlineBase64([]byte(in), files)
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for in, want := range map[string]error{
		`["a",{"_placeholder":true,"num":2}]`:   ErrAttachments,
		`["a",{"_placeholder":true,"num":-1}]`:  ErrAttachments,
		`["a",{"_placeholder":true,"num":0.5}]`: ErrAttachments,
		`["a",{"_placeholder":true,"num":"0"}]`: ErrAttachments,
		`["a",{"_placeholder":true}]`:           ErrAttachments,
		`["a",`:                                 ErrPayload,
		`[] []`:                                 ErrPayload,
	} {
		if got, err := InlineBase64([]byte(in), files); !errors.Is(err, want) {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	nums, err := Placeholders(append(AppendPlaceholder([]byte(`["a",`), 1), ']'), 2)
	if err != nil || len(nums) != 1 || nums[0] != 1 {
		t.Errorf("Placeholders: %v, %v", nums, err)
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	deep := strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2)
	if _, err := ParseMessage([]byte(`2["a",` + deep + `]`)); !errors.Is(err, ErrPayload) {
		t.Error(err)
	}
}

func sameMessage(a, b Message) bool {
	return a.Type == b.Type && a.Namespace == b.Namespace && a.HasID == b.HasID && a.ID == b.ID &&
		a.Attachments == b.Attachments && bytes.Equal(a.Data, b.Data)
}

// jsonValues generates the JSON of any value.
func jsonValues() *rapid.Generator[json.RawMessage] {
	leaf := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) any { return f }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
	)
	value := rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(leaf, 0, 4), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.String(), leaf, 0, 4), func(v map[string]any) any { return v }))
	return rapid.Map(value, func(v any) json.RawMessage {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return raw
	})
}

func TestEventRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if IsReservedEvent([]byte(name)) {
			return
		}
		args := rapid.SliceOfN(jsonValues(), 0, 5).Draw(t, "args")
		quoted, _ := json.Marshal(name)
		data, _ := json.Marshal(append([]json.RawMessage{quoted}, args...))
		in := Message{
			Type: rapid.SampledFrom([]MessageType{Event, BinaryEvent}).Draw(t, "type"), Data: data,
			Namespace: rapid.SampledFrom([]string{"/", "/admin", "/a/b"}).Draw(t, "nsp"),
			HasID:     rapid.Bool().Draw(t, "ack"),
		}
		if in.HasID {
			in.ID = rapid.Uint64().Draw(t, "id")
		}
		if in.IsBinary() {
			in.Attachments = rapid.IntRange(0, MaxAttachments).Draw(t, "attachments")
		}
		out, err := ParseMessage(AppendMessage(nil, in))
		if err != nil || !sameMessage(in, out) {
			t.Fatalf("%+v became %+v, %v", in, out, err)
		}
		gotName, raw, err := EventName(out.Data)
		if err != nil || gotName != strings.ToValidUTF8(name, "\ufffd") {
			t.Fatalf("name %q, %v", gotName, err)
		}
		parts, err := SplitArgs(raw)
		if err != nil || len(parts) != len(args) {
			t.Fatalf("%q: %v", raw, err)
		}
		for i := range parts {
			if !bytes.Equal(parts[i], args[i]) {
				t.Fatalf("argument %d: %s", i, parts[i])
			}
		}
	})
}

func FuzzParseMessage(f *testing.F) {
	for _, s := range []string{`0`, `0/custom,{"a":1}`, `2["a",1]`, `213["a"]`, `52-/n,3["a",{"_placeholder":true,"num":1}]`, `61-[]`, `4"x"`, `1`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseMessage(data)
		if err != nil {
			return
		}
		again, err := ParseMessage(AppendMessage(nil, m))
		if err != nil || !sameMessage(m, again) {
			t.Fatalf("%q: %+v, %+v, %v", data, m, again, err)
		}
		if m.Type == Event || m.Type == BinaryEvent {
			_, args, err := EventName(m.Data)
			if err != nil {
				t.Fatalf("%q has no name: %v", data, err)
			}
			if _, err := SplitArgs(args); err != nil {
				t.Fatalf("%q: arguments %q: %v", data, args, err)
			}
		}
	})
}

func FuzzEventName(f *testing.F) {
	f.Add([]byte(`["a",1,{"b":2}]`))
	f.Add([]byte(`["\u0061" ]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, args, err := EventName(data)
		if err == nil {
			FirstArg(args)
			_, _ = SplitArgs(args)
		}
		_, _ = AckArgs(data)
	})
}

func FuzzReplacePlaceholders(f *testing.F) {
	f.Add([]byte(`["a",{"_placeholder":true,"num":0},{"b":[{"num":1,"_placeholder":true}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := InlineBase64(data, [][]byte{{1}, {2}})
		if err == nil && !json.Valid(out) {
			t.Fatalf("%q became %q", data, out)
		}
	})
}

// FuzzSkipValue holds the scanner against encoding/json.
func FuzzSkipValue(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,true,null,"x\u00e9\\"]}`, `"` + strings.Repeat("x", 20) + `\n"`, `01`, `-`, `1.`, `{"a"}`, `[,]`, "\"\x1f\"", "\"12345678\x7f\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		end := skipValue(data, 0, 0)
		ours := end >= 0 && skipSpace(data, end) == len(data)
		if theirs := json.Valid(data); ours != theirs {
			t.Fatalf("%q: ours %v, encoding/json %v", data, ours, theirs)
		}
	})
}
