#include "process/fork.h"

#include <ATen/Parallel.h>
#include <pthread.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "guard.h"
#include "process/exit.h"

// Of the OpenMP runtime that LibTorch uses, if that has it (GCC's since 9).
extern "C" int omp_pause_resource_all(int kind) __attribute__((weak));

namespace tsrt {
namespace {

using namespace std::chrono_literals;

constexpr int omp_pause_soft = 1;

// How long a fork waits for running calls. A thread in a call may itself wait for what the forking
// one holds, such as Python's lock, so there has to be an end.
constexpr auto patience = 1s;
constexpr auto step = 50us;

constexpr int process_exiting = 8;  // a flag in fork_state, too

std::mutex list_mutex;  // for the list, and held from before to after a fork
ForkAware* first = nullptr;
int generation = 0;
thread_local int within = 0;        // how many calls of this thread may fork
thread_local bool forking = false;  // between the handlers below
thread_local bool exiting = false;  // in exit handlers
thread_local int settled = 0;       // the generation in which this thread got its number of threads

void use_one_thread() {
  if (settled == generation && at::get_num_threads() == 1) return;
  settled = generation;
  at::set_num_threads(1);
}

}  // namespace

class Forks {
 public:
  // In the forking thread, before: ends with list_mutex held, and all the locks if that is
  // possible.
  static void prepare() {
    const auto end = std::chrono::steady_clock::now() + patience;
    forking = true;
    // Ends the threads that wait for this one's next operator. In the child, where they are not, it
    // would wait for them when it ends itself.
    if (omp_pause_resource_all) omp_pause_resource_all(omp_pause_soft);
    for (list_mutex.lock(); !within; list_mutex.lock()) {
      fork_state.fetch_or(fork_pending);
      const bool all = take_all();
      if (all || std::chrono::steady_clock::now() > end) return;
      // Whoever is in a call may need any of the locks to come to its end.
      let_go();
      list_mutex.unlock();
      std::this_thread::sleep_for(step);
    }
  }

  static void after_in_parent() {
    let_go();
    forking = false;
    fork_state.fetch_and(~fork_pending);
    list_mutex.unlock();
    fork_state.notify_all();
  }

  static void after_in_child() {
    std::construct_at(&list_mutex);
    forking = false;
    ++generation;
    for (ForkAware* each = first; each; each = each->next_) {
      // A call that forked from within goes on in the child, and lets go of what it holds.
      if (within && each->may_be_held_by_this_thread()) continue;
      each->lost_ |= !within && each->held_ == ForkAware::Hold::none;
      each->held_ = ForkAware::Hold::none;
      each->renew();
    }
    fork_state = (fork_state & fork_unusable) | fork_child | (within ? fork_unusable : 0);
    if (within) use_one_thread();
  }

  static void at_exit() {
    exiting = true;
    prepare();
    fork_state.fetch_or(process_exiting);
    after_in_parent();
  }

 private:
  static bool take_all() {
    bool all = true;
    for (ForkAware* each = first; each; each = each->next_) {
      each->held_ = each->take();
      all &= each->held_ == ForkAware::Hold::alone;
    }
    return all;
  }

  static void let_go() {
    for (ForkAware* each = first; each; each = each->next_)
      each->let_go(std::exchange(each->held_, ForkAware::Hold::none));
  }
};

namespace {

[[maybe_unused]] const int registered =
    pthread_atfork(Forks::prepare, Forks::after_in_parent, Forks::after_in_child);

}  // namespace

void end_calls_at_exit() {
  [[maybe_unused]] static const int done = std::atexit(Forks::at_exit);
}

int fork_generation() {
  return generation;
}

void enter_around_fork() {
  int now = fork_state;
  for (; now & fork_pending && !within && !forking; now = fork_state) fork_state.wait(now);
  if (now & process_exiting && !exiting)
    fail(TSRT_UNSUPPORTED, "the process is exiting: end its threads first");
  if (now & fork_unusable)
    fail(TSRT_UNSUPPORTED,
         "this process was forked in the middle of a call, from within a print handler: it can end "
         "that call and no more; fork from outside, or use threads");
  if (now & fork_child) use_one_thread();
}

HostCallback::HostCallback() {
  ++within;
}
HostCallback::~HostCallback() {
  --within;
}
bool within_a_callback() {
  return within;
}

void ForkAware::enlist() {
  const std::lock_guard lock(list_mutex);
  next_ = first;
  if (next_) next_->previous_ = this;
  first = this;
}

void ForkAware::leave() {
  const std::lock_guard lock(list_mutex);
  (previous_ ? previous_->next_ : first) = next_;
  if (next_) next_->previous_ = previous_;
}

void ForkAware::fail_lost() {
  fail(TSRT_INVALID_ARGUMENT,
       "the model was in use by another thread when the process forked: load it again");
}

}  // namespace tsrt
