// tsrt_tensor to at::Tensor and back, without copies.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/SmallVector.h>

#include "guard.h"

namespace tsrt {

using Strides = c10::SmallVector<int64_t, 8>;

// What a tsrt_tensor says, checked as far as that can be without looking at the data.
struct Layout {
  void* data;
  int64_t bytes;  // from the first element to the end of the last one
  at::ScalarType type;
  c10::Device device;
  c10::IntArrayRef sizes;  // the caller's
  Strides strides;         // in elements
};
Layout layout_of(const tsrt_tensor& tensor, const Label& label);

// A tensor over the caller's memory, which its storage does not own.
at::Tensor borrow(const Layout& layout);

// Another tensor over the same memory, which its storage does not own either.
at::Tensor borrow(const at::Tensor& tensor);

// The same numbers in memory of their own, with the same strides where those are dense.
at::Tensor duplicate(const at::Tensor& tensor);

// What a model returned in a form that others can read: plain and dense, on the host if so wished.
at::Tensor presentable(at::Tensor tensor, bool to_host, const Label& label);

// Does nothing else refer to the tensor's memory?
bool alone(const at::Tensor& tensor);

// The tensor itself if it is alone, else a copy. Pass the last reference that the call holds.
at::Tensor own(at::Tensor tensor);

at::ScalarType scalar_type(const tsrt_dtype& dtype, const Label& label);

// "float32[2, 3]"
std::string summary(at::ScalarType type, c10::IntArrayRef sizes);
std::string summary(const at::Tensor& tensor);

// The name as NumPy and torch write it: "float32".
std::string dtype_name(at::ScalarType type);

// The caller's memory that one call lends to the model. Declare it before everything that may refer
// to that memory: also when the call fails, whatever still does gets a copy in the end.
class Loans {
 public:
  Loans() = default;
  Loans(const Loans&) = delete;
  Loans& operator=(const Loans&) = delete;
  ~Loans();

  // What the model gets for a borrowed tensor: the tensor itself, or a copy when it wants one or
  // lives on another device.
  at::Tensor lend(at::Tensor borrowed, c10::Device device, bool copied);

  // Did everything come from the host? Then so shall the results.
  bool all_from_host() const { return all_from_host_; }

  // The tensors on loan, for an error: "float32[2, 3], int64[]".
  std::string summary() const;

  // After the run: whatever still refers to lent memory gets a copy of it; when there is no memory
  // for one it is cut off, and this fails. That is an object in the result; what the state may
  // keep, the analysis foresees, and then nothing was lent. Drop the call's own references to the
  // arguments first.
  void settle();

 private:
  c10::SmallVector<at::Tensor, 4> lent_;
  bool all_from_host_ = true;
};

}  // namespace tsrt
