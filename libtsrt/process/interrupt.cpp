#include "process/interrupt.h"

#include <atomic>
#include <mutex>

#include "guard.h"
#include "process/fork.h"

namespace tsrt {
namespace {

struct InterruptCheck {
  bool (*check)(void* user_data) = nullptr;
  void* user_data = nullptr;
};

ForkSafe<std::mutex>& mutex() {
  static auto& mutex = *new ForkSafe<std::mutex>;
  return mutex;
}
InterruptCheck current;
std::atomic<bool> present{false};  // so that calls need not lock to find that there is none

}  // namespace

bool has_interrupt_check() {
  return present.load(std::memory_order_relaxed);
}

bool interrupted() {
  InterruptCheck copy;
  {
    const std::lock_guard lock(mutex());
    copy = current;
  }
  const HostCallback here;
  return copy.check && copy.check(copy.user_data);
}

}  // namespace tsrt

tsrt_error* tsrt_set_interrupt_check(bool (*check)(void* user_data), void* user_data) {
  return tsrt::guard([&] {
    const std::lock_guard lock(tsrt::mutex());
    tsrt::current = {check, user_data};
    tsrt::present.store(check != nullptr, std::memory_order_relaxed);
  });
}
