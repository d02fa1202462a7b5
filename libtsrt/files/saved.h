// What a pickle of torch.save or torch.jit.save holds: its tensors, and what they are part of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "files/pickle.h"

namespace tsrt {

struct Storage {
  std::string key;     // its record is <folder>/<key>
  std::string device;  // where it was when it was saved: "cuda:0"
  uint64_t bytes;
};

struct SavedTensor {
  std::string dtype;
  std::vector<int64_t> shape;
  uint64_t bytes;    // of its elements
  bool fits = true;  // all of them lie in its storage
};

// The tensor that a node stands for, if it does.
std::optional<SavedTensor> tensor_of(const Pickle& pickle, NodeId id);

// Each storage once, as big as the biggest that is said of it.
std::vector<Storage> storages_of(const Pickle& pickle);

// "__torch__.Net" for the object of a class; empty for other nodes.
std::string class_of(const Pickle& pickle, const Node& node);

// What torch.save was given.
struct Saved {
  std::string kind;     // "state_dict", "checkpoint", "tensor", "module-pickle", "pickle"
  std::string problem;  // the phrase that says so, and what to do
  size_t tensors = 0;
  uint64_t bytes = 0;
  std::vector<std::string> keys;  // of the dict that it is
};
Saved saved_in(const Pickle& pickle);

}  // namespace tsrt
