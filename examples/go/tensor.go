package tsrt

// #include "calls.h"
import "C"

import (
	"fmt"
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

// Device returns where the memory is, as Copy and Load name it; "" after Close.
func (t *Tensor) Device() Device {
	if t.enter() != nil {
		return ""
	}
	defer t.leave()
	device := t.c.tensor.device
	switch device._type {
	case C.TSRT_CPU:
		return "cpu"
	case C.TSRT_CUDA, C.TSRT_ROCM:
		return Device(fmt.Sprintf("cuda:%d", device.id))
	}
	return Device(fmt.Sprintf("DLPack's type %d:%d", device._type, device.id))
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

// Dequantize makes the numbers that a quantized tensor stands for, in float32.
func (t *Tensor) Dequantize() (*Tensor, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.leave()
	var made *C.tsrt_managed_tensor
	if e := C.tsrt_managed_tensor_dequantize(t.c, &made); e != nil {
		return nil, failure(e)
	}
	return ownedTensor(made), nil
}

// Quantization returns what the integers of a quantized tensor stand for; axis -1 is one scale and
// zero point for all.
func (t *Tensor) Quantization() (scales, zeroPoints *Tensor, axis int, err error) {
	if err := t.enter(); err != nil {
		return nil, nil, 0, err
	}
	defer t.leave()
	var s, z *C.tsrt_managed_tensor
	var a C.int32_t
	if e := C.tsrt_managed_tensor_quantization(t.c, &s, &z, &a); e != nil {
		return nil, nil, 0, failure(e)
	}
	return ownedTensor(s), ownedTensor(z), int(a), nil
}

// Values returns a copy of all elements, row by row, from wherever they are.
func Values[T Element](t *Tensor) (values []T, err error) {
	err = Borrow(t, func(elements []T) { values = append([]T{}, elements...) })
	if err != errNotPlain {
		return values, err
	}
	plain, err := t.Copy("cpu")
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	return Values[T](plain)
}

// Borrow lets a function use the tensor's own memory, all elements row by row. They have to lie so,
// on the host, which those of an output need not. Do not keep the slice: it dangles after Close.
func Borrow[T Element](t *Tensor, use func(elements []T)) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.leave()
	if d := dtypeOf(t.c.tensor.dtype); d != DTypeOf[T]() {
		return invalid("the tensor's elements are %v, and not %v", d, DTypeOf[T]())
	}
	data, n, err := t.plain()
	if err != nil {
		return err
	}
	use(unsafe.Slice((*T)(data), n))
	return nil
}

// Bytes returns a copy of the memory of all elements, row by row, also of those that Go has no type
// for.
func (t *Tensor) Bytes() ([]byte, error) {
	plain, err := t.Copy("cpu")
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	data, n, err := plain.plain()
	if err != nil {
		return nil, err
	}
	size := plain.DType().Size()
	return append([]byte{}, unsafe.Slice((*byte)(data), n*size)...), nil
}

var errNotPlain = invalid("the elements do not lie row by row on the host: Copy makes a tensor " +
	"where they do")

// plain tells where the elements lie, and how many.
func (t *Tensor) plain() (unsafe.Pointer, int, error) {
	if t.c.tensor.device._type != C.TSRT_CPU || !t.rowMajor() {
		return nil, 0, errNotPlain
	}
	n := t.count()
	if n == 0 {
		return nil, 0, nil
	}
	return unsafe.Add(t.c.tensor.data, uintptr(t.c.tensor.byte_offset)), n, nil
}
