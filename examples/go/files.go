package tsrt

// #include <tsrt.h>
import "C"

import (
	"encoding/json"
	"unsafe"
)

// Inspect tells what a file is and contains without executing any of it; tsrt.h lists the fields.
func Inspect(path string) (json.RawMessage, error) {
	name, err := terminated(path)
	if err != nil {
		return nil, err
	}
	var text *C.char
	return takenJSON(&text, C.tsrt_inspect(charsOf(name), &text))
}

// InspectBytes is Inspect for a file in memory.
func InspectBytes(file []byte) (json.RawMessage, error) {
	var text *C.char
	data := orNothing(file)
	return takenJSON(&text,
		C.tsrt_inspect_buffer(unsafe.Pointer(&data[0]), C.size_t(len(file)), &text))
}

// Verify checks that an archive is whole.
func Verify(path string) error {
	name, err := terminated(path)
	if err != nil {
		return err
	}
	return failure(C.tsrt_verify(charsOf(name)))
}

// VerifyBytes is Verify for a file in memory.
func VerifyBytes(file []byte) error {
	data := orNothing(file)
	return failure(C.tsrt_verify_buffer(unsafe.Pointer(&data[0]), C.size_t(len(file))))
}

// ExtraFile reads one of the files that were saved with a model, without loading the model.
func ExtraFile(path, name string) ([]byte, error) {
	archive, err := terminated(path)
	if err != nil {
		return nil, err
	}
	wanted, err := terminated(name)
	if err != nil {
		return nil, err
	}
	var data *C.char
	var size C.size_t
	e := C.tsrt_extra_file(charsOf(archive), charsOf(wanted), &data, &size)
	return takenFile(&data, &size, e)
}

// ExtraFileBytes is ExtraFile for a model's file in memory.
func ExtraFileBytes(file []byte, name string) ([]byte, error) {
	wanted, err := terminated(name)
	if err != nil {
		return nil, err
	}
	var data *C.char
	var size C.size_t
	archive := orNothing(file)
	e := C.tsrt_extra_file_buffer(unsafe.Pointer(&archive[0]), C.size_t(len(file)), charsOf(wanted),
		&data, &size)
	return takenFile(&data, &size, e)
}

func takenFile(data **C.char, size *C.size_t, e *C.tsrt_error) ([]byte, error) {
	if e != nil {
		return nil, failure(e)
	}
	return taken(*data, *size), nil
}
