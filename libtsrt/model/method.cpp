#include "model/method.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>

#include "guard.h"
#include "model/checkpoint.h"
#include "model/interpret.h"
#include "tensor/device.h"

namespace tsrt {
namespace {

bool takes_tensors_only(const c10::FunctionSchema& schema) {
  const auto& arguments = schema.arguments();
  return std::all_of(arguments.begin() + 1, arguments.end(), [](const c10::Argument& argument) {
    return argument.type()->kind() == c10::TypeKind::TensorType;
  });
}

// Work that a failed call has queued may still read the caller's memory.
void drain(c10::Device device) {
  try {
    synchronize(device);
  } catch (...) {
    // The device reports the failure that is being handled already.
  }
}

}  // namespace

Draft analyzed(torch::jit::Function& function, const c10::IValue& self) {
  const auto& schema = function.getSchema();
  Method method{&function,
                &schema,
                {},
                Effects::unknown(schema.arguments().size() - 1),
                takes_tensors_only(schema),
                outputs_of(schema.returns().at(0).type()),
                {},
                {}};
  std::shared_ptr<torch::jit::Graph> graph;
  if (auto* source = torch::jit::tryToGraphFunction(function)) {
    graph = source->graph()->copy();
    torch::jit::Inline(*graph);
    method.effects = analyze(graph, self);
    if (method.effects.writes_constants) own_constants(graph);
  }
  return {std::move(method), std::move(graph)};
}

// LibTorch's graph executor would profile the first runs and then specialize the graph. Running the
// inlined graph itself gives the same operators in the same order, from the first call on.
Method finished(Draft draft) {
  if (draft.graph) {
    add_checkpoints(*draft.graph);
    draft.method.code = torch::jit::Code(draft.graph, draft.method.schema->name());
  }
  return std::move(draft.method);
}

void execute(const Method& method, c10::Device device, torch::jit::Stack& stack) {
  try {
    if (method.plan) {
      method.plan->run(stack);
    } else if (method.code) {
      interpret(method.code, stack);
    } else {
      method.function->run(stack);
    }
    synchronize(device);
  } catch (const std::bad_alloc&) {
    drain(device);
    throw;
  } catch (...) {
    Failure failure = current_failure(TSRT_MODEL_ERROR);
    drain(device);
    const bool stopped = failure.code == TSRT_TIMEOUT || failure.code == TSRT_CANCELLED;
    failure.message =
        method.schema->name() + (stopped ? ": " : " failed in the model: ") + failure.message;
    throw failure;
  }
}

}  // namespace tsrt
