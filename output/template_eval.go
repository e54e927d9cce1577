// This file evaluates the expressions of -o template: pipelines, fields,
// variables and calls.

package output

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/template/parse"
)

// datum is a value in a template. The zero datum is no value at all, as of a
// field that is not there, which is not the same as null: a field of no value
// is no value again, a field of null is an error.
type datum struct {
	v       any // JSON as decode makes it, or a number or string of the template
	present bool
	element bool // it is as it came out of a list or object: its type is "any"
}

func concrete(v any) datum { return datum{v: v, present: v != nil} }

func element(v any) datum { return datum{v: v, present: true, element: true} }

// typeName is the type as text/template's errors name it.
func (d datum) typeName() string {
	if d.element {
		return "interface {}"
	}
	return fmt.Sprintf("%T", d.v)
}

func (d datum) print(out *strings.Builder) {
	if d.v == nil {
		d.v = noValue
	}
	_, _ = fmt.Fprint(out, d.v) // a Builder takes everything
}

const noValue = "<no value>"

// pipeline evaluates commands joined by "|", and sets the variables declared.
func (r *templateRun) pipeline(dot datum, pipe *parse.PipeNode) (datum, error) {
	if pipe == nil {
		return datum{}, nil
	}
	r.at(pipe)
	var v datum
	var final *datum // what the command before gives to this one
	for _, cmd := range pipe.Cmds {
		var err error
		if v, err = r.command(dot, cmd, final); err != nil {
			return datum{}, err
		}
		v = concrete(v.v) // a null is no value from here on
		final = &v
	}
	for _, variable := range pipe.Decl {
		if err := r.declare(variable.Ident[0], v, pipe.IsAssign); err != nil {
			return datum{}, err
		}
	}
	return v, nil
}

func (r *templateRun) declare(name string, v datum, assign bool) error {
	if assign {
		return r.setVar(name, v)
	}
	r.vars = append(r.vars, variable{name, v})
	return nil
}

func (r *templateRun) command(dot datum, cmd *parse.CommandNode, final *datum) (datum, error) {
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		r.at(n)
		return r.fields(dot, n, n.Ident, cmd.Args, final)
	case *parse.ChainNode:
		return r.chain(dot, n, cmd.Args, final)
	case *parse.IdentifierNode:
		return r.function(dot, n, cmd, cmd.Args[1:], final)
	case *parse.VariableNode:
		return r.variable(n, cmd.Args, final)
	case *parse.PipeNode:
		if err := r.noArguments(cmd.Args, final); err != nil {
			return datum{}, err
		}
		return r.pipeline(dot, n)
	}
	r.at(cmd.Args[0])
	if err := r.noArguments(cmd.Args, final); err != nil {
		return datum{}, err
	}
	if cmd.Args[0].Type() == parse.NodeNil {
		return datum{}, r.errorf("nil is not a command")
	}
	return r.operand(dot, cmd.Args[0])
}

func (r *templateRun) noArguments(args []parse.Node, final *datum) error {
	if len(args) > 1 || final != nil {
		return r.errorf("can't give argument to non-function %s", args[0])
	}
	return nil
}

// operand evaluates dot and the constants.
func (r *templateRun) operand(dot datum, node parse.Node) (datum, error) {
	switch n := node.(type) {
	case *parse.DotNode:
		return dot, nil
	case *parse.BoolNode:
		return concrete(n.True), nil
	case *parse.StringNode:
		return concrete(n.Text), nil
	case *parse.NumberNode:
		return r.number(n)
	}
	return datum{}, r.errorf("can't evaluate command %q", node)
}

// number gives a constant the type that its spelling asks for.
func (r *templateRun) number(n *parse.NumberNode) (datum, error) {
	r.at(n)
	hex := strings.HasPrefix(strings.ToLower(n.Text), "0x") && !strings.ContainsAny(n.Text, "pP")
	float := strings.ContainsAny(n.Text, ".eEpP") && !hex && !strings.HasPrefix(n.Text, "'")
	switch {
	case n.IsComplex:
		return concrete(n.Complex128), nil
	case n.IsFloat && float:
		return concrete(n.Float64), nil
	case n.IsInt && int64(int(n.Int64)) == n.Int64:
		return concrete(int(n.Int64)), nil
	case n.IsInt || n.IsUint:
		return datum{}, r.errorf("%s overflows int", n.Text)
	}
	return datum{}, nil
}

// chain evaluates (pipeline).a.b
func (r *templateRun) chain(dot datum, n *parse.ChainNode, args []parse.Node, final *datum) (datum, error) {
	r.at(n)
	v, err := r.argument(dot, n.Node, false)
	if err != nil {
		return datum{}, err
	}
	return r.fields(v, n, n.Field, args, final)
}

// variable evaluates $x and $x.a.b
func (r *templateRun) variable(n *parse.VariableNode, args []parse.Node, final *datum) (datum, error) {
	r.at(n)
	for i := len(r.vars) - 1; i >= 0; i-- {
		if r.vars[i].name != n.Ident[0] {
			continue
		}
		if len(n.Ident) == 1 {
			return r.vars[i].value, r.noArguments(args, final)
		}
		return r.fields(r.vars[i].value, n, n.Ident[1:], args, final)
	}
	return datum{}, r.errorf("undefined variable: %s", n.Ident[0])
}

