package tsrt_test

import (
	"math"
	"testing"

	"tsrt"
)

func TestValuesThereAndBack(t *testing.T) {
	model := load(t, valuesModel)
	for _, x := range []any{
		nil, true, false, int64(math.MinInt64), -2.5, math.Inf(1), 1 - 2i, "größe\x00", "",
		tsrt.List{}, tsrt.List{int64(1), int64(2)}, tsrt.Tuple{}, tsrt.Tuple{"a", nil, 1.5},
		tsrt.Dict{{Key: "b", Value: int64(1)}, {Key: "a", Value: int64(2)}},
	} {
		equal(t, must[any](t)(model.Run("same", x)), x)
	}
	for _, x := range []any{5, int8(5), uint64(5), uint8(5)} {
		equal(t, must[any](t)(model.Run("same", x)), int64(5))
	}
	equal(t, must[any](t)(model.Run("same", float32(0.5))), 0.5)
	equal(t, must[any](t)(model.Run("same", complex64(2i))), 2i)
	equal(t, must[any](t)(model.Run("same", celsius(3))), 3.0)
	equal(t, must[any](t)(model.Run("same", [2]int{3, 4})), tsrt.List{int64(3), int64(4)})
	equal(t, must[any](t)(model.Run("same", map[string]bool{"x": true})),
		tsrt.Dict{{Key: "x", Value: true}})
	equal(t, must[any](t)(model.Run("same", tsrt.NamedTuple{Items: []any{1.0}})), tsrt.Tuple{1.0})
	equal(t, must[any](t)(model.Run("same", tsrt.Int64)), int64(4)) // LibTorch's number for it
	equal(t, must[any](t)(model.Run("where", "cpu")), tsrt.Device("cpu"))
	equal(t, must[any](t)(model.Run("where", tsrt.Device("cpu"))), tsrt.Device("cpu"))
	for _, x := range []any{uint64(math.MaxUint64), struct{}{}, func() {}, make(chan int), t, new(int),
		"\xff"} {
		_, err := model.Run("same", x)
		fails(t, err, tsrt.InvalidArgument)
		_, err = model.Run("same", tsrt.Dict{{Key: "x", Value: []any{1, x}}})
		fails(t, err, tsrt.InvalidArgument)
	}
}

func TestArguments(t *testing.T) {
	model := load(t, valuesModel)
	by := map[string]float64{"by": 1}
	got := must[tsrt.List](t)(tsrt.Call[tsrt.List](model, "numbers", []int{1, 2}, by,
		tsrt.Kwargs{"shift": 10}))
	equal(t, got, tsrt.List{13.0, 15.0})
	equal(t, must[any](t)(model.Run("numbers", tsrt.Kwargs{"xs": []int{}, "by": by})), tsrt.List{})
	_, err := model.Run("numbers", "text", by)
	fails(t, err, tsrt.InvalidArgument)
	_, err = model.Run("numbers", tsrt.Kwargs{"unknown": 1})
	fails(t, err, tsrt.InvalidArgument)
	_, err = model.Run("absent")
	fails(t, err, tsrt.NotFound)
	_, err = model.Run("sa\x00me", 1)
	fails(t, err, tsrt.InvalidArgument)
	_, err = tsrt.Call[string](model, "nested", tsrt.Of([]float32{1})) // closes what it cannot give
	fails(t, err, tsrt.InvalidArgument)
}

func TestNestedTensors(t *testing.T) {
	model := load(t, valuesModel)
	list := must[tsrt.List](t)(tsrt.Call[tsrt.List](model, "nested", tsrt.Of([]int64{1, 2})))
	a, there := list[0].(tsrt.Dict).Get("a")
	equal(t, there, true)
	equal(t, must[[]int64](t)(tsrt.Values[int64](a.(tsrt.List)[1].(*tsrt.Tensor))), []int64{2, 3})
	sum := must[any](t)(model.Run("sum", a))
	equal(t, values[float32](t, sum), []float32{8})
	sum = must[any](t)(model.Run("sum", []*tsrt.View{tsrt.Of([]float32{1}), tsrt.Scalar(float32(2))}))
	equal(t, values[float32](t, sum), []float32{3})
	tsrt.Close(list)
	_, err := model.Run("sum", a)
	equal(t, err, tsrt.ErrClosed)
}

