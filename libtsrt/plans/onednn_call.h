// LibTorch's oneDNN operators, which only the dispatcher can reach, and what they are fit for.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include "plans/packed_layer.h"

namespace tsrt {

inline c10::OperatorHandle onednn_operator(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
}

inline at::Tensor onednn_call(const c10::OperatorHandle& op, torch::jit::Stack arguments) {
  op.callBoxed(arguments);
  return std::move(arguments.front()).toTensor();
}

inline c10::IValue no_scalars() {
  return c10::impl::GenericList(c10::OptionalType::create(c10::NumberType::get()));
}

// oneDNN takes such data with such weights.
bool suits(const at::Tensor& data, const at::Tensor& weight);

// What aten does in place of a fused epilogue.
at::Tensor finish(at::Tensor x, const at::Tensor* other, const Epilogue& epilogue);

}  // namespace tsrt
