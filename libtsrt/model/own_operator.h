// Operators of our own in LibTorch's graphs.
#pragma once

#include <torch/csrc/jit/runtime/custom_operator.h>

#include <string>

namespace tsrt {

// "tsrt::name", or with "_" behind it: another copy of this library in the process has operators of
// its own.
inline std::string free_operator_name(const char* name) {
  std::string full = std::string("tsrt::") + name;
  while (!torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(full)).empty()) full += "_";
  return full;
}

// `operation` is a function of the stack, or of the node that it is made for.
template <class Operation>
c10::Symbol register_operator(const char* name, const char* schema, Operation operation,
                              c10::AliasAnalysisKind effects) {
  const std::string full = free_operator_name(name);
  torch::jit::registerOperator(torch::jit::Operator(full + schema, std::move(operation), effects));
  return c10::Symbol::fromQualString(full);
}

}  // namespace tsrt
