package tsrt

// #include <tsrt.h>
import "C"

import (
	"encoding/json"
	"runtime"
	"strings"
	"unsafe"
)

// A Model is a loaded TorchScript archive.
type Model struct {
	users users
	c     *C.tsrt_model
}

// Load reads what torch.jit.save wrote. Options are such as "device=cuda", "threads=1",
// "timeout=0.5"; tsrt.h has all of them. A model file is a program: load only files you trust, or
// with "trust=restricted".
func Load(path string, options ...string) (*Model, error) {
	name, err := terminated(path)
	if err != nil {
		return nil, err
	}
	with, err := joined(options)
	if err != nil {
		return nil, err
	}
	var made *C.tsrt_model
	return newModel(&made, C.tsrt_model_load(charsOf(name), charsOf(with), &made))
}

// LoadBytes is Load for a file in memory, which is not needed afterwards.
func LoadBytes(file []byte, options ...string) (*Model, error) {
	with, err := joined(options)
	if err != nil {
		return nil, err
	}
	var made *C.tsrt_model
	data := orNothing(file)
	return newModel(&made, C.tsrt_model_load_buffer(unsafe.Pointer(&data[0]), C.size_t(len(file)),
		charsOf(with), &made))
}

func joined(options []string) ([]byte, error) { return terminated(strings.Join(options, ",")) }

func newModel(made **C.tsrt_model, e *C.tsrt_error) (*Model, error) {
	if e != nil {
		return nil, failure(e)
	}
	m := &Model{c: *made}
	runtime.SetFinalizer(m, (*Model).Close)
	return m, nil
}

// Close frees the model; calls that are running end as if it had not been. It returns nil.
func (m *Model) Close() error {
	if m.users.close() {
		m.free()
	}
	return nil
}

func (m *Model) free() {
	runtime.SetFinalizer(m, nil)
	C.tsrt_model_free(m.c)
}

func (m *Model) enter() error {
	if m.users.enter() {
		return nil
	}
	m.leave()
	return ErrClosed
}

func (m *Model) leave() {
	if m.users.leave() {
		m.free()
	}
}

// use calls a function of tsrt on the open model.
func (m *Model) use(call func() *C.tsrt_error) error {
	if err := m.enter(); err != nil {
		return err
	}
	defer m.leave()
	return failure(call())
}

// Clone makes a second model with state of its own, equal to this one's now, and the same weights in
// the same memory: one for each stream of a stateful model.
func (m *Model) Clone() (*Model, error) {
	var made *C.tsrt_model
	if err := m.use(func() *C.tsrt_error { return C.tsrt_model_clone(m.c, &made) }); err != nil {
		return nil, err
	}
	return newModel(&made, nil)
}

// Share makes another handle to the same model with options of its own, "threads" and "timeout".
func (m *Model) Share(options ...string) (*Model, error) {
	with, err := joined(options)
	if err != nil {
		return nil, err
	}
	var made *C.tsrt_model
	err = m.use(func() *C.tsrt_error { return C.tsrt_model_share(m.c, charsOf(with), &made) })
	if err != nil {
		return nil, err
	}
	return newModel(&made, nil)
}

// Cancel stops the calls that run now, or wait for the model, through this handle and through those
// shared from it: they fail with Cancelled. It does not wait for them.
func (m *Model) Cancel() error {
	return m.use(func() *C.tsrt_error { return C.tsrt_model_cancel(m.c) })
}

// To moves the model with its state to a device, "cpu" or "cuda:1".
func (m *Model) To(device string) error {
	name, err := terminated(device)
	if err != nil {
		return err
	}
	return m.use(func() *C.tsrt_error { return C.tsrt_model_to(m.c, charsOf(name)) })
}

// Train puts the model into training mode, or evaluation mode.
func (m *Model) Train(training bool) error {
	return m.use(func() *C.tsrt_error { return C.tsrt_model_train(m.c, C.bool(training)) })
}

// Reset brings back the state that the model had when it was loaded.
func (m *Model) Reset() error {
	return m.use(func() *C.tsrt_error { return C.tsrt_model_reset(m.c) })
}

// Describe returns everything there is to know of the model; tsrt.h lists the fields.
func (m *Model) Describe() (json.RawMessage, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	var text *C.char
	return takenJSON(&text, C.tsrt_model_describe(m.c, &text))
}

// ExtraFile returns one of the files that were saved with the model.
func (m *Model) ExtraFile(name string) ([]byte, error) {
	file, err := terminated(name)
	if err != nil {
		return nil, err
	}
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	var data *C.char
	var size C.size_t
	e := C.tsrt_model_extra_file(m.c, charsOf(file), &data, &size)
	return takenFile(&data, &size, e)
}
