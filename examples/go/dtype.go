package tsrt

// #include <tsrt.h>
import "C"

import (
	"fmt"
	"reflect"
)

// A DType is the type of a tensor's elements.
type DType uint16

// The high byte is the kind, the low one the number of bits. Others that tsrt.h knows come and go as
// well; Go has no elements for them, nor for Float16 and BFloat16: see Raw and Tensor.Bytes.
const (
	Float32    DType = C.TSRT_FLOAT<<8 | 32
	Float64    DType = C.TSRT_FLOAT<<8 | 64
	Float16    DType = C.TSRT_FLOAT<<8 | 16
	BFloat16   DType = C.TSRT_BFLOAT<<8 | 16
	Int8       DType = C.TSRT_INT<<8 | 8
	Int16      DType = C.TSRT_INT<<8 | 16
	Int32      DType = C.TSRT_INT<<8 | 32
	Int64      DType = C.TSRT_INT<<8 | 64
	Uint8      DType = C.TSRT_UINT<<8 | 8
	Uint16     DType = C.TSRT_UINT<<8 | 16
	Uint32     DType = C.TSRT_UINT<<8 | 32
	Uint64     DType = C.TSRT_UINT<<8 | 64
	Bool       DType = C.TSRT_BOOL<<8 | 8
	Complex64  DType = C.TSRT_COMPLEX<<8 | 64
	Complex128 DType = C.TSRT_COMPLEX<<8 | 128
)

// An Element is a type of Go that a tensor can have elements of.
type Element interface {
	~float32 | ~float64 | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
		~bool | ~complex64 | ~complex128
}

var dtypes = [...]DType{
	reflect.Float32: Float32, reflect.Float64: Float64,
	reflect.Int8: Int8, reflect.Int16: Int16, reflect.Int32: Int32, reflect.Int64: Int64,
	reflect.Uint8: Uint8, reflect.Uint16: Uint16, reflect.Uint32: Uint32, reflect.Uint64: Uint64,
	reflect.Bool: Bool, reflect.Complex64: Complex64, reflect.Complex128: Complex128,
}

// DTypeOf returns the element type that T stands for.
func DTypeOf[T Element]() DType {
	var element T
	return dtypes[reflect.TypeOf(element).Kind()]
}

// Size returns how many bytes an element has.
func (d DType) Size() int { return int(d&0xff) / 8 }

func (d DType) String() string {
	names := map[DType]string{
		C.TSRT_FLOAT: "float", C.TSRT_BFLOAT: "bfloat", C.TSRT_INT: "int", C.TSRT_UINT: "uint",
		C.TSRT_COMPLEX: "complex",
	}
	if d == Bool {
		return "bool"
	}
	if name := names[d>>8]; name != "" {
		return fmt.Sprintf("%s%d", name, d&0xff)
	}
	return fmt.Sprintf("DType(%d, %d bits)", d>>8, d&0xff)
}

func dtypeOf(d C.tsrt_dtype) DType { return DType(d.code)<<8 | DType(d.bits) }

func (d DType) c() C.tsrt_dtype {
	return C.tsrt_dtype{code: C.uint8_t(d >> 8), bits: C.uint8_t(d), lanes: 1}
}
