// What every call does first, whatever it is: a few instructions when nothing is out of the
// ordinary.
#pragma once

#include "process/floating_point.h"
#include "process/fork.h"

namespace tsrt {

class Entry {
 public:
  Entry() {
    if (fork_state.load(std::memory_order_relaxed)) [[unlikely]]
      enter_around_fork();
  }

 private:
  DefaultFloatingPoint floating_point_;
};

}  // namespace tsrt
