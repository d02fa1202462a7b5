package tsrt_test

import (
	"math"
	"testing"

	"tsrt"
)

func TestForward(t *testing.T) {
	model := load(t, tourModel)
	y := must[*tsrt.Tensor](t)(model.Forward(tsrt.Of([]float32{0, 1, 2, 3, 4, 5}, 2, 3)))
	equal(t, y.Shape(), []int{2, 2})
	equal(t, y.DType(), tsrt.Float32)
	equal(t, y.Device(), tsrt.Device("cpu"))
	equal(t, y.Quantized() || y.ReadOnly(), false)
	equal(t, values[float32](t, y), []float32{3.125, -1.75, 7.625, 0.5})
}

func same[T tsrt.Element](t *testing.T, model *tsrt.Model, dtype tsrt.DType, data ...T) {
	t.Helper()
	y := must[*tsrt.Tensor](t)(model.Forward(tsrt.Of(data)))
	equal(t, y.DType(), dtype)
	equal(t, y.DType().String(), dtype.String())
	equal(t, values[T](t, y), append([]T{}, data...))
	into := make([]T, len(data))
	ok(t, model.ForwardInto([]tsrt.Array{tsrt.Of(into)}, tsrt.Of(data)))
	equal(t, into, append([]T{}, data...))
}

type celsius float64

func TestElementTypes(t *testing.T) {
	model := load(t, identityModel)
	same[float32](t, model, tsrt.Float32, 1.5, -2)
	same[float32](t, model, tsrt.Float32)
	same(t, model, tsrt.Float64, math.Pi, math.Inf(-1))
	same[celsius](t, model, tsrt.Float64, 36.6)
	same[int8](t, model, tsrt.Int8, -128, 127)
	same[int16](t, model, tsrt.Int16, -32768)
	same[int32](t, model, tsrt.Int32, math.MinInt32)
	same[int64](t, model, tsrt.Int64, math.MinInt64, math.MaxInt64)
	same[uint8](t, model, tsrt.Uint8, 255)
	same[uint16](t, model, tsrt.Uint16, 65535)
	same[uint32](t, model, tsrt.Uint32, math.MaxUint32)
	same[uint64](t, model, tsrt.Uint64, math.MaxUint64)
	same(t, model, tsrt.Bool, true, false)
	same[complex64](t, model, tsrt.Complex64, 1+2i)
	same(t, model, tsrt.Complex128, 1-2i)
}

func TestShapes(t *testing.T) {
	model := load(t, identityModel)
	y := must[*tsrt.Tensor](t)(model.Forward(tsrt.Scalar(float32(7))))
	equal(t, y.Shape(), []int{})
	equal(t, values[float32](t, y), []float32{7})
	y = must[*tsrt.Tensor](t)(model.Forward(tsrt.Of([]float32{}, 0, 3)))
	equal(t, y.Shape(), []int{0, 3})
	equal(t, values[float32](t, y), []float32{})
	columns := tsrt.Strided([]int32{0, 1, 2, 3, 4, 5}, []int{3, 2}, []int{1, 3})
	y = must[*tsrt.Tensor](t)(model.Forward(columns))
	equal(t, values[int32](t, y), []int32{0, 3, 1, 4, 2, 5})
	y = must[*tsrt.Tensor](t)(model.Forward(tsrt.Raw(tsrt.BFloat16, make([]byte, 8), 2, 2)))
	equal(t, must[[]byte](t)(y.Bytes()), make([]byte, 8))
	_, err := tsrt.Values[float32](y)
	fails(t, err, tsrt.InvalidArgument)
	y.Close()
}

// A slice within memory that also has pointers may go to C all the same.
func TestSliceBesidePointers(t *testing.T) {
	model := load(t, identityModel)
	frame := &struct {
		next   *int
		pixels [4]float32
	}{new(int), [4]float32{1, 2, 3, 4}}
	x := tsrt.Of(frame.pixels[:])
	y := must[*tsrt.Tensor](t)(model.Forward(x))
	equal(t, values[float32](t, y), []float32{1, 2, 3, 4})
	ok(t, model.ForwardInto([]tsrt.Array{x}, tsrt.Of([]float32{5, 6, 7, 8})))
	equal(t, frame.pixels, [4]float32{5, 6, 7, 8})
	equal(t, values[float32](t, must[*tsrt.Tensor](t)(x.Copy("cpu"))), []float32{5, 6, 7, 8})
}

