package tsrt

import (
	"context"
	"errors"
	"time"
)

// within does what fits into a context: when that ends, it stops the calls that work makes through
// a handle of its own, and no others.
func within[T any](ctx context.Context, m *Model, work func(*Model) (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, ended(ctx)
	}
	if ctx.Done() == nil {
		return work(m)
	}
	own, err := m.Share()
	if err != nil {
		return none, err
	}
	defer own.Close()
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		cancelAtEnd(ctx, own, done)
	}()
	result, err := work(own)
	close(done)
	<-watched
	if errors.Is(err, Cancelled) && ctx.Err() != nil {
		err = ended(ctx)
	}
	return result, err
}

// cancelAtEnd cancels again and again: what it cancels might be about to begin, and not yet a call.
func cancelAtEnd(ctx context.Context, m *Model, done <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-done:
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		m.Cancel()
		select {
		case <-tick.C:
		case <-done:
			return
		}
	}
}

func ended(ctx context.Context) error {
	return &Error{
		Code:    Cancelled,
		Message: "stopped by its context: " + ctx.Err().Error(),
		cause:   ctx.Err(),
	}
}
