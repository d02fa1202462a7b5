package tsrt

// #include "calls.h"
import "C"

import (
	"math/bits"
	"unsafe"
)

// An Array is what a call reads or writes: a *View of Go's memory, or a *Tensor of tsrt's.
type Array interface {
	// Copy makes a row-major copy on a device, "cpu" or "cuda:1".
	Copy(device string) (*Tensor, error)
	// join adds the array to the arguments of a call.
	join(c *call) error
}

// A View is memory of Go with a shape. Calls read it in place and nobody may write there meanwhile;
// afterwards they do not look at it again. A view that is not possible gives its error to whatever it
// is used for.
type View struct {
	data  []byte
	dtype DType
	dims  []C.int64_t // the sizes, then the strides, then one more so that there always is a first
	err   error
}

// Of is a view of all elements of a slice, row by row: Of(data, 2, 3). Without a shape, it has one
// dimension.
func Of[T Element](data []T, shape ...int) *View {
	if len(shape) == 0 {
		shape = []int{len(data)}
	}
	return Raw(DTypeOf[T](), bytesOf(data), shape...)
}

// Scalar is a tensor without dimensions.
func Scalar[T Element](x T) *View { return Strided([]T{x}, nil, nil) }

// Strided is a view of some elements of a slice; strides are in elements and not negative.
func Strided[T Element](data []T, shape, strides []int) *View {
	return newView(DTypeOf[T](), bytesOf(data), shape, strides)
}

// Raw is a view of bytes as elements that Go has no type for, such as BFloat16.
func Raw(dtype DType, data []byte, shape ...int) *View {
	strides := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		if shape[i] > 1 {
			step *= shape[i]
		}
	}
	v := newView(dtype, data, shape, strides)
	if n, ok := product(shape); v.err == nil && (!ok || n*dtype.Size() != len(data)) {
		v.err = invalid("a view of shape %v does not fit %d bytes of %v", shape, len(data), dtype)
	}
	return v
}

func newView(dtype DType, data []byte, shape, strides []int) *View {
	if len(shape) != len(strides) {
		return &View{err: invalid("a view has %d sizes and %d strides: give as many",
			len(shape), len(strides))}
	}
	dims := make([]C.int64_t, 2*len(shape)+1)
	for i := range shape {
		dims[i], dims[len(shape)+i] = C.int64_t(shape[i]), C.int64_t(strides[i])
	}
	v := &View{data: data, dtype: dtype, dims: dims}
	if !fits(shape, strides, len(data), dtype.Size()) {
		v.err = invalid("a view of shape %v and strides %v does not lie within %d bytes of %v",
			shape, strides, len(data), dtype)
	}
	return v
}

// fits says whether all elements lie within so many bytes. (tsrt cannot know.)
func fits(shape, strides []int, bytes, size int) bool {
	last, empty := uint64(0), false
	for i, n := range shape {
		if n < 0 || strides[i] < 0 {
			return false
		}
		if n == 0 {
			empty = true
			continue
		}
		high, step := bits.Mul64(uint64(n-1), uint64(strides[i]))
		if last += step; high != 0 || last < step || last > 1<<62 {
			return false
		}
	}
	return empty || size > 0 && last < uint64(bytes/size)
}

// product is how many elements a shape has, unless that is too many.
func product(shape []int) (int, bool) {
	n := uint64(1)
	for _, size := range shape {
		high, low := bits.Mul64(n, uint64(size))
		if n = low; high != 0 || low > 1<<56 {
			return 0, false
		}
	}
	return int(n), true
}

func bytesOf[T Element](data []T) []byte {
	if len(data) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), len(data)*int(unsafe.Sizeof(data[0])))
}

func (v *View) ndim() C.int32_t { return C.int32_t(len(v.dims) / 2) }

// Copy makes a copy of Go's memory on a device, which is tsrt's.
func (v *View) Copy(device string) (*Tensor, error) {
	name, err := terminated(device)
	if err != nil {
		return nil, err
	}
	if v.err != nil {
		return nil, v.err
	}
	data := orNothing(v.data)
	return newTensor(C.tsrtgo_copy(unsafe.Pointer(&data[0]), v.dtype.c(), v.ndim(), &v.dims[0],
		charsOf(name)))
}
