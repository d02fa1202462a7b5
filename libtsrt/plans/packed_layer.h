// Layers whose weight is in oneDNN's own layout, as operators in a graph.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/custom_class.h>

#include <memory>
#include <optional>
#include <string>

namespace tsrt {

// What a layer does after it has multiplied and, where there is something to add, added.
struct Epilogue {
  std::string activation = "none";  // oneDNN's name
  c10::IValue algorithm;            // of gelu
};

struct PackedLayer : torch::CustomClassHolder {
  PackedLayer(at::Tensor weight, std::optional<at::Tensor> bias, Epilogue epilogue)
      : weight(std::move(weight)), bias(std::move(bias)), epilogue(std::move(epilogue)) {}

  // `other` is what is added, or null.
  virtual at::Tensor run(const at::Tensor& x, const at::Tensor* other) const = 0;

  const at::Tensor weight;
  const std::optional<at::Tensor> bias;
  const Epilogue epilogue;
};

c10::intrusive_ptr<PackedLayer> pack_linear(at::Tensor weight, std::optional<at::Tensor> bias,
                                            Epilogue epilogue);

// `panels` is memory for the weight's panels, as large as the weight.
c10::intrusive_ptr<PackedLayer> pack_panels(at::Tensor weight, std::optional<at::Tensor> bias,
                                            Epilogue epilogue, std::shared_ptr<float> panels);

struct Geometry {
  std::vector<int64_t> stride, padding, dilation;
  int64_t groups;
};

c10::intrusive_ptr<PackedLayer> pack_convolution(at::Tensor weight, std::optional<at::Tensor> bias,
                                                 Geometry geometry, Epilogue epilogue);

// Operators of x and, with an addition, what is added.
c10::Symbol packed_linear();
c10::Symbol packed_convolution();

// A node that runs `layer`; not in the graph yet.
torch::jit::Node* create_packed(c10::Symbol kind, c10::intrusive_ptr<PackedLayer> layer,
                                at::ArrayRef<torch::jit::Value*> inputs);

}  // namespace tsrt
