#include "model/run.h"

#include <ATen/MemoryOverlap.h>

#include <algorithm>
#include <cstring>

#include "model/model.h"
#include "tensor/device.h"
#include "tensor/managed.h"
#include "tensor/spares.h"
#include "tensor/tensor.h"
#include "values/release.h"

namespace tsrt {
namespace {

using c10::IValue;
using torch::jit::Stack;

// Does forward return tensors, and into so many places? Asked before the model runs, so that its
// state does not change in a call that cannot succeed. A list's length is known only afterwards.
void check_returns(const Method& method, size_t places) {
  if (method.outputs.kind == Outputs::value) {
    fail(TSRT_UNSUPPORTED, "forward returns ",
         method.schema->returns().at(0).type()->annotation_str(),
         " and not just tensors: run it with tsrt_model_run");
  }
  const size_t count = method.outputs.count.value_or(0);
  require(count <= places, "forward returns ", count, " tensors and there is room for ", places,
          ": give more room");
}

void push_arguments(const Method& method, c10::Device device, const tsrt_tensor* inputs, size_t n,
                    Loans& loans, Stack& stack) {
  if (method.tensors_only && n + 1 == method.schema->arguments().size()) {
    for (size_t i = 0; i < n; ++i)
      stack.push_back(loans.lend(borrow(layout_of(inputs[i], {"input", i})), device,
                                 method.effects.copies_argument[i]));
    return;
  }
  Arguments arguments;
  for (size_t i = 0; i < n; ++i)
    arguments.positional.push_back(borrow(layout_of(inputs[i], {"input", i})));
  bind_arguments(*method.schema, method.effects, device, arguments, loans, stack);
}

IValue run(const Call& call, c10::Device device, const Loans& loans, Stack& stack) {
  const Method& method = call.method();
  if (!method.inputs.empty()) check_inputs(method.inputs, stack);
  try {
    execute(method, device, stack);
  } catch (Failure& failure) {
    const std::string given = loans.summary();
    if (!given.empty()) failure.message += " (called with " + given + ")";
    throw;
  }
  // What the state keeps must not keep the history of how it came about.
  if (method.effects.differentiates && method.effects.writes_state) detach(call.self());
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
Tensors forward(const Call& call, c10::Device device, const tsrt_tensor* inputs, size_t n,
                Loans& loans) {
  Stack stack = take_stack();
  stack.emplace_back(call.self());
  push_arguments(call.method(), device, inputs, n, loans, stack);
  Tensors outputs = unpack(run(call, device, loans, stack));
  give_back(std::move(stack));
  const bool to_host = loans.all_from_host();
  for (size_t i = 0; i < outputs.size(); ++i)
    outputs[i] = presentable(std::move(outputs[i]), to_host, {"output", i});
  return outputs;
}

// Ends a call: nothing refers to the caller's memory any more, and all work is done.
void finish(c10::Device device, Loans& loans) {
  loans.settle();
  synchronize(device);
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

Call forward_call(const tsrt_model& model) {
  return Call(*model.session, [&](bool alone) { return model.program->forward(alone); });
}

}  // namespace

tsrt_value* run_on_values(const Call& call, const Origin& origin, const Arguments& arguments) {
  Loans loans;
  Stack stack;
  stack.emplace_back(call.self());
  bind_arguments(*call.method().schema, call.method().effects, origin.device, arguments, loans,
                 stack);
  IValue value = release(run(call, origin.device, loans, stack), loans.all_from_host());
  finish(origin.device, loans);
  return new_value(std::move(value), origin);
}

}  // namespace tsrt

tsrt_error* tsrt_model_forward(tsrt_model* model, const tsrt_tensor* inputs, size_t n_inputs,
                               tsrt_managed_tensor** outputs, size_t capacity, size_t* n_outputs) {
  return tsrt::guard([&] {
    if (n_outputs) *n_outputs = 0;
    if (outputs) std::fill_n(outputs, capacity, nullptr);
    tsrt::require(n_outputs, "n_outputs is NULL: give a place for the number of outputs");
    tsrt::require(outputs || capacity == 0, "outputs is NULL and capacity is ", capacity);
    const tsrt::ModelPtr held = tsrt::hold(model);
    tsrt::require(inputs || n_inputs == 0, "inputs is NULL and n_inputs is ", n_inputs);
    const tsrt::Call call = tsrt::forward_call(*held);
    const c10::Device device = held->program->device();
    tsrt::check_returns(call.method(), capacity);
    tsrt::Loans loans;
    auto tensors = tsrt::forward(call, device, inputs, n_inputs, loans);
    tsrt::check_room(tensors.size(), capacity);
    tsrt::Handles handles;  // all of them or none
    for (auto& tensor : tensors) handles.push_back(tsrt::hand_over(std::move(tensor)));
    tsrt::finish(device, loans);
    *n_outputs = handles.size();
    for (size_t i = 0; i < handles.size(); ++i) outputs[i] = handles[i].release();
  });
}

tsrt_error* tsrt_model_forward_into(tsrt_model* model, const tsrt_tensor* inputs, size_t n_inputs,
                                    const tsrt_tensor* outputs, size_t n_outputs) {
  return tsrt::guard([&] {
    const tsrt::ModelPtr held = tsrt::hold(model);
    tsrt::require(inputs || n_inputs == 0, "inputs is NULL and n_inputs is ", n_inputs);
    tsrt::require(outputs || n_outputs == 0, "outputs is NULL and n_outputs is ", n_outputs);
    const tsrt::Call call = tsrt::forward_call(*held);
    const c10::Device device = held->program->device();
    tsrt::check_returns(call.method(), n_outputs);
    const auto targets = tsrt::check_outputs(outputs, n_outputs);
    tsrt::Loans loans;
    auto results = tsrt::forward(call, device, inputs, n_inputs, loans);
    tsrt::require(results.size() == n_outputs, "forward returned ", results.size(), " tensors and ",
                  n_outputs, " places were given");
    // The places may be the inputs' memory, so nothing may look at that any more.
    for (auto& result : results) result = tsrt::own(std::move(result));
    tsrt::finish(device, loans);
    for (size_t i = 0; i < n_outputs; ++i) tsrt::write_output(results[i], targets[i], {"out", i});
  });
}

tsrt_error* tsrt_model_run(tsrt_model* model, const char* method, const tsrt_value* args,
                           const tsrt_value* kwargs, tsrt_value** result) {
  return tsrt::guard([&] {
    tsrt::require(result, "result is NULL: give a place for the result");
    *result = nullptr;
    const tsrt::ModelPtr held = tsrt::hold(model);
    tsrt::require(method, "method is NULL: give a name such as \"forward\"");
    tsrt::Program& program = *held->program;
    const auto arguments = tsrt::arguments_of(args, kwargs, &held->context());
    const tsrt::Call call(*held->session,
                          [&](bool alone) { return program.target(method, alone); });
    *result = tsrt::run_on_values(call, {held->session, program.device()}, arguments);
  });
}
