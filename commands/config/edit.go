// This file is about one thing: changing the configuration file. It is edited
// in place, so that comments and order of a file kept by hand survive.

package config

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vizora/vizora-cli/api"
)

// lockWait is how long a change waits for another process that is making one.
const lockWait = 10 * time.Second

// Add writes a new profile; it must not exist. The first one becomes the one in
// use. Settings at their defaults are not written.
func (c *Config) Add(p Profile) error {
	name, err := checkName(p.Name)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, k := range Keys() {
		if value := p.Value(k.Name); value != k.Default && !p.unset(k) {
			values[k.Name] = value
		}
	}
	values[KeyRealtimeURL] = p.OwnRealtimeURL()
	return c.Create(name, values)
}

// Create is Add with settings as text.
func (c *Config) Create(name string, values map[string]string) error {
	name, err := checkName(name)
	if err != nil {
		return err
	}
	return c.change(name, values, func(root *yaml.Node) error {
		if child(child(root, "profiles"), name) != nil {
			return api.Invalid("profile", name, "exists already", "change it with 'vizora profile set', or choose another name")
		}
		return nil
	})
}

// unset reports a number that a Profile made by hand has left at zero and that
// no file may hold.
func (p *Profile) unset(k Key) bool {
	n, ok := p.field(k.Name).(*int)
	return ok && *n == 0 && k.kind == kindCount
}

// Set writes one setting of a profile, or with name "" one for all profiles. An
// empty value takes the setting out of the file. The profile must exist, except
// for DefaultProfile. Errors are of KindInvalid and name key, value and fix.
func (c *Config) Set(name, key, value string) error {
	return c.SetAll(name, map[string]string{key: value})
}

// SetAll is Set for several settings at once: all are written or none.
func (c *Config) SetAll(name string, values map[string]string) error {
	if name != "" && strings.ToLower(name) != DefaultProfile && !c.Has(name) {
		return c.noProfile(name)
	}
	return c.Put(name, values)
}

// Put is SetAll for a profile that need not exist yet.
func (c *Config) Put(name string, values map[string]string) error {
	if name == "" {
		return c.change("", values, nil)
	}
	name, err := checkName(name)
	if err != nil {
		return err
	}
	return c.change(name, values, nil)
}

// change checks values and writes them below a profile, or with name "" at the
// top. test may refuse, seeing the file as it is under the lock.
func (c *Config) change(name string, values map[string]string, test func(*yaml.Node) error) error {
	checked := map[string]string{}
	for key, value := range values {
		k, err := findKey(key)
		if err != nil {
			return err
		}
		if checked[key], err = k.stored(value); err != nil {
			return err
		}
	}
	return c.update(func(root *yaml.Node) error {
		if test != nil {
			if err := test(root); err != nil {
				return err
			}
		}
		target := root
		if name != "" {
			if profiles := child(root, "profiles"); child(root, "current") == nil && (profiles == nil || len(profiles.Content) == 0) {
				put(root, "current", name, "!!str")
			}
			target = ensure(ensure(root, "profiles"), name)
		}
		for _, k := range Keys() { // in the table's order, so that new lines have one
			if value, ok := checked[k.Name]; ok {
				put(target, k.Name, value, k.tag())
			}
		}
		return nil
	})
}

// Remove takes a profile out of the file. Its tokens and its journal are not
// touched: delete the tokens first, with TokenStore.Delete.
func (c *Config) Remove(name string) error {
	if !c.Has(name) {
		return c.noProfile(name)
	}
	return c.update(func(root *yaml.Node) error {
		drop(child(root, "profiles"), name)
		if current := child(root, "current"); current != nil && strings.EqualFold(current.Value, name) {
			drop(root, "current")
		}
		return nil
	})
}

// Use makes a profile the one that is used when none is named.
func (c *Config) Use(name string) error {
	if !c.Has(name) {
		return c.noProfile(name)
	}
	return c.update(func(root *yaml.Node) error {
		put(root, "current", strings.ToLower(name), "!!str")
		return nil
	})
}

// update reads the file under a lock, has edit change it, writes it back and
// takes over what it says now.
func (c *Config) update(edit func(root *yaml.Node) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	return withLock(ctx, c.file+".lock", func() error {
		path := c.file
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target // a link into someone's dotfiles stays a link
		}
		doc, err := readDocument(path)
		if err != nil {
			return err
		}
		if err := edit(doc.Content[0]); err != nil {
			return err
		}
		data, err := encode(doc)
		if err != nil {
			return localError("cannot write the configuration", err)
		}
		if err := ReplaceFile(path, data); err != nil {
			return localError("cannot write the configuration file "+path, err)
		}
		return c.read()
	})
}

func readDocument(path string) (*yaml.Node, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, localError("cannot read the configuration file "+path, err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, localError("the configuration file "+path+" cannot be used", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		head := doc.HeadComment
		if len(doc.Content) > 0 {
			head = doc.Content[0].HeadComment
		}
		doc = yaml.Node{Kind: yaml.DocumentNode, HeadComment: head, Content: []*yaml.Node{{Kind: yaml.MappingNode, Tag: "!!map"}}}
	}
	return &doc, nil
}

func encode(doc *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	err := enc.Encode(doc)
	return b.Bytes(), errors.Join(err, enc.Close())
}

// position returns where the value of a key stands in a mapping's content, or
// -1. Keys are compared without case, as they are read.
func position(m *yaml.Node, key string) int {
	if m == nil || m.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if strings.EqualFold(m.Content[i].Value, key) {
			return i + 1
		}
	}
	return -1
}

func child(m *yaml.Node, key string) *yaml.Node {
	if i := position(m, key); i > 0 {
		return m.Content[i]
	}
	return nil
}

// ensure returns the mapping below a key, made if there is none.
func ensure(m *yaml.Node, key string) *yaml.Node {
	node := child(m, key)
	if node == nil {
		node = &yaml.Node{}
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, node)
	}
	if node.Kind == yaml.AliasNode { // what is changed here must not change where it points
		*node = *clone(node.Alias)
	}
	if node.Kind != yaml.MappingNode {
		node.Kind, node.Tag, node.Value = yaml.MappingNode, "!!map", ""
	}
	node.Style = 0 // "{}" becomes lines
	return node
}

func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Anchor, c.Content = "", nil
	for _, child := range n.Content {
		c.Content = append(c.Content, clone(child))
	}
	return &c
}

// put writes a scalar of a YAML type, or with "" takes the key out.
func put(m *yaml.Node, key, value, tag string) {
	if value == "" {
		drop(m, key)
		return
	}
	node := child(m, key)
	if node == nil {
		node = &yaml.Node{}
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, node)
	}
	*node = yaml.Node{
		Kind: yaml.ScalarNode, Tag: tag, Value: value,
		HeadComment: node.HeadComment, LineComment: node.LineComment, FootComment: node.FootComment,
	}
}

// tag is the YAML type of a setting.
func (k Key) tag() string {
	switch k.kind {
	case kindBool:
		return "!!bool"
	case kindRetries, kindCount:
		return "!!int"
	}
	return "!!str"
}

func drop(m *yaml.Node, key string) {
	if i := position(m, key); i > 0 {
		m.Content = slices.Delete(m.Content, i-1, i+1)
	}
}
