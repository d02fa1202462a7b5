// oneDNN Graph: whole stretches of a graph compiled as one, for one set of input shapes.
#pragma once

#include <torch/csrc/jit/runtime/interpreter.h>

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "plans/plan.h"
#include "process/fork.h"

namespace tsrt {

// For a method without state. A set of shapes that is seen for the second time is compiled for;
// meanwhile, and if that brings nothing, the graph runs as it is.
class FusedPlan final : public Plan {
 public:
  FusedPlan(std::string_view name, GraphPtr graph);

  void run(torch::jit::Stack& stack) const override;

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
  Code find(const Key& key, bool& has_to_compile) const;
  void store(const Key& key, Code code) const;
  void forget(const Key& key) const;
  Code compile(const Key& key, torch::jit::Stack stack) const;

  const GraphPtr graph_;
  const Code plain_;
  mutable ForkSafe<std::mutex> mutex_;
  mutable std::list<Entry> entries_;            // the latest in use first
  mutable std::atomic<bool> hopeless_ = false;  // oneDNN refused what LibTorch gave it
};

}  // namespace tsrt
