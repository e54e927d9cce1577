// Content that is made on the platform: HTML templates with data, layouts of zones, and widgets (contract rest 6.3).

package sandbox

import (
	"encoding/json"
	"html"
	"net/http"
	"slices"
	"strings"
)

const (
	templateSource = "type:rest_api|json_url|manual url?:text method?:GET|POST headers?:obj jsonPath?:text manualData?:obj"
	widgetKinds    = "weather|rss|social_instagram|social_twitter|social_facebook|generic-api"
	madeSeconds    = 30
)

// meta is a copy of the content's metadata.
func (co *content) meta() map[string]any {
	m := map[string]any{}
	if co.Metadata != nil {
		_ = json.Unmarshal(co.Metadata, &m) // always an object: validated on the way in
	}
	return m
}

// made creates content of the body's name, description and duration, with metadata.
func (c *call) made(kind string, meta map[string]any) (any, error) {
	co := c.s.newContent(c.t.org.ID, c.body.str("name"), kind, "", c.stamp())
	co.Duration, co.Description, co.Metadata = madeSeconds, c.body.opt("description"), mustJSON(meta)
	if c.body.set("duration") {
		co.Duration = c.body.num("duration")
	}
	c.t.contents.add(co)
	c.changed("content", co.ID, "created", co.contentRow)
	c.deliverWebhooks("content.created")
	return withAliases(co), nil
}

// remade changes what made has created.
func (c *call) remade(co *content, meta map[string]any) (any, error) {
	if c.body.set("name") {
		co.Name = c.body.str("name")
	}
	if c.body.has("description") {
		co.Description = c.body.opt("description")
	}
	if c.body.set("duration") {
		co.Duration = c.body.num("duration")
	}
	co.Metadata = mustJSON(meta)
	return c.contentAnswer(co)
}

// contentOf finds the path's content, of a type.
func (c *call) contentOf(kind, refusal string) (*content, map[string]any, error) {
	co, err := c.content()
	if err != nil {
		return nil, nil, err
	}
	if co.Type != kind {
		return nil, nil, badRequest(refusal)
	}
	return co, co.meta(), nil
}

// templateErrors finds placeholders that do not end.
func templateErrors(text string) []string {
	errs := []string{}
	if strings.Count(text, "{{") != strings.Count(text, "}}") {
		errs = append(errs, "Parse error: unbalanced placeholder")
	}
	return errs
}

func (c *call) checkTemplate() error {
	if errs := templateErrors(c.body.str("templateHtml")); len(errs) > 0 {
		return badRequest("Template validation failed: " + strings.Join(errs, "; "))
	}
	return nil
}

// render fills in {{name}} and {{name.of.part}}.
func render(text string, data map[string]any) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{{")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		var path string
		path, text, _ = strings.Cut(rest, "}}")
		var v any = data
		for _, part := range strings.Split(strings.TrimSpace(path), ".") {
			m, _ := v.(map[string]any)
			v = m[part]
		}
		if v != nil {
			out.WriteString(html.EscapeString(jsString(v)))
		}
	}
}

// renderWith renders with the sample data, else with the data typed in by hand.
func renderWith(meta map[string]any) string {
	data, _ := meta["sampleData"].(map[string]any)
	if source, _ := meta["dataSource"].(map[string]any); data == nil {
		data, _ = source["manualData"].(map[string]any)
	}
	text, _ := meta["templateHtml"].(string)
	return render(text, data)
}

func (c *call) createTemplate() (any, error) {
	if err := c.checkTemplate(); err != nil {
		return nil, err
	}
	return c.made("template", c.templateMeta(map[string]any{}))
}

// templateMeta puts the body's parts into metadata and renders.
func (c *call) templateMeta(meta map[string]any) map[string]any {
	for _, name := range []string{"templateHtml", "dataSource", "refreshConfig", "sampleData"} {
		if c.body.set(name) {
			meta[name] = c.body[name]
		}
	}
	meta["renderedHtml"], meta["renderedAt"] = renderWith(meta), c.stamp().text()
	return meta
}

const notTemplate = "Content is not a template"

func (c *call) updateTemplate() (any, error) {
	co, meta, err := c.contentOf("template", notTemplate)
	if err == nil {
		err = c.checkTemplate()
	}
	if err != nil {
		return nil, err
	}
	return c.remade(co, c.templateMeta(meta))
}

func (c *call) previewTemplate() (any, error) {
	return map[string]string{"html": renderWith(map[string]any(c.body))}, nil
}

func (c *call) validateTemplate() (any, error) {
	errs := templateErrors(c.body.str("templateHtml"))
	return obj("valid errors", len(errs) == 0, errs), nil
}

func (c *call) renderedTemplate() (any, error) {
	_, meta, err := c.contentOf("template", notTemplate)
	if err != nil {
		return nil, err
	}
	if meta["renderedHtml"] == nil {
		meta["renderedHtml"], meta["renderedAt"] = renderWith(meta), c.stamp().text()
	}
	return obj("html renderedAt", meta["renderedHtml"], meta["renderedAt"]), nil
}

// refreshTemplate fails for data that would have to be fetched.
func (c *call) refreshTemplate() (any, error) {
	co, meta, err := c.contentOf("template", notTemplate)
	if err != nil {
		return nil, err
	}
	if source, _ := meta["dataSource"].(map[string]any); source["type"] != nil && source["type"] != "manual" && meta["sampleData"] == nil {
		return nil, badRequest("Template refresh failed: fetch failed")
	}
	return c.remade(co, c.templateMeta(meta))
}

func (c *call) listLayouts() (any, error) {
	page, limit := c.page()
	rows, total := c.t.contents.newest(page, limit, func(co *content) bool { return co.Type == "layout" })
	return c.paged(fullRows(rows), total), nil
}

