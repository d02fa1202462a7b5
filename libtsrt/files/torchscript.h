// What is in a TorchScript archive, and whether this LibTorch can run it. Nothing is executed.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "files/module_tree.h"
#include "files/records.h"
#include "files/source.h"

namespace tsrt {

struct TorchScript {
  std::optional<int64_t> version;  // of the format
  bool lite_interpreter = false;   // has bytecode, too
  bool debug_info = false;         // lines of the original Python code
  Source source;
  ModuleTree tree;
  std::set<std::string> custom_classes;  // in C++, that it needs
  std::vector<std::string> missing_operators;
  std::vector<std::string> missing_classes;
  std::set<std::string> saved_devices;
  uint64_t bytes = 0;                 // of all tensors
  std::vector<std::string> not_read;  // records that are too big to look into

  // Why it cannot be loaded, as a phrase with what to do, and the code for that; empty if it can.
  std::string problem;
  int32_t code = 0;
};

TorchScript read_torchscript(const Records& records);

// What LibTorch takes without a word and then reads beyond its memory, as a phrase: a pickle that
// is none, a record that is shorter than its tensors, a tensor that is bigger than its storage.
// Mostly empty.
std::string unsafe_for_libtorch(const Records& records);

}  // namespace tsrt
