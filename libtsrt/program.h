// A loaded TorchScript module with its methods ready to run.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis.h"
#include "archive.h"
#include "convert.h"

namespace tsrt {

struct Method {
  const c10::FunctionSchema* schema;
  torch::jit::Code code;
  Effects effects;
  bool tensors_only;  // every argument is a plain tensor
  Outputs outputs;
};

class Program {
 public:
  // `read` loads the module; it is called a second time for a model that needs autograd.
  Program(const std::function<Archive()>& read, c10::Device device);

  const std::vector<Method>& methods() const { return methods_; }
  const Method& method(std::string_view name) const;
  const Method& forward() const { return forward_ ? methods_[*forward_] : method("forward"); }
  const torch::jit::Module& module() const { return module_; }
  c10::Device device() const { return device_; }
  const ExtraFiles& extra_files() const { return *extra_files_; }

  // Runs a method. The stack holds self and the arguments, and afterwards the result alone.
  void run(const Method& method, torch::jit::Stack& stack) const;

  // The same program with state of its own; weights stay shared.
  Program clone() const;

  // All or nothing: everything is copied before anything is replaced.
  void to(c10::Device device);

 private:
  torch::jit::Module module_;
  c10::Device device_;
  std::shared_ptr<const ExtraFiles> extra_files_;
  std::vector<Method> methods_;
  std::optional<size_t> forward_;  // its place in methods_
  bool differentiates_ = false;    // does any method?
};

}  // namespace tsrt