func fullRows(rows []*content) []fullContent {
	out := make([]fullContent, len(rows))
	for i, co := range rows {
		out[i] = withAliases(co)
	}
	return out
}

const zoneFields = "id name gridArea playlistId? contentId? widgetId?"

func zone(id, name, area string) object { return obj("id name gridArea", id, name, area) }

func (c *call) layoutPresets() (any, error) {
	preset := func(id, name, columns, rows string, zones ...object) object {
		return obj("id name layoutType gridTemplate zones", id, name, id, obj("columns rows", columns, rows), zones)
	}
	left, right := zone("zone-1", "Left", "1 / 1 / 2 / 2"), zone("zone-2", "Right", "1 / 2 / 2 / 3")
	top, bottom := zone("zone-1", "Top", "1 / 1 / 2 / 2"), zone("zone-2", "Bottom", "2 / 1 / 3 / 2")
	return []object{
		preset("split-horizontal", "Split Horizontal", "1fr 1fr", "1fr", left, right),
		preset("split-vertical", "Split Vertical", "1fr", "1fr 1fr", top, bottom),
		preset("main-sidebar", "Main + Sidebar", "3fr 1fr", "1fr", left, right),
	}, nil
}

// layoutMeta puts the body's parts into metadata.
func (c *call) layoutMeta(meta map[string]any) map[string]any {
	for _, name := range []string{"layoutType", "zones", "gridTemplate", "gap", "backgroundColor"} {
		if c.body.has(name) {
			meta[name] = c.body[name]
		}
	}
	return meta
}

func (c *call) createLayout() (any, error) {
	return c.made("layout", c.layoutMeta(map[string]any{"zones": []any{}}))
}

const notLayout = "Content is not a layout"

func (c *call) updateLayout() (any, error) {
	co, meta, err := c.contentOf("layout", notLayout)
	if err != nil {
		return nil, err
	}
	return c.remade(co, c.layoutMeta(meta))
}

// resolvedLayout adds to each zone the row that it names.
func (c *call) resolvedLayout() (any, error) {
	co, meta, err := c.contentOf("layout", notLayout)
	if err != nil {
		return nil, err
	}
	zones := []object{}
	list, _ := meta["zones"].([]any)
	for _, e := range list {
		z, ok := e.(map[string]any)
		if !ok {
			continue
		}
		if p, ok := c.t.playlists.get(jsString(z["playlistId"])); ok {
			z["resolvedPlaylist"] = c.t.playlistView(p)
		}
		if shown, ok := c.t.contents.get(jsString(z["contentId"])); ok {
			z["resolvedContent"] = withAliases(shown)
		}
		zones = append(zones, object{zoneFields + " resolvedPlaylist? resolvedContent?", z})
	}
	meta["zones"] = zones
	v := withAliases(co)
	v.Metadata = mustJSON(meta)
	return v, nil
}

// isWidget tells a widget from the templates: both are stored under one type.
func (co *content) isWidget() bool { return co.Type == "template" && co.meta()["isWidget"] == true }

func (c *call) listWidgets() (any, error) {
	page, limit := c.page()
	rows, total := c.t.contents.newest(page, limit, (*content).isWidget)
	return c.paged(fullRows(rows), total), nil
}

func (c *call) widgetTypes() (any, error) {
	out := []object{}
	for _, kind := range strings.Split(widgetKinds, "|") {
		name := strings.ReplaceAll(strings.ReplaceAll(kind, "_", " "), "-", " ")
		out = append(out, obj("type name description", kind, name, "Shows "+name+" data"))
	}
	return out, nil
}

// canned is what a widget shows here.
func canned(kind string) object {
	switch kind {
	case "weather":
		return obj("location temperature units condition humidity", "Harbour Street", 18, "metric", "Clear sky", 62)
	case "rss":
		return obj("title items", "Harbour News", []object{obj("title link pubDate", "New roast in store", "https://news.example.com/roast", nil)})
	}
	return obj("rows", [][]string{{"Item", "Price"}, {"Espresso", "2.40"}})
}

func (c *call) previewWidget() (any, error) {
	parts := strings.Split(c.route.pattern, "/")
	return canned(parts[len(parts)-2]), nil
}

func (c *call) createWidget() (any, error) {
	kind := c.body.str("widgetType")
	if !slices.Contains(strings.Split(widgetKinds, "|"), kind) {
		return nil, badRequest("Unknown widget type: " + kind)
	}
	config, _ := c.body["widgetConfig"].(map[string]any)
	if link, _ := config["url"].(string); unreachable(link) {
		return nil, fail(http.StatusBadGateway, "Failed to fetch widget data: fetch failed")
	}
	return c.made("template", map[string]any{"isWidget": true, "widgetType": kind, "widgetConfig": config, "sampleData": canned(kind), "renderedAt": c.stamp().text()})
}

func (c *call) widget() (*content, map[string]any, error) {
	co, err := c.content()
	if err != nil {
		return nil, nil, err
	}
	if !co.isWidget() {
		return nil, nil, badRequest("Content is not a widget")
	}
	return co, co.meta(), nil
}

// updateWidget takes any body: the platform does not validate it.
func (c *call) updateWidget() (any, error) {
	co, meta, err := c.widget()
	if err != nil {
		return nil, err
	}
	sanitizeInput(c.decoded)
	c.body = c.decoded
	if config, ok := c.body["widgetConfig"].(map[string]any); ok {
		meta["widgetConfig"] = config
	}
	return c.remade(co, meta)
}

func (c *call) refreshWidget() (any, error) {
	co, meta, err := c.widget()
	if err != nil {
		return nil, err
	}
	meta["renderedAt"] = c.stamp().text()
	return c.remade(co, meta)
}
