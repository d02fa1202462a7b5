package tsrt_test

import (
	"os"
	"testing"

	"tsrt"
)

func TestInspectAndVerify(t *testing.T) {
	file := must[[]byte](t)(os.ReadFile(tourModel))
	var about struct{ Kind string }
	decode(t, &about)(tsrt.Inspect(tourModel))
	equal(t, about.Kind, "torchscript")
	decode(t, &about)(tsrt.InspectBytes(file[:100]))
	equal(t, about.Kind, "truncated-zip")
	decode(t, &about)(tsrt.InspectBytes(nil))
	equal(t, about.Kind, "empty")
	_, err := tsrt.Inspect("absent.pt")
	fails(t, err, tsrt.NotFound)
	_, err = tsrt.Inspect("a\x00.pt")
	fails(t, err, tsrt.InvalidArgument)

	ok(t, tsrt.Verify(tourModel))
	ok(t, tsrt.VerifyBytes(file))
	fails(t, tsrt.VerifyBytes(file[:100]), tsrt.NotAModel)
	fails(t, tsrt.VerifyBytes(nil), tsrt.NotAModel)
	fails(t, tsrt.Verify("absent.pt"), tsrt.NotFound)
	fails(t, tsrt.Verify("\x00"), tsrt.InvalidArgument)
}

func TestExtraFiles(t *testing.T) {
	model := load(t, valuesModel)
	file := must[[]byte](t)(os.ReadFile(valuesModel))
	for _, read := range []func(name string) ([]byte, error){
		model.ExtraFile,
		func(name string) ([]byte, error) { return tsrt.ExtraFile(valuesModel, name) },
		func(name string) ([]byte, error) { return tsrt.ExtraFileBytes(file, name) },
	} {
		equal(t, string(must[[]byte](t)(read("labels.txt"))), "cat\x00dog")
		_, err := read("absent.txt")
		fails(t, err, tsrt.NotFound)
		_, err = read("labels.txt\x00")
		fails(t, err, tsrt.InvalidArgument)
	}
}

func TestProcess(t *testing.T) {
	model := load(t, valuesModel)
	ok(t, tsrt.ManualSeed(7))
	first := values[float32](t, must[any](t)(model.Run("noise")))
	ok(t, tsrt.ManualSeed(7))
	equal(t, values[float32](t, must[any](t)(model.Run("noise"))), first)

	var memory struct{ Handles struct{ Models int } }
	decode(t, &memory)(tsrt.Memory())
	equal(t, memory.Handles.Models, 1)
	ok(t, tsrt.TrimMemory())
	var topics []struct{ Operators []string }
	decode(t, &topics)(tsrt.TrustedOperators())
	equal(t, len(topics) > 1, true)
	var engine struct{ Current string }
	decode(t, &engine)(tsrt.QuantizedEngine())
	ok(t, tsrt.SetQuantizedEngine(engine.Current))
	fails(t, tsrt.SetQuantizedEngine("steam"), tsrt.InvalidArgument)
	fails(t, tsrt.LoadLibrary("./absent.so"), tsrt.NotFound)
	fails(t, tsrt.LoadLibrary("a\x00.so"), tsrt.InvalidArgument)
}