func TestViewsThatAreNot(t *testing.T) {
	model := load(t, identityModel)
	data := []float32{1, 2, 3}
	for _, view := range []*tsrt.View{
		tsrt.Of(data, 2, 2),
		tsrt.Of(data, -1, -3),
		tsrt.Of(data, math.MaxInt, math.MaxInt),
		tsrt.Of([]float32{}, math.MaxInt, 0),
		tsrt.Raw(tsrt.Float32, make([]byte, 7), 1),
		tsrt.Raw(0, nil, 0, 1),
		tsrt.Strided(data, []int{3}, nil),
		tsrt.Strided(data, []int{2}, []int{3}),
		tsrt.Strided(data, []int{2}, []int{-1}),
		tsrt.Strided(data, []int{math.MaxInt, 5}, []int{math.MaxInt, 5}),
	} {
		_, err := model.Forward(view)
		fails(t, err, tsrt.InvalidArgument)
		_, err = model.ForwardAll(view)
		fails(t, err, tsrt.InvalidArgument)
		_, err = view.Copy("cpu")
		fails(t, err, tsrt.InvalidArgument)
	}
	y := must[*tsrt.Tensor](t)(model.Forward(tsrt.Of(data)))
	equal(t, values[float32](t, y), data)
}

func TestSeveral(t *testing.T) {
	model := load(t, valuesModel)
	a, b := tsrt.Of([]float32{1, 2, 3, 4, 5, 6}, 2, 3), tsrt.Of([]float32{10, 20, 30}, 3)
	outputs := must[[]*tsrt.Tensor](t)(model.ForwardAll(a, b))
	equal(t, len(outputs), 2)
	equal(t, outputs[1].Shape(), []int{3, 2})
	fails(t, tsrt.Borrow(outputs[1], func([]float32) {}), tsrt.InvalidArgument) // not row by row
	// A tensor of tsrt's may go in beside slices, and be the place for a result.
	again := must[[]*tsrt.Tensor](t)(model.ForwardAll(outputs[0], b))
	equal(t, values[float32](t, again[0]), []float32{21, 42, 63, 24, 45, 66})
	again[1].Close()
	into := make([]float32, 6)
	ok(t, model.ForwardInto([]tsrt.Array{outputs[0], tsrt.Of(into, 3, 2)}, a, b))
	equal(t, into, []float32{1, 4, 2, 5, 3, 6})
	equal(t, values[float32](t, outputs[1]), []float32{1, 4, 2, 5, 3, 6})
	equal(t, values[float32](t, outputs[0]), []float32{11, 22, 33, 14, 25, 36})

	_, err := model.Forward(a, b) // returns two
	fails(t, err, tsrt.InvalidArgument)
	_, err = model.Forward()
	fails(t, err, tsrt.InvalidArgument)
	_, err = model.ForwardAll(a, a, a, a, a, a, a, a, a)
	fails(t, err, tsrt.InvalidArgument)
	_, err = model.ForwardAll(outputs[0], b)
	equal(t, err, tsrt.ErrClosed)
	fails(t, model.ForwardInto(nil, a, b), tsrt.InvalidArgument)
	fails(t, model.ForwardInto([]tsrt.Array{tsrt.Of(into)}, a, b), tsrt.InvalidArgument)
}

func TestBorrow(t *testing.T) {
	model := load(t, identityModel)
	y := must[*tsrt.Tensor](t)(model.Forward(tsrt.Of([]float32{1, 2})))
	z := must[*tsrt.Tensor](t)(y.Share())
	ok(t, tsrt.Borrow(y, func(elements []float32) { elements[0] = 5 }))
	ok(t, tsrt.Borrow(z, func(elements []float32) {
		y.Close()
		z.Close() // the memory is freed afterwards
		equal(t, elements, []float32{5, 2})
	}))
	equal(t, tsrt.Borrow(z, func([]float32) {}), tsrt.ErrClosed)
	equal(t, z.Close(), nil)
	_, err := z.Copy("cpu")
	equal(t, err, tsrt.ErrClosed)
	equal(t, len(z.Shape()), 0)
}

func TestDevices(t *testing.T) {
	equal(t, must[[]string](t)(tsrt.Devices())[0], "cpu")
	x := tsrt.Of([]float32{1})
	_, err := x.Copy("cuda:77")
	fails(t, err, tsrt.DeviceError)
	_, err = x.Copy("cp\x00u")
	fails(t, err, tsrt.InvalidArgument)
	model := load(t, identityModel)
	fails(t, model.To("cuda:77"), tsrt.DeviceError)
	ok(t, model.To("cpu"))
}