func TestNamedTuple(t *testing.T) {
	model := load(t, valuesModel)
	found := must[tsrt.NamedTuple](t)(tsrt.Call[tsrt.NamedTuple](model, "found"))
	equal(t, found, tsrt.NamedTuple{Names: []string{"score", "label"}, Items: []any{0.5, "cat"}})
	label, _ := found.Get("label")
	equal(t, label, "cat")
	equal(t, must[any](t)(model.Run("same", found)), tsrt.Tuple{0.5, "cat"})
}

func TestEnum(t *testing.T) {
	model := load(t, valuesModel)
	green := must[tsrt.Enum](t)(tsrt.Call[tsrt.Enum](model, "other", "RED"))
	equal(t, green.Name, "GREEN")
	equal(t, green.Value, int64(2))
	for _, color := range []any{green, tsrt.Enum{Name: "GREEN"}, "GREEN"} {
		red := must[tsrt.Enum](t)(tsrt.Call[tsrt.Enum](model, "other", color))
		equal(t, red.Name, "RED")
		red.Close()
	}
	back := must[tsrt.Enum](t)(tsrt.Call[tsrt.Enum](model, "same", green))
	equal(t, back.Name, "GREEN")
	tsrt.Close(tsrt.List{green, back})
	_, err := model.Run("other", green)
	equal(t, err, tsrt.ErrClosed)
	_, err = model.Run("other", "BLUE")
	fails(t, err, tsrt.InvalidArgument)
}

func TestObject(t *testing.T) {
	model := load(t, valuesModel)
	tally := must[*tsrt.Object](t)(tsrt.Call[*tsrt.Object](model, "tally", 5))
	equal(t, must[any](t)(tally.Call("add", 2)), int64(7))
	equal(t, must[any](t)(tally.Call("add", tsrt.Kwargs{"n": 1})), int64(8))
	equal(t, must[any](t)(model.Run("feed", tally, 2)), int64(10))
	equal(t, must[any](t)(tally.Attribute("total")), int64(10))
	equal(t, must[string](t)(tally.Type())[:10], "__torch__.")
	var about struct{ Methods, Attributes []string }
	decode(t, &about)(tally.Describe())
	equal(t, about.Attributes, []string{"total"})
	_, err := tally.Call("fail")
	fails(t, err, tsrt.ModelError)
	_, err = tally.Attribute("absent")
	fails(t, err, tsrt.NotFound)
	_, err = tally.Call("absent")
	fails(t, err, tsrt.NotFound)
	model.Close()
	equal(t, must[any](t)(tally.Call("add", 0)), int64(10))
	tally.Close()
	tally.Close()
	_, err = tally.Call("add", 0)
	equal(t, err, tsrt.ErrClosed)
}

func TestQuantized(t *testing.T) {
	model := load(t, valuesModel)
	q := must[*tsrt.Tensor](t)(tsrt.Call[*tsrt.Tensor](model, "quantized",
		tsrt.Of([]float32{0, 0.5, 3})))
	defer q.Close()
	equal(t, q.Quantized(), true)
	equal(t, must[[]uint8](t)(tsrt.Values[uint8](q)), []uint8{10, 11, 16})
	numbers := must[*tsrt.Tensor](t)(q.Dequantize())
	equal(t, values[float32](t, numbers), []float32{0, 0.5, 3})
	scales, zeroPoints, axis, err := q.Quantization()
	ok(t, err)
	equal(t, axis, -1)
	equal(t, values[float64](t, scales), []float64{0.5})
	equal(t, values[int64](t, zeroPoints), []int64{10})
	again := tsrt.Quantized{Integers: tsrt.Of([]uint8{10, 11, 16}), Scales: tsrt.Scalar(0.5),
		ZeroPoints: tsrt.Scalar(int64(10)), Axis: -1}
	for _, x := range []any{q, again} {
		numbers := must[any](t)(model.Run("dequantized", x))
		equal(t, values[float32](t, numbers), []float32{0, 0.5, 3})
	}
	_, err = model.Run("dequantized", tsrt.Quantized{})
	fails(t, err, tsrt.InvalidArgument)
	_, err = model.ForwardAll(q, q)
	fails(t, err, tsrt.InvalidArgument)
	plain := must[*tsrt.Tensor](t)(tsrt.Of([]float32{1}).Copy("cpu"))
	defer plain.Close()
	_, err = plain.Dequantize()
	fails(t, err, tsrt.InvalidArgument)
}
