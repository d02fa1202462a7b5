// tsrt_value: an IValue with a handle around it.
#pragma once

#include <ATen/core/ivalue.h>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "guard.h"
#include "model/session.h"

namespace tsrt {

// The handle of the model that a value with an object in it came from, which its methods need.
struct Origin {
  std::shared_ptr<const Session> session;
  c10::Device device = c10::kCPU;
  bool read_only = false;  // its tensors are the model's own

  Context* context() const { return session ? session->context.get() : nullptr; }
};

constexpr int max_depth = 64;

// What readers look at, made at the first asking. They may ask on several threads at a time.
template <class T>
class Lazy {
 public:
  Lazy() = default;
  Lazy(const Lazy&) = delete;
  Lazy& operator=(const Lazy&) = delete;
  ~Lazy() { delete made_.load(std::memory_order_relaxed); }

  template <class Make>
  const T& get(Make&& make) {
    const T* present = made_.load(std::memory_order_acquire);
    if (present) return *present;
    auto made = std::make_unique<const T>(make());
    // The first one stays; whoever comes second throws its own away.
    if (made_.compare_exchange_strong(present, made.get(), std::memory_order_acq_rel))
      return *made.release();
    return *present;
  }

 private:
  std::atomic<const T*> made_{nullptr};
};

}  // namespace tsrt

// Containers made by the caller hold their items untyped; the method's signature types them.
struct tsrt_value : tsrt::Counted<tsrt::Kind::value> {
  tsrt_value(c10::IValue value, int depth, tsrt::Origin origin = {})
      : value(std::move(value)), depth(depth), origin(std::move(origin)) {}

  c10::IValue value;
  int depth;  // how deep the containers nest; bounded, since much of LibTorch recurses over them
  tsrt::Origin origin;
  mutable tsrt::Lazy<std::string> type_name;
  mutable tsrt::Lazy<std::string> device_name;
  // A dict has no way to its n-th entry but from its first.
  mutable tsrt::Lazy<std::vector<std::pair<c10::IValue, c10::IValue>>> entries;
};

namespace tsrt {

// A handle to something of a model's.
tsrt_value* new_value(c10::IValue value, Origin origin);

// "an int", "a list", "float32[2, 3]": what a value is, for an error.
std::string kind_name(const c10::IValue& value);

// Of a list or tuple.
c10::ArrayRef<c10::IValue> items_of(const c10::IValue& value);

const c10::IValue& unwrap(const tsrt_value* value);
void check_kind(const c10::IValue& value, bool matches, const char* wanted);

}  // namespace tsrt
