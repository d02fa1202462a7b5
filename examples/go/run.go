package tsrt

// #include <tsrt.h>
import "C"

import "context"

// Run runs any method on any values: nil, bool, numbers, strings, *View and *Tensor, slices and maps,
// List, Tuple, Dict, Device, DType, Quantized, *Object, Enum, and Kwargs last. It returns what the
// package lists as types of values; Close closes what is in it.
//
// A *View is copied once; a *Tensor is not.
func (m *Model) Run(method string, args ...any) (any, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	return run(method, args, func(name *C.char, tuple, dict *C.tsrt_value,
		result **C.tsrt_value) *C.tsrt_error {
		return C.tsrt_model_run(m.c, name, tuple, dict, result)
	})
}

// RunContext is Run until the context ends; see ForwardContext.
func (m *Model) RunContext(ctx context.Context, method string, args ...any) (any, error) {
	return within(ctx, m, func(m *Model) (any, error) { return m.Run(method, args...) })
}

// Call is Run for a method whose result has one type of Go: Call[float64](model, "average", x).
func Call[T any](m *Model, method string, args ...any) (T, error) {
	var none T
	result, err := m.Run(method, args...)
	if err != nil {
		return none, err
	}
	x, ok := result.(T)
	if !ok {
		Close(result)
		return none, invalid("%s returned %T, and not %T", method, result, none)
	}
	return x, nil
}

type runner func(name *C.char, tuple, dict *C.tsrt_value, result **C.tsrt_value) *C.tsrt_error

func run(method string, args []any, call runner) (any, error) {
	name, err := terminated(method)
	if err != nil {
		return nil, err
	}
	var vs values
	defer vs.free()
	tuple, dict, err := vs.arguments(args)
	if err != nil {
		return nil, err
	}
	var result *C.tsrt_value
	if e := call(charsOf(name), tuple, dict, &result); e != nil {
		return nil, failure(e)
	}
	return takenValue(result)
}

// Attribute returns an attribute of the model, "count" or "encoder.weight". Tensors in it share the
// model's memory and are read-only.
func (m *Model) Attribute(name string) (any, error) {
	text, err := terminated(name)
	if err != nil {
		return nil, err
	}
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	var found *C.tsrt_value
	if e := C.tsrt_model_get_attribute(m.c, charsOf(text), &found); e != nil {
		return nil, failure(e)
	}
	return takenValue(found)
}

// SetAttribute replaces an attribute by a value, which is converted to its type and copied.
func (m *Model) SetAttribute(name string, x any) error {
	text, err := terminated(name)
	if err != nil {
		return err
	}
	var vs values
	defer vs.free()
	value, err := vs.of(x)
	if err != nil {
		return err
	}
	return m.use(func() *C.tsrt_error { return C.tsrt_model_set_attribute(m.c, charsOf(text), value) })
}
