// What of the code behind a layer can be done by the layer itself.
#pragma once

#include "plans/packed_layer.h"

namespace tsrt {

// An addition, then an activation; each may be missing.
struct Followers {
  torch::jit::Node* add = nullptr;
  torch::jit::Value* other = nullptr;  // what is added to the layer's output
  torch::jit::Node* activation = nullptr;
  Epilogue epilogue;

  torch::jit::Node* last(torch::jit::Node* layer) const {
    return activation ? activation : add ? add : layer;
  }
};

// Not every layer can do both.
Followers find_followers(torch::jit::Node* layer, bool both);

}  // namespace tsrt
