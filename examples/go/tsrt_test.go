package tsrt_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"testing"

	"tsrt"
)

const tourModel, identityModel, valuesModel = "../tour/tour.pt", "../tour/identity.pt",
	"testdata/values.pt"

// Every test closes what it gets, but for those of the garbage collector, which wait for it.
func TestMain(m *testing.M) {
	status := m.Run()
	if n := tsrt.LiveHandles(); n != 0 && status == 0 {
		fmt.Println("live handles:", n)
		status = 1
	}
	os.Exit(status)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(x T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// fails wants an error of tsrt's with this code and a message.
func fails(t *testing.T, err error, code tsrt.Code) {
	t.Helper()
	var failed *tsrt.Error
	if !errors.As(err, &failed) || failed.Code != code || failed.Message == "" {
		t.Fatalf("got the error %v, want one with code %d", err, code)
	}
	if !errors.Is(err, code) || errors.Is(err, code+1) {
		t.Fatalf("errors.Is does not tell code %d of %v", code, err)
	}
}

func load(t *testing.T, path string, options ...string) *tsrt.Model {
	t.Helper()
	model := must[*tsrt.Model](t)(tsrt.Load(path, options...))
	t.Cleanup(func() { model.Close() })
	return model
}

// values closes the tensor.
func values[T tsrt.Element](t *testing.T, x any) []T {
	t.Helper()
	tensor := x.(*tsrt.Tensor)
	defer tensor.Close()
	return must[[]T](t)(tsrt.Values[T](tensor))
}

func TestVersions(t *testing.T) {
	equal(t, tsrt.ABIVersion(), 0)
	if tsrt.Version() == "" || tsrt.TorchVersion() == "" {
		t.Fatal("there is no version")
	}
}
