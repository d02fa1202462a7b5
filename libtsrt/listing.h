// All living objects of a type, for those who ask about the whole process.
#pragma once

#include <mutex>

#include "process/fork.h"

namespace tsrt {

// A member that keeps its owner in the list. To be in it takes no memory, and so cannot fail.
template <class T>
class Listing {
 public:
  explicit Listing(const T& owner) : owner_(&owner) {
    const std::lock_guard lock(list().mutex);
    next_ = list().first;
    if (next_) next_->before_ = this;
    list().first = this;
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;
  ~Listing() {
    const std::lock_guard lock(list().mutex);
    (before_ ? before_->next_ : list().first) = next_;
    if (next_) next_->before_ = before_;
  }

  // None of them is made or goes away meanwhile.
  template <class Visit>
  static void for_each(Visit&& visit) {
    const std::lock_guard lock(list().mutex);
    for (const Listing* each = list().first; each; each = each->next_) visit(*each->owner_);
  }

 private:
  struct List {
    ForkSafe<std::mutex> mutex;
    Listing* first = nullptr;
  };
  static List& list() {
    static auto& list = *new List;  // models may outlive static objects
    return list;
  }

  const T* owner_;
  Listing* before_ = nullptr;
  Listing* next_ = nullptr;
};

}  // namespace tsrt
