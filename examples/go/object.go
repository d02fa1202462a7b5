package tsrt

// #include <tsrt.h>
import "C"

import (
	"encoding/json"
	"runtime"
)

// An Object is of a TorchScript class, or of a C++ class of an operator library; or something else
// that can be given back to methods and not be looked into. It stays usable when its model is closed.
type Object struct {
	users users
	c     *C.tsrt_value
}

// An Enum is a member of an enum class. It holds an object, so that it goes back as it came. Made
// without one, Enum{Name: "RED"}, it is its name, which will do where a method wants a member.
type Enum struct {
	Name  string
	Value any
	*Object
}

func newObject(c *C.tsrt_value) *Object {
	o := &Object{c: c}
	runtime.SetFinalizer(o, (*Object).Close)
	return o
}

func newEnum(c *C.tsrt_value) (any, error) {
	o := newObject(c)
	name, err := o.Attribute("name")
	if err == nil {
		var value any
		if value, err = o.Attribute("value"); err == nil {
			return Enum{name.(string), value, o}, nil
		}
	}
	o.Close()
	return nil, err
}

// Close frees the object; calls that are running end as if it had not been. It returns nil.
func (o *Object) Close() error {
	if o.users.close() {
		o.free()
	}
	return nil
}

func (o *Object) free() {
	runtime.SetFinalizer(o, nil)
	C.tsrt_value_free(o.c)
}

func (o *Object) enter() error {
	if o.users.enter() {
		return nil
	}
	o.leave()
	return ErrClosed
}

func (o *Object) leave() {
	if o.users.leave() {
		o.free()
	}
}

// Type returns the type's name in TorchScript's notation, such as "__torch__.Decoder".
func (o *Object) Type() (string, error) {
	if err := o.enter(); err != nil {
		return "", err
	}
	defer o.leave()
	var name *C.char
	if e := C.tsrt_value_type(o.c, &name); e != nil {
		return "", failure(e)
	}
	return C.GoString(name), nil
}

// Call runs a method of the object, as Model.Run does.
func (o *Object) Call(method string, args ...any) (any, error) {
	if err := o.enter(); err != nil {
		return nil, err
	}
	defer o.leave()
	return run(method, args, func(name *C.char, tuple, dict *C.tsrt_value,
		result **C.tsrt_value) *C.tsrt_error {
		return C.tsrt_value_call(o.c, name, tuple, dict, result)
	})
}

// Attribute returns a copy of an attribute.
func (o *Object) Attribute(name string) (any, error) {
	text, err := terminated(name)
	if err != nil {
		return nil, err
	}
	if err := o.enter(); err != nil {
		return nil, err
	}
	defer o.leave()
	var found *C.tsrt_value
	if e := C.tsrt_value_attribute(o.c, charsOf(text), &found); e != nil {
		return nil, failure(e)
	}
	return takenValue(found)
}

// Describe returns {"type": ..., "methods": [names], "attributes": [names]}.
func (o *Object) Describe() (json.RawMessage, error) {
	if err := o.enter(); err != nil {
		return nil, err
	}
	defer o.leave()
	var text *C.char
	return takenJSON(&text, C.tsrt_value_describe(o.c, &text))
}
