package socketio

// Tests of the MessagePack codec: what notepack.io 3.0.1 wrote, both ways; its
// limits; and fuzzing.

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// notepacked are values and their bytes as notepack.io 3.0.1 writes them.
func notepacked() [][2]string {
	x := func(n int) string { return strings.Repeat("x", n) }
	hexX := func(n int) string { return strings.Repeat("78", n) }
	return [][2]string{
		{`null`, "c0"}, {`true`, "c3"}, {`false`, "c2"},
		{`0`, "00"}, {`127`, "7f"}, {`128`, "cc80"}, {`255`, "ccff"}, {`256`, "cd0100"}, {`65535`, "cdffff"}, {`65536`, "ce00010000"},
		{`4294967295`, "ceffffffff"}, {`4294967296`, "cf0000000100000000"}, {`9007199254740991`, "cf001fffffffffffff"},
		{`-1`, "ff"}, {`-32`, "e0"}, {`-33`, "d0df"}, {`-128`, "d080"}, {`-129`, "d1ff7f"}, {`-32768`, "d18000"}, {`-32769`, "d2ffff7fff"},
		{`-2147483648`, "d280000000"}, {`-2147483649`, "d3ffffffff7fffffff"}, {`-9007199254740991`, "d3ffe0000000000001"},
		{`1.5`, "cb3ff8000000000000"}, {`-0.1`, "cbbfb999999999999a"},
		{`""`, "a0"}, {`"a"`, "a161"}, {`"ü€😀"`, "a9c3bce282acf09f9880"}, {`"q\"\\\n"`, "a471225c0a"},
		{`"` + x(31) + `"`, "bf" + hexX(31)}, {`"` + x(32) + `"`, "d920" + hexX(32)}, {`"` + x(256) + `"`, "da0100" + hexX(256)},
		{`"` + x(65536) + `"`, "db00010000" + hexX(65536)},
		{`[]`, "90"}, {`[1,[2,[]]]`, "9201920290"}, {`[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]`, "dc0010" + strings.Repeat("00", 16)},
		{`[` + strings.Repeat("1,", 65535) + `1]`, "dd00010000" + strings.Repeat("01", 65536)},
		{`{}`, "80"}, {`{"b":1,"a":[{"c d":null}]}`, "82a16201a1619181a3632064c0"},
		{`{"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10,"k11":11,"k12":12,"k13":13,"k14":14,"k15":15}`,
			"de0010a26b3000a26b3101a26b3202a26b3303a26b3404a26b3505a26b3606a26b3707a26b3808a26b3909a36b31300aa36b31310ba36b31320ca36b31330da36b31340ea36b31350f"},
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPackAsNotepack(t *testing.T) {
	for _, v := range notepacked() {
		packed, err := toPack([]byte(v[0]), nil)
		if err != nil || hex.EncodeToString(packed) != v[1] {
			t.Errorf("%.60s packs to %.60x, %v; want %.60s", v[0], packed, err, v[1])
		}
		text, attachments, err := fromPack(unhex(t, v[1]))
		if err != nil || string(text) != v[0] || attachments != nil {
			t.Errorf("%.60s unpacks to %.60s, %v, %v", v[1], text, attachments, err)
		}
	}
	// JSON that is written in another way, and numbers that notepack.io gets wrong.
	for text, want := range map[string]string{
		"[ 1 ,\n{ \"a\"\t: 2.0 } ]": "920181a16102", `"\u00fc\/"`: "a3c3bc2f", `1e3`: "cd03e8", `-0`: "00", `18446744073709551615`: "cb43f0000000000000",
		`1e300`: "cb7e37e43c8800759c", `1e999`: "cb7ff0000000000000",
	} {
		if packed, err := toPack([]byte(text), nil); err != nil || hex.EncodeToString(packed) != want {
			t.Errorf("%s packs to %x, %v; want %s", text, packed, err, want)
		}
	}
}

// TestUnpackExtensions: what notepack.io reads beside JSON's values.
func TestUnpackExtensions(t *testing.T) {
	for packed, want := range map[string]string{
		"d7ff1d5353006553f100": `"2023-11-14T22:13:20.123Z"`, "d6ff6553f100": `"2023-11-14T22:13:20.000Z"`,
		"c70cff3b4e7ec0ffffffffffffffff": `"1969-12-31T23:59:59.995Z"`, "d7ff1d535303f5476a00": `"2508-09-16T06:13:20.123Z"`,
		"c70cff000000007fffffffffffffff": "null", "ca3fc00000": "1.5", "cb7ff0000000000000": "null", "cb7ff8000000000001": "null",
		"cfffffffffffffffff": "18446744073709551615",
	} {
		if text, attachments, err := fromPack(unhex(t, packed)); err != nil || string(text) != want || attachments != nil {
			t.Errorf("%s unpacks to %s, %v, %v; want %s", packed, text, attachments, err, want)
		}
	}
}

func TestPackBinary(t *testing.T) {
	text := `["e",{"_placeholder":true,"num":1},{"deep":[{"num":0,"_placeholder":true}]}]`
	attachments := [][]byte{{0, 255}, bytes.Repeat([]byte{7}, 300)}
	packed, err := toPack([]byte(text), attachments)
	if err != nil {
		t.Fatal(err)
	}
	want := append(unhex(t, "93a165c5012c"), attachments[1]...)
	want = append(want, unhex(t, "81a46465657091c40200ff")...)
	if !bytes.Equal(packed, want) {
		t.Errorf("%x\nwant %x", packed, want)
	}
	back, parts, err := fromPack(packed)
	if err != nil || len(parts) != 2 || !bytes.Equal(parts[0], attachments[1]) || !bytes.Equal(parts[1], attachments[0]) ||
		string(back) != `["e",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1}]}]` {
		t.Errorf("%s, %v, %v", back, parts, err)
	}
	// Without attachments it is an object like any other; without its own it is wrong.
	plain := `{"_placeholder":true,"num":0}`
	if packed, err := toPack([]byte(plain), nil); err != nil {
		t.Error(err)
	} else if back, _, err := fromPack(packed); err != nil || string(back) != plain {
		t.Errorf("%s, %v", back, err)
	}
	for _, num := range []string{"2", "-1", "null", `"0"`, "0.5"} {
		if _, err := toPack([]byte(`{"_placeholder":true,"num":`+num+`}`), attachments); err == nil {
			t.Errorf("attachment %s of 2", num)
		}
	}
}

func TestPackLimits(t *testing.T) {
	deep := func(n int) (string, []byte) {
		return strings.Repeat("[", n) + strings.Repeat("]", n), append(bytes.Repeat([]byte{0x91}, n-1), 0x90)
	}
	text, packed := deep(maxPackDepth)
	if got, err := toPack([]byte(text), nil); err != nil || !bytes.Equal(got, packed) {
		t.Error(err)
	}
	if got, _, err := fromPack(packed); err != nil || string(got) != text {
		t.Error(err)
	}
	text, packed = deep(maxPackDepth + 2)
	if _, err := toPack([]byte(text), nil); !errors.Is(err, errPack) {
		t.Error(err)
	}
	if _, _, err := fromPack(packed); !errors.Is(err, errPack) {
		t.Error(err)
	}
	if _, _, err := fromPack(make([]byte, maxPackSize+1)); !errors.Is(err, errPack) {
		t.Error(err)
	}
	for _, bad := range []string{"", "c1", "a2", "c4", "c402ff", "c6ffffffff", "ddffffffff", "dfffffffffa0", "81", "8190c0", "81c40100c0", "81050a", "81c0c3", "c7020509ff", "d50109ff", "d40000", "0000", "d6ff00", "c9ffffffff00", "cb00"} {
		if text, _, err := fromPack(unhex(t, bad)); !errors.Is(err, errPack) {
			t.Errorf("%s unpacks to %s, %v", bad, text, err)
		}
	}
	for _, bad := range []string{"", "{", `{"a"}`, "nul", "[1,]", `"`, "1 2"} {
		if packed, err := toPack([]byte(bad), nil); !errors.Is(err, errPack) {
			t.Errorf("%s packs to %x, %v", bad, packed, err)
		}
	}
}

// FuzzUnpack: whatever arrives, what is taken is JSON with its attachments, and
// packs to something that means the same.
func FuzzUnpack(f *testing.F) {
	for _, v := range notepacked() {
		if len(v[1]) < 1000 {
			f.Add(unhex(f, v[1]))
		}
	}
	f.Add(unhex(f, "93a165c4020102d7ff1d5353006553f100"))
	f.Add(unhex(f, "92c7020009ffd50109ff"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		text, attachments, err := fromPack(packed)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%x unpacks to %q", packed, text)
		}
		again, err := toPack(text, attachments)
		if err != nil {
			if bytes.Contains(text, []byte("_placeholder")) { // one of the peer's own making
				return
			}
			t.Fatalf("%s: %v", text, err)
		}
		back, parts, err := fromPack(again)
		if err != nil || !reflect.DeepEqual(parts, attachments) && !bytes.Contains(packed, []byte("_placeholder")) {
			t.Fatalf("%s: %v, %v", text, parts, err)
		}
		sameJSON(t, text, back)
	})
}

// FuzzPack: every JSON text that is taken comes back.
func FuzzPack(f *testing.F) {
	for _, v := range notepacked() {
		if len(v[0]) < 1000 {
			f.Add([]byte(v[0]))
		}
	}
	f.Add([]byte(`{"_placeholder":true,"num":0}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		packed, err := toPack(text, nil)
		if err != nil {
			return
		}
		back, attachments, err := fromPack(packed)
		if err != nil || attachments != nil {
			t.Fatalf("%s: %v, %v", text, attachments, err)
		}
		sameJSON(t, text, back)
	})
}

// sameJSON compares two texts as JavaScript would see them.
func sameJSON(t *testing.T, a, b []byte) {
	t.Helper()
	var x, y any
	errA, errB := json.Unmarshal(a, &x), json.Unmarshal(b, &y)
	if errA != nil { // a number that is infinite in JavaScript
		return
	}
	if errB != nil || !reflect.DeepEqual(x, y) {
		t.Fatalf("%s\nbecame\n%s, %v", a, b, errB)
	}
}
