package tsrt

// #include <tsrt.h>
import "C"

import "encoding/json"

// Devices returns the devices that LibTorch can use here, such as "cpu" and "cuda:0".
func Devices() (names []string, err error) {
	var text *C.char
	list, err := takenJSON(&text, C.tsrt_devices(&text))
	if err == nil {
		err = json.Unmarshal(list, &names)
	}
	return names, err
}

// LoadLibrary loads a shared library with operators or classes that models need: before the model,
// and only one that you trust.
func LoadLibrary(path string) error {
	name, err := terminated(path)
	if err != nil {
		return err
	}
	return failure(C.tsrt_load_library(charsOf(name)))
}

// ManualSeed seeds the random generators of the process, as torch.manual_seed does.
func ManualSeed(seed uint64) error { return failure(C.tsrt_manual_seed(C.uint64_t(seed))) }

// SetQuantizedEngine chooses the engine behind quantized operators, before their models are loaded.
func SetQuantizedEngine(name string) error {
	text, err := terminated(name)
	if err != nil {
		return err
	}
	return failure(C.tsrt_set_quantized_engine(charsOf(text)))
}

// QuantizedEngine returns {"current": "x86", "supported": [...]}.
func QuantizedEngine() (json.RawMessage, error) {
	var text *C.char
	return takenJSON(&text, C.tsrt_quantized_engine(&text))
}

// TrustedOperators returns those that a model may use when it is loaded with "trust=restricted", as
// [{topic, why, operators}].
func TrustedOperators() (json.RawMessage, error) {
	var text *C.char
	return takenJSON(&text, C.tsrt_trusted_operators(&text))
}

// Memory returns what is in memory now; tsrt.h lists the fields.
func Memory() (json.RawMessage, error) {
	var text *C.char
	return takenJSON(&text, C.tsrt_memory(&text))
}

// TrimMemory gives memory that is kept for later use back to the system.
func TrimMemory() error { return failure(C.tsrt_trim_memory()) }

// LiveHandles returns how many models, tensors, values and so on were made and not freed yet.
func LiveHandles() int64 { return int64(C.tsrt_live_handles()) }
