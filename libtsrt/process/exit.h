// What becomes of calls when the process exits.
#pragma once

namespace tsrt {

// When exit is called, LibTorch's static objects are destroyed while other threads may be in calls.
// From now on these are waited for first, as for a fork, and new ones of other threads fail. The
// exiting thread itself may still call, from its handlers. Call after LibTorch has been used, since
// what it makes later is destroyed earlier.
void end_calls_at_exit();

}  // namespace tsrt
