// Running a method: arguments in, interpreter, results out.
#include <ATen/MemoryOverlap.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include "convert.h"
#include "device.h"
#include "managed.h"
#include "model.h"
#include "tensor.h"
#include "value.h"

namespace tsrt {
namespace {

using c10::IValue;
using torch::jit::Stack;

// A model's number of threads, on the calling thread and for the call.
class ThreadCount {
 public:
  explicit ThreadCount(std::optional<int> wanted) {
    if (!wanted || *wanted == at::get_num_threads()) return;
    before_ = at::get_num_threads();
    at::set_num_threads(*wanted);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  ~ThreadCount() {
    if (before_) at::set_num_threads(*before_);
  }

 private:
  std::optional<int> before_;
};

// Everything that holds while a method runs.
class Call {
 public:
  Call(const tsrt_model& model, const Effects& effects)
      : reading_(model.mutex, std::defer_lock),
        writing_(model.mutex, std::defer_lock),
        inference_(!effects.differentiates),
        threads_(model.threads) {
    if (effects.differentiates) gradients_.emplace(true);
    if (effects.writes_state) {
      writing_.lock();
    } else {
      reading_.lock();
    }
  }

 private:
  std::shared_lock<std::shared_mutex> reading_;
  std::unique_lock<std::shared_mutex> writing_;
  c10::InferenceMode inference_;
  std::optional<at::AutoGradMode> gradients_;
  ThreadCount threads_;
};

// Does forward return tensors, and into so many places? Asked before the model runs, so that its
// state does not change in a call that cannot succeed. A list's length is known only afterwards.
void check_returns(const Method& method, size_t places) {
  if (method.outputs.kind == Outputs::value) {
    fail(TSRT_UNSUPPORTED, "forward returns ", method.schema->returns().at(0).type()->repr_str(),
         " and not just tensors: run it with tsrt_model_run");
  }
  const size_t count = method.outputs.count.value_or(0);
  require(count <= places, "forward returns ", count, " tensors and there is room for ", places);
}

void push_arguments(const Program& program, const Method& method, const tsrt_tensor* inputs,
                    size_t n, Loans& loans, Stack& stack) {
  if (method.tensors_only && n + 1 == method.schema->arguments().size()) {
    for (size_t i = 0; i < n; ++i)
      stack.push_back(loans.lend(borrow(layout_of(inputs[i], {"input", i})), program.device(),
                                 method.effects.copies_argument[i]));
    return;
  }
  Arguments arguments;
  for (size_t i = 0; i < n; ++i)
    arguments.positional.push_back(borrow(layout_of(inputs[i], {"input", i})));
  bind_arguments(*method.schema, method.effects, program.device(), arguments, loans, stack);
}

IValue run(const Program& program, const Method& method, const Loans& loans, Stack& stack) {
  try {
    program.run(method, stack);
  } catch (Failure& failure) {
    const std::string given = loans.summary();
    if (!given.empty()) failure.message += " (called with " + given + ")";
    throw;
  }
  IValue result = std::move(stack.back());
  stack.clear();
  return result;
}

using Tensors = c10::SmallVector<at::Tensor, 4>;

// The tensors of a result, without their container so that nothing else refers to them.
Tensors unpack(IValue result) {
  Tensors tensors;
  if (result.isTensor()) {
    tensors.push_back(std::move(result).toTensor());
  } else if (result.isTuple()) {
    auto tuple = std::move(result).toTuple();
    auto items = tuple.use_count() == 1 ? std::move(*tuple).elements() : tuple->elements();
    for (auto& item : items) tensors.push_back(item.toTensor());
  } else {
    for (at::Tensor& tensor : std::move(result).toTensorVector()) tensors.push_back(tensor);
  }
  return tensors;
}

// The results may still refer to memory on loan.
Tensors forward(const Program& program, const Method& method, const tsrt_tensor* inputs, size_t n,
                Loans& loans) {
  Stack stack;
  stack.reserve(n + 1);
  stack.emplace_back(program.module()._ivalue());
  push_arguments(program, method, inputs, n, loans, stack);
  Tensors outputs = unpack(run(program, method, loans, stack));
  const bool to_host = loans.all_from_host();
  for (size_t i = 0; i < outputs.size(); ++i)
    outputs[i] = presentable(std::move(outputs[i]), to_host, {"output", i});
  return outputs;
}

// Ends a call: nothing refers to the caller's memory any more, and all work is done.
void finish(const Program& program, Loans& loans) {
  loans.settle();
  synchronize(program.device());
}

using Handles = c10::SmallVector<Handle, 4>;

void check_room(size_t count, size_t places) {
  require(count <= places, "forward returned ", count, " tensors and there is room for ", places,
          ": give more room; the model has run");
}

using Layouts = c10::SmallVector<Layout, 4>;

Layouts check_outputs(const tsrt_tensor* outputs, size_t n) {
  Layouts layouts;
  for (size_t i = 0; i < n; ++i) {
    layouts.push_back(layout_of(outputs[i], {"out", i}));
    require(
        !outputs[i].strides || at::has_internal_overlap(borrow(layouts[i])) != at::MemOverlap::Yes,
        Label{"out", i}, " has elements that share memory: give an array of its own");
  }
  return layouts;
}

void write_output(const at::Tensor& from, const Layout& to, const Label& label) {
  if (from.scalar_type() != to.type || from.sizes() != to.sizes)
    fail(TSRT_INVALID_ARGUMENT, label, " is ", summary(to.type, to.sizes),
         " and the model's output is ", summary(from));
  const bool flat = from.device().is_cpu() && to.device.is_cpu() && from.is_contiguous() &&
                    from.strides() == c10::IntArrayRef(to.strides);
  if (!flat) {
    borrow(to).copy_(from);
    synchronize(to.device);
  } else if (from.nbytes()) {
    std::memcpy(to.data, from.const_data_ptr(), from.nbytes());
  }
}

Arguments arguments_of(const tsrt_value* args, const tsrt_value* kwargs) {
  Arguments arguments;
  if (args) {
    if (!args->value.isTuple() && !args->value.isList())
      fail(TSRT_INVALID_ARGUMENT, "args is a ", kind_name(args->value), ", not a tuple or list");
    const auto items = args->value.isTuple()
                           ? c10::ArrayRef<IValue>(args->value.toTupleRef().elements())
                           : args->value.toListRef();
    arguments.positional = items.vec();
  }
  if (kwargs) {
    if (!kwargs->value.isGenericDict())
      fail(TSRT_INVALID_ARGUMENT, "kwargs is a ", kind_name(kwargs->value), ", not a dict");
    for (const auto& entry : kwargs->value.toGenericDict()) {
      require(entry.key().isString(), "kwargs has a key that is no string");
      arguments.named.emplace_back(entry.key().toStringRef(), entry.value());
    }
  }
  return arguments;
}

}  // namespace
}  // namespace tsrt

tsrt_error* tsrt_model_forward(tsrt_model* model, const tsrt_tensor* inputs, size_t n_inputs,
                               tsrt_managed_tensor** outputs, size_t capacity, size_t* n_outputs) {
  return tsrt::guard([&] {
    if (n_outputs) *n_outputs = 0;
    if (outputs) std::fill_n(outputs, capacity, nullptr);
    tsrt::require(n_outputs, "n_outputs is NULL: give a place for the number of outputs");
    tsrt::require(outputs || capacity == 0, "outputs is NULL and capacity is ", capacity);
    tsrt::require(model, "model is NULL");
    tsrt::require(inputs || n_inputs == 0, "inputs is NULL and n_inputs is ", n_inputs);
    const tsrt::Method& method = model->program.forward();
    tsrt::check_returns(method, capacity);
    const tsrt::Call call(*model, method.effects);
    tsrt::Loans loans;
    auto tensors = tsrt::forward(model->program, method, inputs, n_inputs, loans);
    tsrt::check_room(tensors.size(), capacity);
    tsrt::Handles handles;  // all of them or none
    for (auto& tensor : tensors) handles.push_back(tsrt::hand_over(std::move(tensor)));
    tsrt::finish(model->program, loans);
    *n_outputs = handles.size();
    for (size_t i = 0; i < handles.size(); ++i) outputs[i] = handles[i].release();
  });
}

tsrt_error* tsrt_model_forward_into(tsrt_model* model, const tsrt_tensor* inputs, size_t n_inputs,
                                    const tsrt_tensor* outputs, size_t n_outputs) {
  return tsrt::guard([&] {
    tsrt::require(model, "model is NULL");
    tsrt::require(inputs || n_inputs == 0, "inputs is NULL and n_inputs is ", n_inputs);
    tsrt::require(outputs || n_outputs == 0, "outputs is NULL and n_outputs is ", n_outputs);
    const tsrt::Method& method = model->program.forward();
    tsrt::check_returns(method, n_outputs);
    const tsrt::Call call(*model, method.effects);
    const auto targets = tsrt::check_outputs(outputs, n_outputs);
    tsrt::Loans loans;
    auto results = tsrt::forward(model->program, method, inputs, n_inputs, loans);
    tsrt::require(results.size() == n_outputs, "forward returned ", results.size(), " tensors and ",
                  n_outputs, " places were given");
    // The places may be the inputs' memory, so nothing may look at that any more.
    for (auto& result : results) result = tsrt::own(std::move(result));
    tsrt::finish(model->program, loans);
    for (size_t i = 0; i < n_outputs; ++i) tsrt::write_output(results[i], targets[i], {"out", i});
  });
}

tsrt_error* tsrt_model_run(tsrt_model* model, const char* method_name, const tsrt_value* args,
                           const tsrt_value* kwargs, tsrt_value** result) {
  return tsrt::guard([&] {
    tsrt::require(result, "result is NULL: give a place for the result");
    *result = nullptr;
    tsrt::require(model, "model is NULL");
    tsrt::require(method_name, "method is NULL: give a name such as \"forward\"");
    const tsrt::Program& program = model->program;
    const tsrt::Method& method = program.method(method_name);
    const tsrt::Arguments arguments = tsrt::arguments_of(args, kwargs);
    const tsrt::Call call(*model, method.effects);
    tsrt::Loans loans;
    tsrt::Stack stack;
    stack.emplace_back(program.module()._ivalue());
    tsrt::bind_arguments(*method.schema, method.effects, program.device(), arguments, loans, stack);
    c10::IValue value = tsrt::run(program, method, loans, stack);
    value = tsrt::release(std::move(value), loans.all_from_host());
    tsrt::finish(program, loans);
    *result = tsrt::new_value(std::move(value));
  });
}
