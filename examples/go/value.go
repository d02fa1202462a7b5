package tsrt

// #include "calls.h"
import "C"

import (
	"math"
	"reflect"
	"unsafe"
)

// What methods take and return, beside nil, bool, int64, float64, complex128, string and *Tensor:
type (
	// A List is a list; any slice of Go becomes one, too.
	List []any
	// A Tuple is a tuple without names.
	Tuple []any
	// A NamedTuple comes from methods; it goes in as a Tuple or with its names, which do not matter.
	NamedTuple struct {
		Names []string
		Items []any
	}
	// A Dict keeps its order. A map of Go goes in as well, in the order that range gives it.
	Dict []Entry
	// An Entry of a Dict.
	Entry struct{ Key, Value any }
	// A Device is such as "cuda:0".
	Device string
	// Kwargs, as the last argument of a call, are the arguments that have names.
	Kwargs map[string]any
	// Quantized goes in as a quantized tensor: (integer - zero point) * scale. Axis -1 is one scale
	// and zero point for all, else there are as many as integers along that dimension.
	Quantized struct {
		Integers, Scales, ZeroPoints *View
		Axis                         int
	}
)

// Get returns the item with this name.
func (t NamedTuple) Get(name string) (any, bool) {
	for i, known := range t.Names {
		if known == name {
			return t.Items[i], true
		}
	}
	return nil, false
}

// Get returns the value of this key.
func (d Dict) Get(key any) (any, bool) {
	for _, entry := range d {
		if entry.Key == key {
			return entry.Value, true
		}
	}
	return nil, false
}

// values makes the values of one call, and frees them together.
type values struct {
	made  []*C.tsrt_value
	held  []*Tensor // the caller's, or objects' users
	owned []*Tensor
	using []*Object
}

func (vs *values) free() {
	for _, value := range vs.made {
		C.tsrt_value_free(value)
	}
	for _, t := range vs.held {
		t.leave()
	}
	for _, t := range vs.owned {
		t.Close()
	}
	for _, o := range vs.using {
		o.leave()
	}
}

// keep takes what a maker of tsrt made.
func (vs *values) keep(made **C.tsrt_value, e *C.tsrt_error) (*C.tsrt_value, error) {
	if e != nil {
		return nil, failure(e)
	}
	vs.made = append(vs.made, *made)
	return *made, nil
}

// arguments makes the tuple and the dict of a call; the dict is nil when there are no names.
func (vs *values) arguments(args []any) (tuple, dict *C.tsrt_value, err error) {
	if n := len(args); n > 0 {
		if kwargs, ok := args[n-1].(Kwargs); ok {
			args = args[:n-1]
			if dict, err = vs.dictOf(reflect.ValueOf(kwargs)); err != nil {
				return nil, nil, err
			}
		}
	}
	tuple, err = vs.of(Tuple(args))
	return tuple, dict, err
}

func (vs *values) of(x any) (value *C.tsrt_value, err error) {
	switch x := x.(type) {
	case nil:
		return vs.keep(&value, C.tsrt_value_new_none(&value))
	case bool:
		return vs.keep(&value, C.tsrt_value_new_bool(C.bool(x), &value))
	case string:
		return vs.text(x)
	case DType:
		return vs.keep(&value, C.tsrt_value_new_dtype(x.c(), &value))
	case *View:
		return vs.view(x)
	case *Tensor:
		return vs.tensor(x)
	case Quantized:
		return vs.quantized(x)
	case *Object:
		return vs.object(x)
	case Enum:
		if x.Object == nil {
			return vs.text(x.Name)
		}
		return vs.object(x.Object)
	case Tuple:
		return vs.tuple(x)
	case NamedTuple:
		return vs.tuple(x.Items)
	case Dict:
		return vs.dict(x)
	}
	return vs.reflected(reflect.ValueOf(x))
}

