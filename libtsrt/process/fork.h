// What a forked child inherits of its parent: one thread, and every lock as it was.
//
// Threads that held a lock do not exist in the child, so nobody would open it there. Before a fork,
// new calls are held back and running ones are waited for, as long as is reasonable; in the child
// every lock is made anew. A lock whose owner was in the middle of changing things stays lost.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace tsrt {

// What calls have to know before they begin; mostly nothing. A set of flags.
enum ForkState : int {
  fork_pending = 1,   // some thread is about to fork: calls wait until it has
  fork_child = 2,     // the process is a forked child
  fork_unusable = 4,  // it was forked in the middle of a call, by the call's own thread
};
inline std::atomic<int> fork_state{0};

// Comes first in every call for which fork_state is not 0.
void enter_around_fork();

inline bool in_forked_child() {
  return fork_state.load(std::memory_order_relaxed) & fork_child;
}

// How often this process and its ancestors have been forked off.
int fork_generation();

// OpenMP's threads do not exist in a forked child, and it waits for them. One thread needs none.
inline std::optional<int> threads_here(std::optional<int> wanted) {
  return in_forked_child() ? 1 : wanted;
}

// While one exists, its thread is inside of a call and may fork all the same: in a callback of the
// host's, mostly. Such a fork does not wait for running calls.
class HostCallback {
 public:
  HostCallback();
  HostCallback(const HostCallback&) = delete;
  HostCallback& operator=(const HostCallback&) = delete;
  ~HostCallback();
};

bool within_a_callback();

// A lock that a fork takes care of; all of them are in a list.
class ForkAware {
 public:
  ForkAware(const ForkAware&) = delete;
  ForkAware& operator=(const ForkAware&) = delete;

 protected:
  enum class Hold : char { none, shared, alone };

  ForkAware() = default;
  ~ForkAware() = default;

  // At the end of the constructor and the beginning of the destructor of what can be locked.
  void enlist();
  void leave();

  // In the child: was somebody in the middle of changing what the lock is for?
  bool lost() const { return lost_; }
  [[noreturn]] static void fail_lost();

 private:
  friend class Forks;
  virtual Hold take() noexcept = 0;  // without waiting
  virtual void let_go(Hold hold) noexcept = 0;
  virtual void renew() noexcept = 0;                    // in the child
  virtual bool may_be_held_by_this_thread() const = 0;  // when it forks from within a call

  ForkAware* previous_ = nullptr;
  ForkAware* next_ = nullptr;
  Hold held_ = Hold::none;
  bool lost_ = false;
};

// Any mutex, to be used like it.
template <class Mutex>
class ForkSafe : public ForkAware {
  static constexpr bool shareable = requires(Mutex m) { m.lock_shared(); };

 public:
  ForkSafe() { enlist(); }
  ~ForkSafe() { leave(); }

  void lock() {
    check();
    mutex_.lock();
  }
  bool try_lock() {
    check();
    return mutex_.try_lock();
  }
  bool try_lock_for(auto time) {
    check();
    return mutex_.try_lock_for(time);
  }
  void unlock() { mutex_.unlock(); }
  void lock_shared() {
    check();
    mutex_.lock_shared();
  }
  bool try_lock_shared() {
    check();
    return mutex_.try_lock_shared();
  }
  bool try_lock_shared_for(auto time) {
    check();
    return mutex_.try_lock_shared_for(time);
  }
  void unlock_shared() { mutex_.unlock_shared(); }

  using ForkAware::lost;

 protected:
  void renew() noexcept override { std::construct_at(&mutex_); }

 private:
  void check() const {
    if (shareable && lost()) [[unlikely]]
      fail_lost();
  }

  Hold take() noexcept override {
    if (mutex_.try_lock()) return Hold::alone;
    if constexpr (shareable) {
      if (mutex_.try_lock_shared()) return Hold::shared;
    }
    return Hold::none;
  }
  void let_go(Hold hold) noexcept override {
    if (hold == Hold::alone) mutex_.unlock();
    if constexpr (shareable) {
      if (hold == Hold::shared) mutex_.unlock_shared();
    }
  }
  bool may_be_held_by_this_thread() const override { return shareable; }

  Mutex mutex_;
};

}  // namespace tsrt
