// tsrt_tensor to at::Tensor and back, without copies.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/SmallVector.h>

#include "guard.h"

namespace tsrt {

// A tensor over the caller's memory, which its storage does not own. Checks everything that can be
// checked without looking at the data.
at::Tensor borrow(const tsrt_tensor& tensor, const Label& label);

// Another tensor over the same memory, which its storage does not own either.
at::Tensor borrow(const at::Tensor& tensor);

// The same numbers in memory of their own, with the same strides where those are dense.
at::Tensor duplicate(const at::Tensor& tensor);

// What a model returned in a form that others can read: plain and dense, on the host if so wished.
// A small view of much memory becomes a tensor of its own.
at::Tensor presentable(at::Tensor tensor, bool to_host, const Label& label);

// The tensor itself if nothing else refers to its memory, else a copy. Pass the last reference that
// the call holds.
at::Tensor own(at::Tensor tensor);

// "float32[2, 3]"
std::string summary(const at::Tensor& tensor);

// The name as NumPy and torch write it: "float32".
std::string dtype_name(at::ScalarType type);

// A new handle for the caller; the tensor must be fit to leave.
tsrt_managed_tensor* hand_over(at::Tensor tensor);

// The caller's memory that one call lends to the model. Declare it before everything that may refer
// to that memory: also when the call fails, whatever still does gets a copy in the end.
class Loans {
 public:
  Loans() = default;
  Loans(const Loans&) = delete;
  Loans& operator=(const Loans&) = delete;
  ~Loans();

  // What the model gets for a borrowed tensor: the tensor itself, or a copy when the model may
  // write to it or lives on another device.
  at::Tensor lend(at::Tensor borrowed, c10::Device device, bool written);

  // Did everything come from the host? Then so shall the results.
  bool all_from_host() const { return all_from_host_; }

  // The tensors on loan, for an error: "float32[2, 3], int64[]".
  std::string summary() const;

  // After the run: whatever still refers to lent memory gets a copy of it. Drop the call's own
  // references to the arguments first.
  void settle();

 private:
  c10::SmallVector<at::Tensor, 4> lent_;
  bool all_from_host_ = true;
};

}  // namespace tsrt
