// oneDNN Graph: whole stretches of a graph compiled as one, for one set of input shapes.
#pragma once

#include <torch/csrc/jit/runtime/interpreter.h>

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "plans/frozen.h"
#include "process/fork.h"

namespace tsrt {

// Runs a method without state. A set of shapes that is seen for the second time is compiled for;
// meanwhile, and if that brings nothing, the graph runs as it is. Any number of threads may call.
class FusedRunner {
 public:
  explicit FusedRunner(Frozen frozen);

  // The module and the arguments are replaced by the result.
  void run(torch::jit::Stack& stack);

  // Compiles for these arguments now. Returns whether anything could be fused.
  bool prepare(const torch::jit::Stack& stack);

 private:
  using Code = std::shared_ptr<const torch::jit::Code>;
  using Key = std::vector<int64_t>;

  struct Entry {
    Key key;
    bool compiling;  // or compiled
    Code code;       // null: nothing to gain, or not yet
  };

  // The code for a key, which becomes the latest in use. Null: `plain_` has to do.
  // `has_to_compile` says whether that is left to the caller.
  Code find(const Key& key, bool at_once, bool& has_to_compile);
  void store(const Key& key, Code code);
  Code compile(torch::jit::Stack stack);

  const Frozen frozen_;
  const Code plain_;
  ForkSafe<std::mutex> mutex_;
  std::list<Entry> entries_;            // the latest in use first
  std::atomic<bool> hopeless_ = false;  // oneDNN refused what LibTorch gave it
};

}  // namespace tsrt
