#include "files/operators.h"

#include <torch/csrc/jit/frontend/builtin_functions.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "guard.h"
#include "process/library.h"

namespace tsrt {
namespace {

using c10::FunctionSchema;

template <class Holds>
bool every_overload(const std::string& name, const Holds& holds) {
  const LibrariesStay for_operators;
  const auto& operators = torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(name));
  return !operators.empty() && std::all_of(operators.begin(), operators.end(),
                                           [&](const auto& each) { return holds(each->schema()); });
}

// Namespaces that only one library has.
struct Source {
  std::string_view space;
  std::string_view library;
};
constexpr Source sources[] = {
    {"torchvision", "torchvision (its library is _C.so in the torchvision package)"},
    {"image", "torchvision (its library is image.so in the torchvision package)"},
    {"torchaudio", "torchaudio (its library is lib/libtorchaudio.so in the torchaudio package)"},
    {"torchtext", "torchtext (its library is lib/libtorchtext.so in the torchtext package)"},
    {"fbgemm", "fbgemm-gpu (its library is fbgemm_gpu_py.so in the fbgemm_gpu package)"},
    {"torch_sparse", "torch-sparse"},
    {"torch_scatter", "torch-scatter"},
    {"torch_cluster", "torch-cluster"},
    {"torch_spline_conv", "torch-spline-conv"},
    {"pyg", "pyg-lib"},
    {"torch_ipex", "Intel Extension for PyTorch (intel_extension_for_pytorch)"},
    {"tensorrt", "Torch-TensorRT (torch_tensorrt)"},
    {"neuron", "AWS Neuron (torch_neuron or torch_neuronx)"},
    {"torchao", "torchao"},
    {"torchrec", "TorchRec"}};

std::string_view space_of(std::string_view name) {
  return name.substr(0, name.find_first_of(":."));
}

}  // namespace

bool has_operator(const std::string& name) {
  const LibrariesStay for_operators;
  const auto symbol = c10::Symbol::fromQualString(name);
  return !torch::jit::getAllOperatorsFor(symbol).empty() ||
         !torch::jit::getAllBuiltinFunctionsFor(symbol).empty();
}

bool has_custom_class(const std::string& name) {
  const LibrariesStay for_classes;
  return torch::getCustomClass(name) != nullptr;
}

bool writes_argument(const std::string& name, size_t index) {
  return every_overload(name, [&](const FunctionSchema& schema) {
    const auto& arguments = schema.arguments();
    return index < arguments.size() && arguments[index].alias_info() &&
           arguments[index].alias_info()->isWrite();
  });
}

bool returns_first_argument(const std::string& name) {
  return every_overload(name, [&](const FunctionSchema& schema) {
    return !schema.arguments().empty() && schema.returns().size() == 1 &&
           schema.arguments()[0].alias_info() && schema.returns()[0].alias_info();
  });
}

std::string advice_for(const std::vector<std::string>& missing) {
  std::set<std::string_view> libraries;
  for (const auto& name : missing) {
    for (const auto& each : sources) {
      if (each.space == space_of(name)) libraries.insert(each.library);
    }
  }
  if (libraries.empty())
    return concat("load the library that defines ", missing.size() == 1 ? "it" : "them",
                  " first (tsrt_load_library, or the option library)");
  std::string text = "load the library of ";
  for (const auto& library : libraries)
    (text += library == *libraries.begin() ? "" : " and ") += library;
  return text + " first (tsrt_load_library, or the option library)";
}

}  // namespace tsrt
