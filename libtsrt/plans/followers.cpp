#include "plans/followers.h"

#include <torch/csrc/jit/ir/constants.h>

#include <map>

namespace tsrt {
namespace {

using torch::jit::Node;
using torch::jit::Value;
namespace aten = c10::aten;

// The node that alone uses `value`, if it stands in the same block.
Node* only_user(const Value* value) {
  if (value->uses().size() != 1) return nullptr;
  Node* user = value->uses().front().user;
  return user->owningBlock() == value->node()->owningBlock() ? user : nullptr;
}

bool may_write(const Node* node) {
  if (!node->blocks().empty() || node->kind() == c10::prim::SetAttr) return true;
  const c10::FunctionSchema* schema = node->maybeSchema();
  return schema ? schema->is_mutable() : !node->kind().is_prim();
}

// The layer moves down to `end`, so its input has to stay what it is.
bool nothing_written_between(const Node* begin, const Node* end) {
  for (const Node* node = begin->next(); node != end; node = node->next())
    if (may_write(node)) return false;
  return true;
}

void take_addition(Node* layer, Followers& followers) {
  Value* output = layer->output();
  Node* user = only_user(output);
  if (!user || (user->kind() != aten::add && user->kind() != aten::add_)) return;
  if (user->inputs().size() != 3 || user->input(0) == user->input(1)) return;
  const auto alpha = torch::jit::toIValue(user->input(2));
  if (!alpha || !alpha->isInt() || alpha->toInt() != 1) return;
  const bool is_left = user->input(0) == output;
  Value* other = user->input(is_left ? 1 : 0);
  if (user->kind() == aten::add_ && !is_left) return;  // writes to what is not the layer's own
  if (!other->type()->isSubtypeOf(*c10::TensorType::get())) return;
  if (torch::jit::toIValue(other)) return;  // hardly of the output's size
  if (!nothing_written_between(layer, user)) return;
  followers.add = user;
  followers.other = other;
}

void take_activation(Node* layer, Followers& followers) {
  static const std::map<c10::Symbol, const char*> names = {
      {aten::relu, "relu"},           {aten::relu_, "relu"},          {aten::sigmoid, "sigmoid"},
      {aten::sigmoid_, "sigmoid"},    {aten::tanh, "tanh"},           {aten::tanh_, "tanh"},
      {aten::silu, "swish"},          {aten::silu_, "swish"},         {aten::gelu, "gelu"},
      {aten::hardswish, "hardswish"}, {aten::hardswish_, "hardswish"}};
  Node* user = only_user(followers.last(layer)->output());
  if (!user) return;
  const auto name = names.find(user->kind());
  if (name == names.end()) return;
  if (user->kind() == aten::gelu) {
    const auto algorithm = torch::jit::toIValue(user->input(1));
    if (!algorithm) return;
    followers.epilogue.algorithm = *algorithm;
  }
  followers.activation = user;
  followers.epilogue.activation = name->second;
}

}  // namespace

Followers find_followers(Node* layer, bool both) {
  Followers followers;
  take_addition(layer, followers);
  if (both || !followers.add) take_activation(layer, followers);
  return followers;
}

}  // namespace tsrt
