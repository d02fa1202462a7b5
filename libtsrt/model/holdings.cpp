#include "model/holdings.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <torch/csrc/jit/api/function_impl.h>

#include <chrono>
#include <unordered_set>
#include <vector>

#include "files/mapped.h"
#include "model/model.h"
#include "model/watch.h"
#include "values/value.h"

namespace tsrt {
namespace {

using c10::IValue;

class Collector {
 public:
  explicit Collector(Holdings& holdings) : holdings_(holdings) {}

  void add(const ObjectPtr& object) {
    waiting_.emplace_back(object);
    while (!waiting_.empty()) {
      const IValue value = std::move(waiting_.back());
      waiting_.pop_back();
      open(value);
    }
  }

  void add_constants(const torch::jit::Block* block) {
    for (const torch::jit::Node* node : block->nodes()) {
      for (const torch::jit::Block* inner : node->blocks()) add_constants(inner);
      if (node->kind() != c10::prim::Constant || !node->hasAttribute(c10::attr::value)) continue;
      if (node->kindOf(c10::attr::value) == torch::jit::AttributeKind::t)
        add(node->t(c10::attr::value));
      else if (node->kindOf(c10::attr::value) == torch::jit::AttributeKind::ival)
        open(node->ival(c10::attr::value));
    }
  }

 private:
  void add(const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.has_storage()) return;
    const c10::Storage& storage = tensor.storage();
    holdings_.try_emplace(storage.unsafeGetStorageImpl(),
                          Holding{storage.nbytes(), storage.device(), is_mapped(storage)});
  }

  // Not by recursion: objects may refer to each other in long chains, and in circles.
  void open(const IValue& value) {
    if (value.isTensor()) return add(value.toTensor());
    if (!value.isPtrType() || value.isString() || !seen_.insert(value.internalToPointer()).second)
      return;
    if (value.isObject()) {
      const auto& slots = value.toObjectRef().slots();
      waiting_.insert(waiting_.end(), slots.begin(), slots.end());
    } else if (value.isTuple() || value.isList()) {
      const auto items = items_of(value);
      waiting_.insert(waiting_.end(), items.begin(), items.end());
    } else if (value.isGenericDict()) {
      for (const auto& entry : value.toGenericDict()) {
        waiting_.push_back(entry.key());
        waiting_.push_back(entry.value());
      }
    }
  }

  Holdings& holdings_;
  std::vector<IValue> waiting_;
  std::unordered_set<const void*> seen_;
};

void add_model(const Program& program, Holdings& holdings) {
  Collector collector(holdings);
  collector.add(program.module());
  if (program.initial()) collector.add(program.initial());
  for (auto* function : program.module()->compilation_unit()->get_functions()) {
    if (auto* source = torch::jit::tryToGraphFunction(*function))
      collector.add_constants(source->graph()->block());
  }
}

}  // namespace

size_t holdings_of_models(Holdings& holdings) {
  size_t busy = 0;
  Listing<tsrt_model>::for_each([&](const tsrt_model& model) {
    const Reading lock(model.context().lock, std::chrono::milliseconds(20));
    lock ? add_model(*model.program, holdings) : static_cast<void>(++busy);
  });
  return busy;
}

}  // namespace tsrt
