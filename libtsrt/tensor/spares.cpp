#include "tensor/spares.h"

#include <c10/core/InferenceMode.h>
#include <c10/util/SmallVector.h>
#include <pthread.h>

#include <memory>
#include <new>
#include <optional>

namespace tsrt {
namespace {

constexpr size_t max_spares = 4;
constexpr size_t max_stack = 64;  // of 16 bytes each

struct Spares {
  c10::SmallVector<at::Tensor, max_spares> tensors;
  torch::jit::Stack stack;
};

// Not a thread_local object: to register its destructor takes memory, and the C library ends the
// process when there is none. Without memory there are no spares, which is no failure.
Spares* spares_of_this_thread() {
  static const std::optional<pthread_key_t> key = [] {
    pthread_key_t made;
    const auto destroy = [](void* spares) { delete static_cast<Spares*>(spares); };
    return pthread_key_create(&made, destroy) == 0 ? std::optional(made) : std::nullopt;
  }();
  if (!key) return nullptr;
  if (void* spares = pthread_getspecific(*key)) return static_cast<Spares*>(spares);
  auto spares = std::unique_ptr<Spares>(new (std::nothrow) Spares);
  return spares && pthread_setspecific(*key, spares.get()) == 0 ? spares.release() : nullptr;
}

}  // namespace

at::Tensor take_spare(at::ScalarType type, c10::Device device) {
  Spares* spares = spares_of_this_thread();
  if (!spares || spares->tensors.empty() || !c10::InferenceMode::is_enabled()) return {};
  at::Tensor spare = std::move(spares->tensors.back());
  spares->tensors.pop_back();
  return spare.scalar_type() == type && spare.device() == device ? spare : at::Tensor();
}

void give_back(at::Tensor tensor) {
  Spares* spares = spares_of_this_thread();
  if (spares && spares->tensors.size() < max_spares && tensor.is_inference())
    spares->tensors.push_back(std::move(tensor));
}

torch::jit::Stack take_stack() {
  Spares* spares = spares_of_this_thread();
  return spares ? std::move(spares->stack) : torch::jit::Stack();
}

void give_back(torch::jit::Stack stack) {
  Spares* spares = spares_of_this_thread();
  stack.clear();
  if (spares && stack.capacity() <= max_stack) spares->stack = std::move(stack);
}

}  // namespace tsrt
