// Package tsrt runs serialized PyTorch models on memory that Go already has.
//
//	model, err := tsrt.Load("model.pt")
//	if err != nil {
//		return err
//	}
//	defer model.Close()
//	y, err := model.Forward(tsrt.Of([]float32{0, 1, 2, 3, 4, 5}, 2, 3))
//	if err != nil {
//		return err
//	}
//	defer y.Close()
//	values, err := tsrt.Values[float32](y)
//
// What C owns (a Model, a Tensor, an Object) is freed by Close, at once, and by the garbage collector
// where Close was forgotten; it does not know how large such memory is, so that may be late. Close
// may be called twice, and while calls of other goroutines are using it: it is freed after them.
//
// Everything may be called from any goroutine at any time; tsrt.h says which calls of a model run in
// parallel. A running call occupies a thread of the operating system, and operators may use more:
// for many calls at once, load the model with "threads=1".
package tsrt

/*
#cgo pkg-config: tsrt
#include <string.h>
#include <tsrt.h>
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"strings"
	"unsafe"
)

// A package that was built for another interface would read memory wrongly.
func init() {
	if got := C.tsrt_abi_version(); got != C.TSRT_ABI_VERSION {
		panic(fmt.Sprintf("tsrt: the library has ABI version %d, and this package is for %d",
			got, C.TSRT_ABI_VERSION))
	}
}

// Version returns the version of the library, as "major.minor.patch".
func Version() string { return C.GoString(C.tsrt_version()) }

// ABIVersion returns the number that changes when this package must be built again.
func ABIVersion() int { return int(C.tsrt_abi_version()) }

// TorchVersion returns the version of LibTorch that runs the models.
func TorchVersion() string { return C.GoString(C.tsrt_torch_version()) }

// nothing is what to point at where there are no bytes.
var nothing = make([]byte, 1)

func orNothing(data []byte) []byte {
	if len(data) == 0 {
		return nothing
	}
	return data
}

// terminated is text for C, which ends it at a zero byte.
func terminated(text string) ([]byte, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, invalid("there is a zero byte in %q", text)
	}
	return append([]byte(text), 0), nil
}

func charsOf(text []byte) *C.char { return (*C.char)(unsafe.Pointer(&text[0])) }

// taken makes Go's bytes of what tsrt made, and frees that.
func taken(data *C.char, size C.size_t) []byte {
	defer C.tsrt_string_free(data)
	return append([]byte{}, unsafe.Slice((*byte)(unsafe.Pointer(data)), int(size))...)
}

// takenJSON is the same for a function that makes text.
func takenJSON(text **C.char, e *C.tsrt_error) (json.RawMessage, error) {
	if e != nil {
		return nil, failure(e)
	}
	return taken(*text, C.strlen(*text)), nil
}
