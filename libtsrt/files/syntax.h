// Words for trees of LibTorch's parser.
#pragma once

#include <torch/csrc/jit/frontend/tree_views.h>

#include <set>
#include <string>

namespace tsrt {

// "__torch__.torch.nn.Linear" for an expression made of names and dots; empty for others.
std::string dotted(const torch::jit::TreeRef& tree);

// "aten::add" for `torch.add`, "prim::dtype" for `ops.prim.dtype`; empty for what is no operator.
std::string operator_name(const std::string& callee);

// A type or a constant as TorchScript writes it; `none` is what None is called there.
std::string text_of(const torch::jit::TreeRef& tree, const char* none = "None");

// The names under __torch__ that a type refers to.
void names_under(const torch::jit::TreeRef& tree, std::set<std::string>& names);

}  // namespace tsrt
