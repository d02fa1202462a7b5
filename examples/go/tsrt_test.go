package tsrt_test

import (
	"testing"

	"tsrt"
)

const tourModel, identityModel = "../tour/tour.pt", "../tour/identity.pt"

func TestForward(t *testing.T) {
	model, err := tsrt.Load(tourModel)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	y, err := model.Forward(tsrt.Of([]float32{0, 1, 2, 3, 4, 5}, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close()
}
