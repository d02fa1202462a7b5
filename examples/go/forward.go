package tsrt

// #include "calls.h"
import "C"

import (
	"context"
	"unsafe"
)

// The most outputs of one call, and the most of Go's slices that one call may use in place.
const (
	maxOutputs = 256
	maxViews   = C.TSRTGO_VIEWS
)

// Forward runs a model that returns one tensor. The arrays are read where they are.
func (m *Model) Forward(inputs ...Array) (*Tensor, error) {
	if len(inputs) == 1 {
		if v, ok := inputs[0].(*View); ok {
			return m.forwardView(v)
		}
	}
	outputs, err := m.forward(inputs, 1)
	if err != nil {
		return nil, err
	}
	if len(outputs) == 0 {
		return nil, errNoOutput
	}
	return outputs[0], nil
}

var errNoOutput = &Error{
	Code:    Unsupported,
	Message: "forward returned no tensor: call ForwardAll, or Run",
}

// forwardView crosses to C once.
func (m *Model) forwardView(v *View) (*Tensor, error) {
	if v.err != nil {
		return nil, v.err
	}
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	data := orNothing(v.data)
	result := C.tsrtgo_forward_view(m.c, unsafe.Pointer(&data[0]), v.dtype.c(), v.ndim(), &v.dims[0])
	if result.error == nil && result.tensor == nil {
		return nil, errNoOutput
	}
	return newTensor(result)
}

// ForwardAll runs a model that returns any number of tensors, as a tuple or list.
func (m *Model) ForwardAll(inputs ...Array) ([]*Tensor, error) {
	return m.forward(inputs, maxOutputs)
}

func (m *Model) forward(inputs []Array, capacity int) ([]*Tensor, error) {
	made := make([]*C.tsrt_managed_tensor, capacity)
	n, err := m.call(inputs, nil, made)
	if err != nil {
		return nil, err
	}
	outputs := make([]*Tensor, n)
	for i := range outputs {
		outputs[i] = ownedTensor(made[i])
	}
	return outputs, nil
}

// ForwardInto runs the model and writes its results into memory that is there. Shape, element type
// and number must be those of the results.
func (m *Model) ForwardInto(outputs []Array, inputs ...Array) error {
	if len(outputs) == 0 {
		return invalid("ForwardInto was given no outputs")
	}
	for _, output := range outputs {
		if t, ok := output.(*Tensor); ok && t.ReadOnly() {
			return invalid("an output of ForwardInto is a model's own memory, which is read-only")
		}
	}
	_, err := m.call(inputs, outputs, make([]*C.tsrt_managed_tensor, 1))
	return err
}

// ForwardContext is Forward until the context ends: then it fails, with an error that is both a
// *Error and the context's.
func (m *Model) ForwardContext(ctx context.Context, inputs ...Array) (*Tensor, error) {
	return within(ctx, m, func(m *Model) (*Tensor, error) { return m.Forward(inputs...) })
}

// A call is the arguments of one call as they may cross to C: Go's memory apart from what tells of it.
type call struct {
	tensors []C.tsrt_tensor // those of views without data and shape
	dims    []C.int64_t
	memory  [maxViews][]byte
	views   int
	held    []*Tensor // which must not be freed before leave
}

func (m *Model) call(inputs, into []Array, outputs []*C.tsrt_managed_tensor) (int, error) {
	if err := m.enter(); err != nil {
		return 0, err
	}
	defer m.leave()
	var c call
	defer c.leave()
	for _, arrays := range [][]Array{inputs, into} {
		for _, array := range arrays {
			if err := array.join(&c); err != nil {
				return 0, err
			}
		}
	}
	tensors := append(c.tensors, C.tsrt_tensor{}) // there is a first one also when there is none
	dims := append(c.dims, 0)
	for i := c.views; i < maxViews; i++ {
		c.memory[i] = nothing
	}
	m0, m1, m2, m3 := c.memory[0], c.memory[1], c.memory[2], c.memory[3]
	m4, m5, m6, m7 := c.memory[4], c.memory[5], c.memory[6], c.memory[7]
	var n C.size_t
	e := C.tsrtgo_forward(m.c, &tensors[0], C.size_t(len(inputs)), C.size_t(len(into)),
		&outputs[0], C.size_t(len(outputs)), &n, &dims[0],
		unsafe.Pointer(&m0[0]), unsafe.Pointer(&m1[0]), unsafe.Pointer(&m2[0]),
		unsafe.Pointer(&m3[0]), unsafe.Pointer(&m4[0]), unsafe.Pointer(&m5[0]),
		unsafe.Pointer(&m6[0]), unsafe.Pointer(&m7[0]))
	return int(n), failure(e)
}

func (c *call) leave() {
	for _, t := range c.held {
		t.leave()
	}
}

func (v *View) join(c *call) error {
	if v.err != nil {
		return v.err
	}
	if c.views == maxViews {
		return invalid("one call uses at most %d slices of Go in place: give it copies, View.Copy "+
			"makes them", maxViews)
	}
	c.memory[c.views] = orNothing(v.data)
	c.views++
	c.tensors = append(c.tensors, C.tsrt_tensor{dtype: v.dtype.c(), ndim: v.ndim()})
	c.dims = append(c.dims, v.dims[:len(v.dims)-1]...)
	return nil
}

func (t *Tensor) join(c *call) error {
	if err := t.enter(); err != nil {
		return err
	}
	c.held = append(c.held, t)
	if t.c.flags&quantizedFlag != 0 {
		return invalid("Forward takes no quantized tensor: give it to Run, or Dequantize it")
	}
	c.tensors = append(c.tensors, t.c.tensor)
	return nil
}
