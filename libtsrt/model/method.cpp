#include "model/method.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>

#include "guard.h"
#include "model/call.h"
#include "model/checkpoint.h"
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

// Tasks that a method starts have the limits of its call, also when they outlive it.
torch::jit::TaskLauncher launcher(const Method& method) {
  const Watch* watch = Watch::current();
  if (!method.effects.concurrent || !watch) return at::launch;
  return [limit = watch->limit(),
          session = watch->limit().session->shared_from_this()](std::function<void()> task) {
    at::launch([limit, session, task = std::move(task)] {
      const Watch inner(limit);
      const ThreadCount threads(session->options.threads);
      task();
    });
  };
}

}  // namespace

// LibTorch's graph executor would profile the first runs and then specialize the graph. Running the
// inlined graph itself gives the same operators in the same order, from the first call on.
Method prepare(torch::jit::Function& function, const c10::IValue& self) {
  const auto& schema = function.getSchema();
  Method method{&function,
                &schema,
                {},
                Effects::unknown(schema.arguments().size() - 1),
                takes_tensors_only(schema),
                outputs_of(schema.returns().at(0).type()),
                {}};
  if (auto* source = torch::jit::tryToGraphFunction(function)) {
    const auto graph = source->graph()->copy();
    torch::jit::Inline(*graph);
    method.effects = analyze(graph, self);
    add_checkpoints(*graph);
    method.code = torch::jit::Code(graph, function.name());
  }
  return method;
}

void execute(const Method& method, c10::Device device, torch::jit::Stack& stack) {
  try {
    if (method.code) {
      torch::jit::InterpreterState(method.code, launcher(method)).run(stack);
    } else {
      method.function->run(stack);
    }
    synchronize(device);
  } catch (const std::bad_alloc&) {
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
