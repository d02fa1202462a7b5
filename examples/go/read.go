package tsrt

// #include <tsrt.h>
import "C"

// takenValue makes Go's own of a value of tsrt, which it frees or, if it is an object, gives an owner.
func takenValue(v *C.tsrt_value) (any, error) {
	switch C.tsrt_value_kind(v) {
	case C.TSRT_KIND_OBJECT, C.TSRT_KIND_OTHER:
		return newObject(v), nil
	case C.TSRT_KIND_ENUM:
		return newEnum(v)
	}
	defer C.tsrt_value_free(v)
	switch C.tsrt_value_kind(v) {
	case C.TSRT_KIND_NONE:
		return nil, nil
	case C.TSRT_KIND_BOOL:
		var b C.bool
		e := C.tsrt_value_get_bool(v, &b)
		return bool(b), failure(e)
	case C.TSRT_KIND_INT:
		var i C.int64_t
		e := C.tsrt_value_get_int(v, &i)
		return int64(i), failure(e)
	case C.TSRT_KIND_FLOAT:
		var f C.double
		e := C.tsrt_value_get_float(v, &f)
		return float64(f), failure(e)
	case C.TSRT_KIND_COMPLEX:
		var re, im C.double
		e := C.tsrt_value_get_complex(v, &re, &im)
		return complex(float64(re), float64(im)), failure(e)
	case C.TSRT_KIND_STRING:
		text, err := textOf(v)
		return text, err
	case C.TSRT_KIND_DEVICE:
		text, err := textOf(v)
		return Device(text), err
	case C.TSRT_KIND_TENSOR:
		return tensorOf(v)
	case C.TSRT_KIND_LIST:
		items, err := itemsOf(v)
		return List(items), err
	case C.TSRT_KIND_TUPLE:
		return tupleOf(v)
	case C.TSRT_KIND_DICT:
		return dictFrom(v)
	}
	return nil, &Error{Code: Unsupported, Message: "a value of a kind that this package does not know"}
}

func textOf(v *C.tsrt_value) (string, error) {
	var text *C.char
	var size C.size_t
	if e := C.tsrt_value_get_string(v, &text, &size); e != nil {
		return "", failure(e)
	}
	return charsIn(text, size), nil
}

func tensorOf(v *C.tsrt_value) (any, error) {
	var made *C.tsrt_managed_tensor
	if e := C.tsrt_value_get_tensor(v, &made); e != nil {
		return nil, failure(e)
	}
	return ownedTensor(made), nil
}

func sizeOf(v *C.tsrt_value) (int, error) {
	var n C.size_t
	e := C.tsrt_value_size(v, &n)
	return int(n), failure(e)
}

func itemsOf(v *C.tsrt_value) ([]any, error) {
	n, err := sizeOf(v)
	items := make([]any, 0, n)
	for i := 0; i < n && err == nil; i++ {
		var item *C.tsrt_value
		var x any
		if err = failure(C.tsrt_value_item(v, C.size_t(i), &item)); err == nil {
			x, err = takenValue(item)
		}
		items = append(items, x)
	}
	if err != nil {
		Close(items)
		return nil, err
	}
	return items, nil
}

func tupleOf(v *C.tsrt_value) (any, error) {
	items, err := itemsOf(v)
	if err != nil || len(items) == 0 {
		return Tuple(items), err
	}
	names := make([]string, len(items))
	for i := range items {
		var name *C.char
		if err := failure(C.tsrt_value_field(v, C.size_t(i), &name)); err != nil {
			Close(items)
			return nil, err
		}
		if name == nil {
			return Tuple(items), nil
		}
		names[i] = C.GoString(name)
	}
	return NamedTuple{names, items}, nil
}

func dictFrom(v *C.tsrt_value) (any, error) {
	n, err := sizeOf(v)
	dict := make(Dict, n)
	for i := 0; i < n && err == nil; i++ {
		var key, item *C.tsrt_value
		if err = failure(C.tsrt_value_entry(v, C.size_t(i), &key, &item)); err != nil {
			break
		}
		var keyError error
		dict[i].Key, keyError = takenValue(key)
		if dict[i].Value, err = takenValue(item); err == nil {
			err = keyError
		}
	}
	if err != nil {
		Close(dict)
		return nil, err
	}
	return dict, nil
}

// Close closes all tensors and objects in what a method returned.
func Close(x any) {
	switch x := x.(type) {
	case *Tensor:
		if x != nil {
			x.Close()
		}
	case *Object:
		x.Close()
	case Enum:
		x.Close()
	case []any:
		for _, item := range x {
			Close(item)
		}
	case List:
		Close([]any(x))
	case Tuple:
		Close([]any(x))
	case NamedTuple:
		Close(x.Items)
	case Dict:
		for _, entry := range x {
			Close(entry.Key)
			Close(entry.Value)
		}
	}
}
