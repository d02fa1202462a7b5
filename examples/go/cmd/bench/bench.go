// How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks.
package main

import (
	"fmt"
	"log"
	"os"
	"sort"
	"time"

	"tsrt"
)

func run(model *tsrt.Model, x *tsrt.View, calls int) (sum float32) {
	for i := 0; i < calls; i++ {
		y, err := model.Forward(x)
		if err == nil {
			err = tsrt.Borrow(y, func(values []float32) { sum += values[0] })
		}
		if err != nil {
			log.Fatal("bench: ", err)
		}
		y.Close()
	}
	return sum
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bench identity.pt")
		os.Exit(1)
	}
	model, err := tsrt.Load(os.Args[1])
	if err != nil {
		log.Fatal("bench: ", err)
	}
	defer model.Close()
	x := tsrt.Of([]float32{1, 1, 1, 1})
	run(model, x, 20000)
	blocks := make([]float64, 15)
	for i := range blocks {
		start := time.Now()
		if sum := run(model, x, 10000); sum != 10000 {
			log.Fatal("bench: the sum is ", sum)
		}
		blocks[i] = float64(time.Since(start).Nanoseconds()) / 10000
	}
	sort.Float64s(blocks)
	fmt.Printf("%.1f\n", blocks[len(blocks)/2])
}
