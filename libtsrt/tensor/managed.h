// Tensors that leave: tsrt_managed_tensor and who owns its memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "tsrt.h"

namespace tsrt {

struct FreeManaged {
  void operator()(tsrt_managed_tensor* tensor) const { tsrt_managed_tensor_free(tensor); }
};
using Handle = std::unique_ptr<tsrt_managed_tensor, FreeManaged>;

// A handle to the tensor's own memory. The tensor must be presentable.
Handle share(at::Tensor tensor);

// A handle to memory that nothing else refers to: the tensor's own if it is alone, else a copy.
// Pass the last reference that the call holds.
Handle hand_over(at::Tensor tensor);

// Storages and how many bytes they have.
using StorageSizes = std::unordered_map<const void*, size_t>;

// The bytes of all tensors that only handles keep. Storages that values or models keep besides
// handles go to `shared`.
int64_t bytes_of_handles(StorageSizes& shared);

}  // namespace tsrt
