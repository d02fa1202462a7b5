package tsrt

import "sync/atomic"

// users counts the calls that use a handle of C, so that Close may come at any time: the handle is
// freed once, by Close or by the last call.
type users struct {
	state atomic.Int64 // two for each call, and one more from Close on
}

const (
	oneUser = 2
	closed  = 1
	freed   = closed | 1<<62
)

// enter says whether the handle is still open; leave must follow in any case.
func (u *users) enter() bool { return u.state.Add(oneUser)&closed == 0 }

// leave says whether the caller has to free the handle.
func (u *users) leave() bool { return u.state.Add(-oneUser) == closed && u.mayFree() }

// close says whether the caller has to free the handle.
func (u *users) close() bool {
	if u.state.CompareAndSwap(0, freed) { // as almost always
		return true
	}
	for {
		state := u.state.Load()
		if state&closed != 0 {
			return false
		}
		if u.state.CompareAndSwap(state, state|closed) {
			return u.mayFree()
		}
	}
}

func (u *users) mayFree() bool { return u.state.CompareAndSwap(closed, freed) }
