package tsrt

// #include <tsrt.h>
import "C"

import (
	"errors"
	"fmt"
)

// A Code is a kind of failure. It is an error itself, for errors.Is(err, tsrt.NotFound).
type Code int32

// New codes may come with new versions of the library: treat an unknown one as Internal.
const (
	InvalidArgument Code = C.TSRT_INVALID_ARGUMENT
	NotFound        Code = C.TSRT_NOT_FOUND
	NotAModel       Code = C.TSRT_NOT_A_MODEL
	Unsupported     Code = C.TSRT_UNSUPPORTED
	MissingOperator Code = C.TSRT_MISSING_OPERATOR
	ModelError      Code = C.TSRT_MODEL_ERROR
	DeviceError     Code = C.TSRT_DEVICE
	OutOfMemory     Code = C.TSRT_OUT_OF_MEMORY
	NotTrusted      Code = C.TSRT_NOT_TRUSTED
	Internal        Code = C.TSRT_INTERNAL
	Timeout         Code = C.TSRT_TIMEOUT
	Cancelled       Code = C.TSRT_CANCELLED
)

func (c Code) Error() string { return fmt.Sprintf("tsrt: error %d", int32(c)) }

// An Error is what failed in tsrt, or was refused before it came there.
type Error struct {
	Code    Code
	Message string // one line: what is wrong, with its name, and what to do
	Detail  string // such as the traceback through the model's code, or empty
	cause   error
}

func (e *Error) Error() string { return e.Message }

// Is makes errors.Is(err, tsrt.NotFound) true for an error of this code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap returns the context's error where a context ended the call, else nil.
func (e *Error) Unwrap() error { return e.cause }

// ErrClosed is what methods return after Close.
var ErrClosed = errors.New("tsrt: used after Close")

func invalid(format string, arguments ...any) error {
	return &Error{Code: InvalidArgument, Message: fmt.Sprintf(format, arguments...)}
}

// failure makes an error of what a function of tsrt returned, which it frees.
func failure(e *C.tsrt_error) error {
	if e == nil {
		return nil
	}
	defer C.tsrt_error_free(e)
	return &Error{
		Code:    Code(C.tsrt_error_code(e)),
		Message: C.GoString(C.tsrt_error_message(e)),
		Detail:  C.GoString(C.tsrt_error_detail(e)),
	}
}