// fields evaluates v.a.b; the last may be a method of a number.
func (r *templateRun) fields(v datum, node parse.Node, names []string, args []parse.Node, final *datum) (datum, error) {
	given := max(len(args)-1, 0)
	if final != nil {
		given++
	}
	var err error
	for i, name := range names {
		mine := given
		if i < len(names)-1 {
			mine = 0
		}
		if v, err = r.field(v, node, name, mine); err != nil {
			return datum{}, err
		}
	}
	return v, nil
}

// field evaluates v.name, with that many arguments, of which there should be none.
func (r *templateRun) field(v datum, node parse.Node, name string, args int) (datum, error) {
	if !v.present {
		return datum{}, nil
	}
	switch x := v.v.(type) {
	case nil:
		return datum{}, r.errorf("nil pointer evaluating interface {}.%s", name)
	case map[string]any:
		if args > 0 {
			return datum{}, r.errorf("%s is not a method but has arguments", name)
		}
		if found, ok := x[name]; ok {
			return element(found), nil
		}
		return datum{}, nil
	case json.Number:
		if method := numberMethod(x, name); method != nil {
			return r.method(node, name, method, args)
		}
	}
	return datum{}, r.errorf("can't evaluate field %s in type %s", name, v.typeName())
}

// numberMethod returns a method of json.Number: what makes numbers of its text,
// as in {{if gt .width.Int64 1920}}.
func numberMethod(n json.Number, name string) func() (any, error) {
	switch name {
	case "Int64":
		return func() (any, error) { return n.Int64() }
	case "Float64":
		return func() (any, error) { return n.Float64() }
	case "String":
		return func() (any, error) { return n.String(), nil }
	}
	return nil
}

func (r *templateRun) method(node parse.Node, name string, method func() (any, error), args int) (datum, error) {
	if args > 0 {
		return datum{}, r.errorf("wrong number of args for %s: want 0 got %d", name, args)
	}
	v, err := method()
	if err != nil {
		r.at(node)
		return datum{}, r.errorf("error calling %s: %w", name, err)
	}
	return concrete(v), nil
}

// function calls the function that id names. An error of it is at node.
func (r *templateRun) function(dot datum, id *parse.IdentifierNode, node parse.Node, args []parse.Node, final *datum) (datum, error) {
	r.at(id)
	f := r.t.funcs[id.Ident]
	given := len(args)
	if final != nil {
		given++
	}
	switch {
	case f.more && given < f.args:
		return datum{}, r.errorf("wrong number of args for %s: want at least %d got %d", id.Ident, f.args, len(args))
	case !f.more && given != f.args:
		return datum{}, r.errorf("wrong number of args for %s: want %d got %d", id.Ident, f.args, given)
	case id.Ident == "and" || id.Ident == "or":
		return r.andOr(dot, id.Ident == "or", args, final)
	}
	values := make([]any, 0, given)
	for i, arg := range args {
		v, err := r.argument(dot, arg, i < f.texts)
		if err != nil {
			return datum{}, err
		}
		values = append(values, v.v)
	}
	if final != nil {
		if len(values) < f.texts {
			if err := r.mustBeText(*final); err != nil {
				return datum{}, err
			}
		}
		values = append(values, final.v)
	}
	v, err := f.run(values)
	if err != nil {
		r.at(node)
		return datum{}, r.errorf("error calling %s: %w", id.Ident, err)
	}
	return v, nil
}

// andOr returns the first argument that decides, or the last; those after it
// are not evaluated.
func (r *templateRun) andOr(dot datum, or bool, args []parse.Node, final *datum) (datum, error) {
	for i, arg := range args {
		v, err := r.argument(dot, arg, false)
		if err != nil || truth(v.v) == or || i == len(args)-1 && final == nil {
			return v, err
		}
	}
	return *final, nil
}

// argument evaluates one argument, which text says must be a string.
func (r *templateRun) argument(dot datum, node parse.Node, text bool) (v datum, err error) {
	r.at(node)
	switch n := node.(type) {
	case *parse.FieldNode:
		v, err = r.fields(dot, n, n.Ident, nil, nil)
	case *parse.VariableNode:
		v, err = r.variable(n, nil, nil)
	case *parse.PipeNode:
		v, err = r.pipeline(dot, n)
	case *parse.IdentifierNode:
		v, err = r.function(dot, n, n, nil, nil)
	case *parse.ChainNode:
		v, err = r.chain(dot, n, nil, nil)
	case *parse.NilNode:
		if text {
			return datum{}, r.errorf("cannot assign nil to string")
		}
		return datum{}, nil
	case *parse.BoolNode, *parse.NumberNode:
		if text {
			return datum{}, r.errorf("expected string; found %s", n)
		}
		return r.operand(dot, n)
	default:
		v, err = r.operand(dot, n)
	}
	if err == nil && text {
		err = r.mustBeText(v)
	}
	return v, err
}

func (r *templateRun) mustBeText(v datum) error {
	switch {
	case !v.present:
		return r.errorf("invalid value; expected string")
	case v.v == nil:
		return r.errorf("wrong type for value; expected string; got interface {}")
	}
	if _, ok := v.v.(string); !ok {
		return r.errorf("wrong type for value; expected string; got %T", v.v)
	}
	return nil
}
