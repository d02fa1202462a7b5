package tsrt

// #include "calls.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// A Tensor has memory of tsrt's. It stays valid when the model is closed.
type Tensor struct {
	users users
	c     *C.tsrt_managed_tensor
}

// tsrt's own bit for tensors that are quantized, and DLPack's for those not to be written to.
const (
	quantizedFlag = 1 << 63
	readOnlyFlag  = 1
)

func ownedTensor(c *C.tsrt_managed_tensor) *Tensor {
	t := &Tensor{c: c}
	runtime.SetFinalizer(t, (*Tensor).Close)
	return t
}

func newTensor(result C.tsrtgo_result) (*Tensor, error) {
	if result.error != nil {
		return nil, failure(result.error)
	}
	return ownedTensor(result.tensor), nil
}

// Close frees the tensor's memory, after the calls that are using it. It returns nil.
func (t *Tensor) Close() error {
	if t.users.close() {
		t.free()
	}
	return nil
}

func (t *Tensor) free() {
	runtime.SetFinalizer(t, nil)
	C.tsrt_managed_tensor_free(t.c)
}

func (t *Tensor) enter() error {
	if t.users.enter() {
		return nil
	}
	t.leave()
	return ErrClosed
}

func (t *Tensor) leave() {
	if t.users.leave() {
		t.free()
	}
}

// Shape returns the sizes; none for a tensor without dimensions, and after Close.
func (t *Tensor) Shape() []int {
	if t.enter() != nil {
		return nil
	}
	defer t.leave()
	return t.shape()
}

// DType returns the type of the elements, 0 after Close.
func (t *Tensor) DType() DType {
	if t.enter() != nil {
		return 0
	}
	defer t.leave()
	return dtypeOf(t.c.tensor.dtype)
}

// OnCPU says whether the memory is the host's.
func (t *Tensor) OnCPU() bool {
	if t.enter() != nil {
		return false
	}
	defer t.leave()
	return t.onCPU()
}

// Quantized says whether the elements are integers that stand for others: see Dequantize.
func (t *Tensor) Quantized() bool {
	if t.enter() != nil {
		return false
	}
	defer t.leave()
	return t.c.flags&quantizedFlag != 0
}

// ReadOnly says whether the memory is a model's own, which nobody must write to.
func (t *Tensor) ReadOnly() bool {
	if t.enter() != nil {
		return false
	}
	defer t.leave()
	return t.c.flags&readOnlyFlag != 0
}

func (t *Tensor) onCPU() bool { return t.c.tensor.device._type == C.TSRT_CPU }

func (t *Tensor) sizes() []C.int64_t {
	return unsafe.Slice(t.c.tensor.shape, int(t.c.tensor.ndim))
}

func (t *Tensor) shape() []int {
	shape := make([]int, 0, 4)
	for _, size := range t.sizes() {
		shape = append(shape, int(size))
	}
	return shape
}

func (t *Tensor) count() int {
	n := 1
	for _, size := range t.sizes() {
		n *= int(size)
	}
	return n
}

func (t *Tensor) rowMajor() bool {
	if t.c.tensor.strides == nil {
		return true
	}
	step := C.int64_t(1)
	sizes, strides := t.sizes(), unsafe.Slice(t.c.tensor.strides, int(t.c.tensor.ndim))
	for i := len(sizes) - 1; i >= 0; i-- {
		if sizes[i] != 1 && strides[i] != step {
			return t.count() == 0
		}
		step *= sizes[i]
	}
	return true
}

// Copy makes a copy on a device. It is row-major, and no longer quantized.
func (t *Tensor) Copy(device string) (*Tensor, error) {
	name, err := terminated(device)
	if err != nil {
		return nil, err
	}
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.leave()
	var made *C.tsrt_managed_tensor
	if e := C.tsrt_tensor_copy(&t.c.tensor, charsOf(name), &made); e != nil {
		return nil, failure(e)
	}
	return ownedTensor(made), nil
}

// Share makes another handle to the same memory, which lives until all are closed.
func (t *Tensor) Share() (*Tensor, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.leave()
	var made *C.tsrt_managed_tensor
	if e := C.tsrt_managed_tensor_share(t.c, &made); e != nil {
		return nil, failure(e)
	}
	return ownedTensor(made), nil
}

// Values returns a copy of all elements, row by row, from wherever they are.
func Values[T Element](t *Tensor) ([]T, error) {
	var values []T
	err := Borrow(t, func(elements []T) { values = append(make([]T, 0, len(elements)), elements...) })
	if err == errNotPlain {
		var plain *Tensor
		if plain, err = t.Copy("cpu"); err == nil {
			defer plain.Close()
			return Values[T](plain)
		}
	}
	return values, err
}

var errNotPlain = invalid("the elements do not lie row by row on the host: Copy makes a tensor " +
	"where they do")

// Borrow lets a function use the tensor's own memory, all elements row by row. They have to lie so,
// on the host, which those of an output need not. Do not keep the slice: it dangles after Close.
func Borrow[T Element](t *Tensor, use func(elements []T)) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.leave()
	tensor := &t.c.tensor
	if d := dtypeOf(tensor.dtype); d != DTypeOf[T]() {
		return invalid("the tensor's elements are %v, and not %v", d, DTypeOf[T]())
	}
	if !t.onCPU() || !t.rowMajor() {
		return errNotPlain
	}
	n := t.count()
	if n == 0 {
		use(nil)
		return nil
	}
	use(unsafe.Slice((*T)(unsafe.Add(tensor.data, uintptr(tensor.byte_offset))), n))
	return nil
}
