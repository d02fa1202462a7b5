// What models keep in memory: the storages of their tensors.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/Storage.h>

#include <unordered_map>

namespace tsrt {

struct Holding {
  size_t bytes;
  c10::Device device;
  bool mapped;  // a part of the model's file
};

// Each storage once, however many tensors and models share it.
using Holdings = std::unordered_map<const c10::StorageImpl*, Holding>;

// Adds what every model holds: its parameters, buffers and other attributes as they are now and as
// they were loaded, and the constants in its code. What C++ objects hold, such as packed quantized
// weights, cannot be seen. Returns how many models were left out since a call that changes them has
// been running for long.
size_t holdings_of_models(Holdings& holdings);

}  // namespace tsrt
