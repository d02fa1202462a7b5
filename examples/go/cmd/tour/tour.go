// What a model can do, from Go: the same as in every other language.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"tsrt"
)

func must[T any](result T, err error) T {
	if err != nil {
		log.Fatal("tour: ", err)
	}
	return result
}

func show(err error) {
	var failed *tsrt.Error
	if errors.As(err, &failed) {
		fmt.Printf("error %d: %s\n", failed.Code, failed.Message)
	}
}

func text[T float32 | float64](numbers ...T) string {
	words := make([]string, len(numbers))
	for i, number := range numbers {
		words[i] = fmt.Sprintf("%.3f", number)
	}
	return strings.Join(words, " ")
}

func average(model *tsrt.Model, samples ...float32) (float64, error) {
	return tsrt.Call[float64](model, "average", tsrt.Of(samples))
}

// One model serves all goroutines: its forward only reads.
func inParallel(model *tsrt.Model, x *tsrt.View, expected []float32) {
	var same atomic.Int32
	var group sync.WaitGroup
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 250; j++ {
				y := must(model.Forward(x))
				if text(must(tsrt.Values[float32](y))...) == text(expected...) {
					same.Add(1)
				}
				y.Close()
			}
		}()
	}
	group.Wait()
	verdict := "OTHERS"
	if same.Load() == 1000 {
		verdict = "all the same"
	}
	fmt.Printf("parallel: 4 threads, %d calls, %s\n", same.Load(), verdict)
}

func tour(path string) {
	_, err := tsrt.Load("absent.pt")
	show(err)
	model := must(tsrt.Load(path))
	defer model.Close()

	x := tsrt.Of([]float32{0, 1, 2, 3, 4, 5}, 2, 3)
	y := must(model.Forward(x))
	defer y.Close()
	shape := strings.Join(strings.Fields(fmt.Sprint(y.Shape())), ", ")
	fmt.Printf("forward: %s %s\n", shape, text(must(tsrt.Values[float32](y))...))

	into := make([]float32, 4)
	if err := model.ForwardInto([]tsrt.Array{tsrt.Of(into, 2, 2)}, x); err != nil {
		log.Fatal(err)
	}
	fmt.Println("into:", text(into...))

	amounts := tsrt.Dict{{Key: "links", Value: 1.0}, {Key: "rechts", Value: 3.0}}
	fmt.Print("shares:")
	for _, share := range must(tsrt.Call[tsrt.Dict](model, "shares", "größe-", amounts)) {
		fmt.Printf(" %s=%.3f", share.Key, share.Value)
	}
	fmt.Print("\naverage:")
	for i := float32(1); i <= 3; i++ {
		fmt.Print(" ", text(must(average(model, i, i))))
	}
	fmt.Println()
	_, err = average(model)
	show(err) // raised in the model, which stays usable
	fmt.Println("average:", text(must(average(model, 4, 4))))
	inParallel(model, x, into)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tour model.pt")
		os.Exit(1)
	}
	tour(os.Args[1])
	fmt.Println("live handles:", tsrt.LiveHandles())
}
