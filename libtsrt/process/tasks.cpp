#include "process/tasks.h"

#include <ATen/PTThreadPool.h>

#include <stdexcept>

#include "process/fork.h"

namespace tsrt {
namespace {

// LibTorch's pool, made when it is first needed and again in a forked child. Never destroyed: calls
// may run while the process exits, and a pool that was inherited waits for threads there are not.
class Tasks final : public c10::TaskThreadPoolBase {
 public:
  explicit Tasks(int size) : wanted_(size) {}
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;
  void run(std::function<void()> task) override { pool().run(std::move(task)); }
  size_t size() const override { return pool().size(); }
  size_t numAvailable() const override { return pool().numAvailable(); }
  bool inThreadPool() const override { return pool().inThreadPool(); }

 private:
  at::PTThreadPool& pool() const {
    const std::lock_guard lock(mutex_);
    if (!pool_ || generation_ != fork_generation()) {
      pool_ = new at::PTThreadPool(wanted_);
      generation_ = fork_generation();
    }
    return *pool_;
  }

  const int wanted_;
  mutable ForkSafe<std::mutex> mutex_;
  mutable at::PTThreadPool* pool_ = nullptr;
  mutable int generation_ = 0;
};

std::shared_ptr<c10::TaskThreadPoolBase> create(int, int size, bool) {
  return {new Tasks(size), [](Tasks*) {}};
}

}  // namespace

void keep_tasks_across_forks() {
  static const bool done = [] {
    auto* registry = c10::ThreadPoolRegistry();
    registry->SetTerminate(false);
    try {
      registry->Register("C10", create, c10::REGISTRY_PREFERRED);
    } catch (const std::runtime_error&) {
      // Another libtsrt in this process was first.
    }
    registry->SetTerminate(true);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace tsrt
