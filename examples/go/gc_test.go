package tsrt_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"tsrt"
)

// settles waits until the garbage collector has freed all but n handles.
func settles(t *testing.T, n int64) {
	t.Helper()
	for i := 0; i < 500 && tsrt.LiveHandles() != n; i++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	equal(t, tsrt.LiveHandles(), n)
}

func TestForgottenClose(t *testing.T) {
	before := tsrt.LiveHandles()
	func() {
		model := must[*tsrt.Model](t)(tsrt.Load(valuesModel))
		for i := 0; i < 50; i++ {
			must[any](t)(model.Run("nested", tsrt.Of([]float32{1})))
			must[any](t)(model.Run("tally", 1))
			must[any](t)(model.Run("other", "RED"))
			must[[]*tsrt.Tensor](t)(model.ForwardAll(tsrt.Of([]float32{1}), tsrt.Scalar(1.0)))
		}
	}()
	settles(t, before)
}

// Calls whose tensors and models nobody refers to while they run, and a busy garbage collector.
func TestCollectorDuringCalls(t *testing.T) {
	before := tsrt.LiveHandles()
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			model, err := tsrt.Load(identityModel)
			for j := 0; j < 200 && err == nil; j++ {
				data := make([]float64, 100)
				data[99] = float64(i*1000 + j)
				var y *tsrt.Tensor
				if y, err = model.Forward(tsrt.Of(data, 10, 10)); err != nil {
					break
				}
				var z any
				if z, err = model.Run("forward", y); err != nil {
					break
				}
				err = tsrt.Borrow(z.(*tsrt.Tensor), func(elements []float64) {
					runtime.Gosched()
					if elements[99] != float64(i*1000+j) {
						t.Error("an element has changed")
					}
				})
			}
			if err != nil {
				t.Error(err)
			}
		}(i)
	}
	group.Wait()
	close(stop)
	settles(t, before)
}

func TestCloseDuringCalls(t *testing.T) {
	model := must[*tsrt.Model](t)(tsrt.Load(identityModel))
	y := must[*tsrt.Tensor](t)(model.Forward(tsrt.Of([]float32{1, 2})))
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				z, err := model.Forward(y)
				if err == tsrt.ErrClosed {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				z.Close()
			}
		}()
	}
	time.Sleep(20 * time.Millisecond)
	go y.Close()
	model.Close()
	group.Wait()
	y.Close()
}
