// What of the code behind a layer can be done by the layer itself.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <string>

namespace tsrt {

// An addition, then an activation; each may be missing.
struct Followers {
  torch::jit::Node* add = nullptr;
  torch::jit::Value* other = nullptr;  // what is added to the layer's output
  torch::jit::Node* activation = nullptr;
  std::string name;       // oneDNN's name of the activation
  c10::IValue algorithm;  // of gelu

  torch::jit::Node* last(torch::jit::Node* layer) const {
    return activation ? activation : add ? add : layer;
  }
};

Followers find_followers(torch::jit::Node* layer);

}  // namespace tsrt
