// Folders of content (contract rest 7).

package sandbox

import (
	"slices"
	"sort"
)

type folderCount struct {
	Content int `json:"content"`
}

type folderView struct {
	folderRow
	Count folderCount `json:"_count"`
}

type folderListView struct {
	folderView
	ContentCount int `json:"contentCount"`
}

type folderTreeView struct {
	folderListView
	Children []folderTreeView `json:"children"`
}

type folderFullView struct {
	folderRow
	Parent   *folderRow  `json:"parent"`
	Children []folderRow `json:"children"`
	Count    folderCount `json:"_count"`
}

type folderGetView struct {
	folderFullView
	ContentCount int `json:"contentCount"`
}

func (t *tenant) folderContents() map[string]int {
	n := map[string]int{}
	for _, co := range t.contents.list {
		if co.FolderID != nil {
			n[*co.FolderID]++
		}
	}
	return n
}

//go:noinline
func same(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// byName are the folders in the order of the list: name ascending.
func (t *tenant) foldersByName() []*folderRow {
	list := slices.Clone(t.folders.list)
	sort.SliceStable(list, func(a, b int) bool { return list[a].Name < list[b].Name })
	return list
}

func (t *tenant) folderFull(f *folderRow) folderFullView {
	v := folderFullView{folderRow: *f, Children: []folderRow{}, Count: folderCount{t.folderContents()[f.ID]}}
	if f.ParentID != nil {
		if p, ok := t.folders.get(*f.ParentID); ok {
			v.Parent = ptr(*p)
		}
	}
	for _, o := range t.foldersByName() {
		if same(o.ParentID, &f.ID) {
			v.Children = append(v.Children, *o)
		}
	}
	return v
}

func (c *call) folder() (*folderRow, error) {
	f, ok := c.t.folders.get(c.id())
	if !ok {
		return nil, notFound("Folder not found")
	}
	return f, nil
}

// nameClash is the database's unique index (organization, name, parent); at the root the parent is null and nothing clashes.
func (t *tenant) nameClash(self, name string, parent *string) error {
	if parent == nil {
		return nil
	}
	for _, o := range t.folders.list {
		if o.ID != self && o.Name == name && same(o.ParentID, parent) {
			return unexpected("Unique constraint failed on the fields: (`organizationId`,`name`,`parentId`)")
		}
	}
	return nil
}

func (c *call) createFolder() (any, error) {
	parent := c.body.opt("parentId")
	if parent != nil {
		if _, ok := c.t.folders.get(*parent); !ok {
			return nil, badRequest("Parent folder not found")
		}
	}
	if err := c.t.nameClash("", c.body.str("name"), parent); err != nil {
		return nil, err
	}
	at := c.stamp()
	f := &folderRow{ID: c.s.ids.cuid(), Name: c.body.str("name"), ParentID: parent, OrganizationID: c.t.org.ID, CreatedAt: at, UpdatedAt: at}
	c.t.folders.add(f)
	c.changed("folder", f.ID, "created", f)
	return folderView{folderRow: *f}, nil
}

func (c *call) listFolders() (any, error) {
	counts := c.t.folderContents()
	if c.r.URL.Query().Get("format") == "tree" {
		return c.t.folderTree(nil, counts), nil
	}
	views := []folderListView{}
	for _, f := range c.t.foldersByName() {
		views = append(views, folderListView{folderView{*f, folderCount{counts[f.ID]}}, counts[f.ID]})
	}
	return views, nil
}

func (t *tenant) folderTree(parent *string, counts map[string]int) []folderTreeView {
	out := []folderTreeView{}
	for _, f := range t.foldersByName() {
		if same(f.ParentID, parent) {
			v := folderListView{folderView{*f, folderCount{counts[f.ID]}}, counts[f.ID]}
			out = append(out, folderTreeView{v, t.folderTree(&f.ID, counts)})
		}
	}
	return out
}

func (c *call) getFolder() (any, error) {
	f, err := c.folder()
	if err != nil {
		return nil, err
	}
	v := c.t.folderFull(f)
	return folderGetView{v, v.Count.Content}, nil
}

func (c *call) updateFolder() (any, error) {
	f, err := c.folder()
	if err != nil {
		return nil, err
	}
	if len(c.body) == 0 {
		return nil, notFound("Folder not found")
	}
	name, parent := f.Name, f.ParentID
	if c.body.set("name") {
		name = c.body.str("name")
	}
	if c.body.has("parentId") {
		parent = c.body.opt("parentId")
		if err := c.checkParent(f, parent); err != nil {
			return nil, err
		}
	}
	if err := c.t.nameClash(f.ID, name, parent); err != nil {
		return nil, err
	}
	f.Name, f.ParentID, f.UpdatedAt = name, parent, c.stamp()
	c.changed("folder", f.ID, "updated", f)
	return c.t.folderFull(f), nil
}

func (c *call) checkParent(f *folderRow, parent *string) error {
	if parent == nil {
		return nil
	}
	if *parent == "" {
		return unexpected("Foreign key constraint violated: `content_folders_parentId_fkey (index)`")
	}
	if *parent == f.ID {
		return badRequest("A folder cannot be its own parent")
	}
	up, ok := c.t.folders.get(*parent)
	if !ok {
		return badRequest("Parent folder not found")
	}
	for up.ParentID != nil {
		if *up.ParentID == f.ID {
			return badRequest("Cannot move a folder into its own descendant")
		}
		if up, ok = c.t.folders.get(*up.ParentID); !ok {
			break
		}
	}
	return nil
}

// deleteFolder moves what is inside up to the parent.
func (c *call) deleteFolder() (any, error) {
	f, err := c.folder()
	if err != nil {
		return nil, err
	}
	v := c.t.folderFull(f)
	for _, child := range v.Children {
		if err := c.t.nameClash(child.ID, child.Name, f.ParentID); err != nil {
			return nil, err
		}
	}
	for _, o := range c.t.folders.list {
		if same(o.ParentID, &f.ID) {
			o.ParentID, o.UpdatedAt = f.ParentID, c.stamp()
		}
	}
	for _, co := range c.t.contents.list {
		if same(co.FolderID, &f.ID) {
			co.FolderID, co.UpdatedAt = f.ParentID, c.stamp()
		}
	}
	c.t.folders.remove(f.ID)
	c.changed("folder", f.ID, "deleted", f)
	return folderGetView{v, v.Count.Content}, nil
}

func (c *call) moveContent() (any, error) {
	f, err := c.folder()
	if err != nil {
		return nil, err
	}
	rows, err := c.contentSet("contentIds")
	if err != nil {
		return nil, err
	}
	for _, co := range rows {
		co.FolderID = ptr(f.ID)
		if _, err := c.contentAnswer(co); err != nil {
			return nil, err
		}
	}
	return map[string]int{"moved": len(rows)}, nil
}

func (c *call) folderContent() (any, error) {
	f, err := c.folder()
	if err != nil {
		return nil, err
	}
	filter := c.contentFilter()
	return c.contentPage(func(co *content) bool { return same(co.FolderID, &f.ID) && filter(co) })
}
