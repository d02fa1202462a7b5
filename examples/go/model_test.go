package tsrt_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"tsrt"
)

func decode(t *testing.T, into any) func(json.RawMessage, error) {
	return func(text json.RawMessage, err error) {
		t.Helper()
		ok(t, err)
		ok(t, json.Unmarshal(text, into))
	}
}

func average(t *testing.T, model *tsrt.Model, samples ...float32) float64 {
	t.Helper()
	return must[float64](t)(tsrt.Call[float64](model, "average", tsrt.Of(samples)))
}

func TestLoad(t *testing.T) {
	_, err := tsrt.Load("absent.pt")
	fails(t, err, tsrt.NotFound)
	_, err = tsrt.Load("ab\x00sent.pt")
	fails(t, err, tsrt.InvalidArgument)
	_, err = tsrt.Load(tourModel, "colour=red")
	fails(t, err, tsrt.InvalidArgument)
	_, err = tsrt.Load("tsrt_test.go")
	fails(t, err, tsrt.NotAModel)
	_, err = tsrt.LoadBytes(nil)
	fails(t, err, tsrt.NotAModel)
	file := must[[]byte](t)(os.ReadFile(tourModel))
	model := must[*tsrt.Model](t)(tsrt.LoadBytes(file, "threads=1", "trust=restricted"))
	defer model.Close()
	equal(t, average(t, model, 1, 3), 2.0)
}

func TestState(t *testing.T) {
	model := load(t, tourModel)
	equal(t, average(t, model, 1, 3), 2.0)
	clone, shared := must[*tsrt.Model](t)(model.Clone()), must[*tsrt.Model](t)(model.Share("threads=1"))
	equal(t, average(t, model, 5), 3.0)
	equal(t, average(t, clone, 2), 2.0)
	equal(t, average(t, shared, 3), 3.0)
	equal(t, must[any](t)(model.Attribute("count")), int64(4))
	ok(t, model.SetAttribute("count", 11))
	equal(t, average(t, shared, 0), 1.0)
	ok(t, model.Reset())
	model.Close()
	equal(t, average(t, shared, 7), 7.0)
	clone.Close()
	shared.Close()
	_, err := model.Share("colour=red")
	if err == nil {
		t.Fatal("shared with an option that there is not")
	}
}

func TestAttributes(t *testing.T) {
	model := load(t, valuesModel)
	weight := must[any](t)(model.Attribute("weight")).(*tsrt.Tensor)
	equal(t, weight.ReadOnly(), true)
	err := model.ForwardInto([]tsrt.Array{weight, weight}, tsrt.Of([]float32{1}))
	fails(t, err, tsrt.InvalidArgument)
	equal(t, values[float32](t, weight), []float32{1, 2})
	ok(t, model.SetAttribute("weight", tsrt.Of([]float32{3, 4})))
	equal(t, values[float32](t, must[any](t)(model.Attribute("weight"))), []float32{3, 4})
	fails(t, model.SetAttribute("weight", tsrt.Of([]float32{3})), tsrt.InvalidArgument)
	fails(t, model.SetAttribute("weight", struct{}{}), tsrt.InvalidArgument)
	fails(t, model.SetAttribute("absent", 1), tsrt.NotFound)
	_, err = model.Attribute("absent")
	fails(t, err, tsrt.NotFound)
}

func TestTrainAndDescribe(t *testing.T) {
	model := load(t, valuesModel)
	var about struct{ Training bool }
	for _, training := range []bool{true, false} {
		ok(t, model.Train(training))
		decode(t, &about)(model.Describe())
		equal(t, about.Training, training)
	}
}

func TestClosedModel(t *testing.T) {
	model := load(t, tourModel)
	for i := 0; i < 2; i++ {
		equal(t, model.Close(), nil)
	}
	x := tsrt.Of([]float32{0, 1, 2}, 1, 3)
	_, err := model.Forward(x)
	equal(t, err, tsrt.ErrClosed)
	_, err = model.ForwardAll(x, x)
	equal(t, err, tsrt.ErrClosed)
	_, err = model.Run("average", x)
	equal(t, err, tsrt.ErrClosed)
	_, err = model.Describe()
	equal(t, err, tsrt.ErrClosed)
	equal(t, model.Cancel(), tsrt.ErrClosed)
}

func TestContext(t *testing.T) {
	model, x := load(t, valuesModel), tsrt.Of([]float32{1})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := model.RunContext(ctx, "endless", x)
	fails(t, err, tsrt.Cancelled)
	equal(t, errors.Is(err, context.DeadlineExceeded), true)
	_, err = model.ForwardContext(ctx, x, x)
	equal(t, errors.Is(err, context.DeadlineExceeded), true)

	ctx, cancel = context.WithCancel(context.Background())
	go cancel()
	_, err = model.RunContext(ctx, "endless", x)
	fails(t, err, tsrt.Cancelled)
	equal(t, errors.Is(err, context.Canceled), true)

	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	identity := load(t, identityModel)
	for _, ctx := range []context.Context{ctx, context.Background()} {
		y := must[*tsrt.Tensor](t)(identity.ForwardContext(ctx, x))
		equal(t, values[float32](t, y), []float32{1})
	}
	_, err = identity.ForwardContext(ctx, tsrt.Of([]float32{1}, 2))
	fails(t, err, tsrt.InvalidArgument)
}

func TestCancelAndTimeout(t *testing.T) {
	model := load(t, valuesModel, "timeout=0.05")
	_, err := model.Run("endless", tsrt.Of([]float32{1}))
	fails(t, err, tsrt.Timeout)
	shared := must[*tsrt.Model](t)(model.Share("timeout=60"))
	defer shared.Close()
	go func() {
		for i := 0; i < 100; i++ { // the call might not have begun
			time.Sleep(10 * time.Millisecond)
			shared.Cancel()
		}
	}()
	_, err = shared.Run("endless", tsrt.Of([]float32{1}))
	fails(t, err, tsrt.Cancelled)
	equal(t, errors.Unwrap(err), nil)
}
