// This file runs the statements of -o template. The language and its parser are
// those of text/template, but the executor is our own: text/template finds
// methods by name, so a program that links it keeps every exported method of
// every type, which is 2.9 MB here. JSON has no methods to find.
//
// It does what text/template does with the same values, down to the words of
// its errors (see TestTemplateIsTextTemplate). It has no "call", because JSON
// holds no functions, and says "index out of range" where reflect would panic.

package output

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// maxTemplateDepth bounds templates that call themselves; JSON that
// encoding/json reads is not nested deeper.
const maxTemplateDepth = 10_000

// jsonTemplate is a parsed template. It may run in several goroutines.
type jsonTemplate struct {
	name  string
	trees map[string]*parse.Tree // of the template and those it defines
	funcs map[string]templateFunc
}

func parseTemplate(name, text string) (*jsonTemplate, error) {
	t := &jsonTemplate{name: name, funcs: templateFuncs()}
	known := map[string]any{} // the parser looks at names only
	for f := range t.funcs {
		known[f] = true
	}
	var err error
	t.trees, err = parse.Parse(name, text, "", "", known)
	return t, err
}

// execute returns what the template prints for data, a value that decode made.
func (t *jsonTemplate) execute(data any) (string, error) {
	var out strings.Builder
	root := concrete(data)
	run := templateRun{t: t, tree: t.trees[t.name], out: &out, vars: []variable{{"$", root}}}
	_, err := run.walk(root, run.tree.Root)
	return out.String(), err
}

// templateRun is one execution of one template. A template that is called has a
// run of its own.
type templateRun struct {
	t     *jsonTemplate
	tree  *parse.Tree
	out   *strings.Builder
	node  parse.Node // being executed, for errors
	vars  []variable // the latest last
	depth int        // of calls
}

type variable struct {
	name  string // with its "$"
	value datum
}

// jump is how a statement ends.
type jump int

const (
	goOn jump = iota
	jumpBreak
	jumpContinue
)

func (r *templateRun) at(n parse.Node) { r.node = n }

// errorf says where in the template it went wrong, as text/template does.
func (r *templateRun) errorf(format string, args ...any) error {
	location, context := r.tree.ErrorContext(r.node)
	return fmt.Errorf("template: %s: executing %q at <%s>: %w", location, r.tree.Name, context, fmt.Errorf(format, args...))
}

func (r *templateRun) setVar(name string, v datum) error {
	for i := len(r.vars) - 1; i >= 0; i-- {
		if r.vars[i].name == name {
			r.vars[i].value = v
			return nil
		}
	}
	return r.errorf("undefined variable: %s", name)
}

func (r *templateRun) walk(dot datum, node parse.Node) (jump, error) {
	r.at(node)
	switch n := node.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			if j, err := r.walk(dot, child); j != goOn || err != nil {
				return j, err
			}
		}
	case *parse.TextNode:
		r.out.Write(n.Text)
	case *parse.ActionNode:
		v, err := r.pipeline(dot, n.Pipe)
		if err != nil {
			return goOn, err
		}
		if len(n.Pipe.Decl) == 0 {
			v.print(r.out)
		}
	case *parse.IfNode:
		return r.walkIf(dot, n.Pipe, n.List, n.ElseList, false)
	case *parse.WithNode:
		return r.walkIf(dot, n.Pipe, n.List, n.ElseList, true)
	case *parse.RangeNode:
		return r.walkRange(dot, n)
	case *parse.TemplateNode:
		return goOn, r.call(dot, n)
	case *parse.BreakNode:
		return jumpBreak, nil
	case *parse.ContinueNode:
		return jumpContinue, nil
	}
	return goOn, nil // a comment
}

// walkIf executes "if", and "with", which moves dot.
func (r *templateRun) walkIf(dot datum, pipe *parse.PipeNode, then, otherwise *parse.ListNode, with bool) (jump, error) {
	mark := len(r.vars)
	defer func() { r.vars = r.vars[:mark] }()
	v, err := r.pipeline(dot, pipe)
	switch {
	case err != nil:
		return goOn, err
	case truth(v.v) && with:
		return r.walk(v, then)
	case truth(v.v):
		return r.walk(dot, then)
	case otherwise != nil:
		return r.walk(dot, otherwise)
	}
	return goOn, nil
}

// walkRange executes "range" over a list, an object in the order of its keys,
// or the numbers below an integer.
func (r *templateRun) walkRange(dot datum, n *parse.RangeNode) (jump, error) {
	mark := len(r.vars)
	defer func() { r.vars = r.vars[:mark] }()
	over, err := r.pipeline(dot, n.Pipe)
	if err != nil {
		return goOn, err
	}
	body := rangeBody{r: r, n: n, mark: len(r.vars)}
	count, ints := integer(over.v)
	switch x := over.v.(type) {
	case nil:
	case []any:
		for i := 0; i < len(x) && !body.stopped; i++ {
			body.run(concrete(i), element(x[i]))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if body.run(concrete(key), element(x[key])); body.stopped {
				break
			}
		}
	default:
		if !ints {
			return goOn, r.errorf("range can't iterate over %v", over.v)
		}
		if len(n.Pipe.Decl) > 1 {
			return goOn, r.errorf("can't use %v to iterate over more than one variable", over.v)
		}
		for i := int64(0); i < count && !body.stopped; i++ {
			body.run(datum{}, concrete(sameInteger(over.v, i)))
		}
	}
	if body.err == nil && !body.ran && n.ElseList != nil {
		return r.walk(dot, n.ElseList)
	}
	return goOn, body.err
}

// rangeBody runs the body of a range, element by element.
type rangeBody struct {
	r    *templateRun
	n    *parse.RangeNode
	mark int // variables there are before the body declares its own

	ran, stopped bool
	err          error
}

func (b *rangeBody) run(index, elem datum) {
	b.ran = true
	if b.err = b.assign(index, elem); b.err == nil {
		var j jump
		j, b.err = b.r.walk(elem, b.n.List)
		b.stopped = j == jumpBreak
	}
	b.stopped = b.stopped || b.err != nil
	b.r.vars = b.r.vars[:b.mark]
}

// assign sets the variables of "range $elem := " or "range $index, $elem := ".
func (b *rangeBody) assign(index, elem datum) error {
	decl := b.n.Pipe.Decl
	values := []datum{index, elem}[2-min(len(decl), 2):]
	for i, v := range values {
		if !b.n.Pipe.IsAssign {
			b.r.vars[b.mark-len(values)+i].value = v
		} else if err := b.r.setVar(decl[i].Ident[0], v); err != nil {
			return err
		}
	}
	return nil
}

// call executes "template" and "block".
func (r *templateRun) call(dot datum, n *parse.TemplateNode) error {
	tree := r.t.trees[n.Name]
	if tree == nil {
		return r.errorf("template %q not defined", n.Name)
	}
	if r.depth == maxTemplateDepth {
		return r.errorf("exceeded maximum template depth (%d)", maxTemplateDepth)
	}
	dot, err := r.pipeline(dot, n.Pipe)
	if err != nil {
		return err
	}
	inner := templateRun{t: r.t, tree: tree, out: r.out, vars: []variable{{"$", dot}}, depth: r.depth + 1}
	_, err = inner.walk(dot, tree.Root)
	return err
}
