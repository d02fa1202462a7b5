// What the packed operators have in common.
#pragma once

#include <ATen/EmptyTensor.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <memory>

namespace tsrt {

// The kernels read it as it is, or once it is contiguous.
inline bool is_plain(const at::Tensor& x) {
  return x.defined() && x.is_cpu() && x.layout() == at::kStrided && x.scalar_type() == at::kFloat &&
         !x.is_neg() && !at::GradMode::is_enabled();
}

// LibTorch shares its work out among threads; the kernels do not.
inline bool is_small(int64_t work, int64_t limit) {
  return work <= limit / 16 || work <= limit / at::get_num_threads();
}

// Without the dispatcher, which would take as long as a small layer.
inline at::Tensor empty(at::IntArrayRef sizes) {
  return at::detail::empty_cpu(sizes, at::kFloat);
}

// Floats for the time of a call, on the stack when they are few.
class Scratch {
 public:
  explicit Scratch(int64_t n) : many_(n > few ? new float[n] : nullptr) {}
  float* data() const { return many_ ? many_.get() : some_; }

 private:
  static constexpr int64_t few = 4096;
  std::unique_ptr<float[]> many_;
  mutable float some_[few];
};

}  // namespace tsrt