// reflected takes types that are many, or of other packages.
func (vs *values) reflected(x reflect.Value) (value *C.tsrt_value, err error) {
	switch x.Kind() {
	case reflect.Bool:
		return vs.of(x.Bool())
	case reflect.String:
		return vs.text(x.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return vs.keep(&value, C.tsrt_value_new_int(C.int64_t(x.Int()), &value))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if x.Uint() > math.MaxInt64 {
			return nil, invalid("a model's ints are signed, and %d is too large for one", x.Uint())
		}
		return vs.keep(&value, C.tsrt_value_new_int(C.int64_t(x.Uint()), &value))
	case reflect.Float32, reflect.Float64:
		return vs.keep(&value, C.tsrt_value_new_float(C.double(x.Float()), &value))
	case reflect.Complex64, reflect.Complex128:
		z := x.Complex()
		return vs.keep(&value, C.tsrt_value_new_complex(C.double(real(z)), C.double(imag(z)), &value))
	case reflect.Slice, reflect.Array:
		items, err := vs.all(x.Len(), func(i int) any { return x.Index(i).Interface() })
		if err != nil {
			return nil, err
		}
		return vs.keep(&value, C.tsrt_value_new_list(&items[0], C.size_t(x.Len()), &value))
	case reflect.Map:
		return vs.dictOf(x)
	}
	return nil, invalid("a method takes nothing of Go's type %v", x.Type())
}

func (vs *values) text(text string) (value *C.tsrt_value, err error) {
	data := orNothing([]byte(text))
	return vs.keep(&value, C.tsrt_value_new_string(charsOf(data), C.size_t(len(text)), &value))
}

// view copies: a value lasts longer than a call, and C must not keep a pointer to Go's memory.
func (vs *values) view(v *View) (*C.tsrt_value, error) {
	t, err := v.Copy("cpu")
	if err != nil {
		return nil, err
	}
	vs.owned = append(vs.owned, t)
	return vs.tensor(t)
}

func (vs *values) tensor(t *Tensor) (value *C.tsrt_value, err error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	vs.held = append(vs.held, t)
	if t.c.flags&quantizedFlag != 0 {
		return vs.keep(&value, C.tsrtgo_requantized(t.c, &value))
	}
	return vs.keep(&value, C.tsrt_value_new_tensor(&t.c.tensor, &value))
}

func (vs *values) quantized(q Quantized) (value *C.tsrt_value, err error) {
	var parts [3]*Tensor
	for i, v := range [...]*View{q.Integers, q.Scales, q.ZeroPoints} {
		if v == nil {
			return nil, invalid("a quantized tensor needs integers, scales and zero points")
		}
		if parts[i], err = v.Copy("cpu"); err != nil {
			return nil, err
		}
		defer parts[i].Close()
	}
	return vs.keep(&value, C.tsrt_value_new_quantized(&parts[0].c.tensor, &parts[1].c.tensor,
		&parts[2].c.tensor, C.int32_t(q.Axis), &value))
}

func (vs *values) object(o *Object) (*C.tsrt_value, error) {
	if err := o.enter(); err != nil {
		return nil, err
	}
	vs.using = append(vs.using, o)
	return o.c, nil
}

// all makes n values; there is a first one even when n is 0.
func (vs *values) all(n int, item func(int) any) ([]*C.tsrt_value, error) {
	items := make([]*C.tsrt_value, n+1)
	for i := 0; i < n; i++ {
		var err error
		if items[i], err = vs.of(item(i)); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (vs *values) tuple(x []any) (value *C.tsrt_value, err error) {
	items, err := vs.all(len(x), func(i int) any { return x[i] })
	if err != nil {
		return nil, err
	}
	return vs.keep(&value, C.tsrt_value_new_tuple(&items[0], C.size_t(len(x)), &value))
}

func (vs *values) dictOf(x reflect.Value) (*C.tsrt_value, error) {
	var dict Dict
	for entries := x.MapRange(); entries.Next(); {
		dict = append(dict, Entry{entries.Key().Interface(), entries.Value().Interface()})
	}
	return vs.dict(dict)
}

func (vs *values) dict(x Dict) (value *C.tsrt_value, err error) {
	keys, err := vs.all(len(x), func(i int) any { return x[i].Key })
	if err != nil {
		return nil, err
	}
	items, err := vs.all(len(x), func(i int) any { return x[i].Value })
	if err != nil {
		return nil, err
	}
	return vs.keep(&value, C.tsrt_value_new_dict(&keys[0], &items[0], C.size_t(len(x)), &value))
}

// charsIn is text in tsrt's memory.
func charsIn(text *C.char, size C.size_t) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(size)))
}
