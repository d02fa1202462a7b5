#include "plans/packed.h"

#include <ATen/Functions.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <set>

#include "plans/packed_constants.h"
#include "plans/packed_elementwise.h"
#include "plans/packed_operators.h"

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Block;
using torch::jit::Node;
using torch::jit::toIValue;
using torch::jit::Value;
namespace aten = c10::aten;
namespace prim = c10::prim;

const float* data(const Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

template <class Row>
Tensor as_numbers(const std::vector<Row>& rows) {
  constexpr int64_t width = sizeof(Row) / sizeof(int64_t);
  Tensor result = at::empty({static_cast<int64_t>(rows.size()), width}, at::kLong);
  std::copy(rows.begin(), rows.end(), reinterpret_cast<Row*>(result.mutable_data_ptr<int64_t>()));
  return result;
}

// The node that alone uses the output of `node`, if it stands in the same block.
Node* only_user(const Node* node) {
  const auto& uses = node->output()->uses();
  if (uses.size() != 1 || uses[0].offset != 0) return nullptr;
  Node* user = uses[0].user;
  return user->owningBlock() == node->owningBlock() ? user : nullptr;
}

Activation activation_of(const Node* node) {
  const c10::Symbol kind = node->kind();
  if (kind == aten::relu || kind == aten::relu_) return Activation::relu;
  if (kind == aten::tanh || kind == aten::tanh_) return Activation::tanh;
  if (kind == aten::sigmoid || kind == aten::sigmoid_) return Activation::sigmoid;
  if (kind == aten::gelu && is_constant(node->input(1), "none")) return Activation::gelu;
  if (kind == aten::gelu && is_constant(node->input(1), "tanh")) return Activation::gelu_tanh;
  return Activation::none;
}

// A layer's node and, where there is one, that of its activation.
struct Layer {
  Node* node;
  Node* follower = nullptr;
  Activation activation = Activation::none;

  explicit Layer(Node* layer) : node(layer) {
    if (Node* user = only_user(layer)) {
      activation = activation_of(user);
      if (activation != Activation::none) follower = user;
    }
  }

  Node* last() const { return follower ? follower : node; }
};

struct LinearLayer : Layer {
  Tensor weight, bias;

  static std::optional<LinearLayer> from(Node* node) {
    if (node->kind() != aten::linear) return std::nullopt;
    const auto weight = constant_weight(node->input(1), 2);
    if (!weight) return std::nullopt;
    const auto bias = constant_bias(node->input(2), weight->size(0));
    if (!bias) return std::nullopt;
    LinearLayer layer(node);
    layer.weight = *weight;
    layer.bias = *bias;
    return layer;
  }

  int64_t in() const { return weight.size(1); }
  int64_t out() const { return weight.size(0); }

 private:
  using Layer::Layer;
};

class Rewrite {
 public:
  explicit Rewrite(torch::jit::Graph& graph) : graph_(graph) {}

  size_t in(Block* block) {
    std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());
    for (Node* node : nodes) {
      if (gone_.count(node)) continue;
      for (Block* inner : node->blocks()) in(inner);
      replace_layer(node);
    }
    return replaced_;
  }

 private:
  void replace_layer(Node* node) {
    const c10::Symbol kind = node->kind();
    if (kind == aten::linear) linear(node);
    if (kind == aten::conv1d) conv1d(node, 6);
    if (kind == aten::_convolution) general_convolution(node);
    if (kind == aten::lstm_cell) lstm_cell(node);
    if (kind == aten::lstm) lstm(node);
  }

  // One node in the place of `first`, with the outputs of `last`. What lies between has no other
  // input that could change.
  void replace(Node* first, Node* last, c10::Symbol kind, std::vector<Value*> inputs,
               const std::vector<c10::IValue>& constants) {
    const torch::jit::WithInsertPoint before(first);
    for (const c10::IValue& constant : constants) inputs.push_back(graph_.insertConstant(constant));
    Node* created = graph_.insertNode(graph_.create(kind, inputs, last->outputs().size()));
    created->setSourceRange(first->sourceRange());
    if (const auto callstack = first->callstack()) created->setCallStack(*callstack);
    for (size_t i = 0; i < last->outputs().size(); ++i) {
      created->output(i)->setType(last->output(i)->type());
      last->output(i)->replaceAllUsesWith(created->output(i));
    }
  }

  void remove(Node* node) {
    gone_.insert(node);
    ++replaced_;
    node->destroy();
  }

  void remove(const Layer& layer) {
    if (layer.follower) remove(layer.follower);
    remove(layer.node);
  }

  void linear(Node* node) {
    std::vector<LinearLayer> layers;
    for (auto next = LinearLayer::from(node); next;) {
      const bool fits =
          layers.empty() || (next->in() == layers.back().out() && next->in() <= max_hidden);
      if (!fits) break;
      layers.push_back(*next);
      Node* user = only_user(layers.back().last());
      next = user ? LinearLayer::from(user) : std::nullopt;
    }
    if (layers.empty()) return;
    std::vector<MlpLayer> numbers;
    std::vector<Tensor> weights;
    int64_t size = 0;
    for (const LinearLayer& layer : layers) {
      numbers.push_back({layer.in(), layer.out(), layer.activation, layer.bias.defined()});
      weights.push_back(layer.weight);
      if (layer.bias.defined()) weights.push_back(layer.bias);
      size += kernels().packed_size(layer.out(), layer.in());
    }
    Tensor packed = at::empty({size}, at::kFloat);
    float* to = packed.mutable_data_ptr<float>();
    for (const LinearLayer& layer : layers) {
      pack(kernels(), data(layer.weight), data(layer.bias), layer.out(), layer.in(), to);
      to += kernels().packed_size(layer.out(), layer.in());
    }
    replace(node, layers.back().last(), packed_operators().mlp, {node->input(0)},
            {packed, as_numbers(numbers), weights});
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) remove(*layer);
  }

  // aten::_convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding,
  // groups, ...), which is what tracing leaves.
  void general_convolution(Node* node) {
    if (is_constant(node->input(6), false)) conv1d(node, 8);
  }

  void conv1d(Node* node, size_t groups) {
    const auto weight = constant_weight(node->input(1), 3);
    if (!weight) return;
    const auto bias = constant_bias(node->input(2), weight->size(0));
    const auto stride = constant_size(node->input(3)), padding = constant_size(node->input(4));
    const auto dilation = constant_size(node->input(5));
    if (!bias || !stride || !padding || !dilation || !is_constant(node->input(groups), 1)) return;
    if (*stride < 1 || *padding < 0 || *dilation < 1) return;
    const Layer layer(node);
    const Conv1dShape shape{
        weight->size(1), weight->size(0), weight->size(2),  *stride,
        *padding,        *dilation,       layer.activation, node->kind() == aten::conv1d};
    const Tensor ordered =
        shape.over(nullptr).taps_outside() ? weight->transpose(1, 2).contiguous() : *weight;
    const int64_t terms = shape.in * shape.taps;
    Tensor packed = at::empty({kernels().packed_size(shape.out, terms)}, at::kFloat);
    pack(kernels(), data(ordered), data(*bias), shape.out, terms, packed.mutable_data_ptr<float>());
    replace(node, layer.last(), packed_operators().conv1d, {node->input(0)},
            {packed, as_numbers(std::vector{shape}), *weight,
             bias->defined() ? c10::IValue(*bias) : c10::IValue()});
    remove(layer);
  }

  // The two states, from a list that nothing else sees.
  static std::optional<std::vector<Value*>> states(Value* list) {
    const Node* node = list->node();
    if (node->kind() != prim::ListConstruct || node->inputs().size() != 2 ||
        list->uses().size() != 1)
      return std::nullopt;
    return std::vector<Value*>{list->node()->input(0), list->node()->input(1)};
  }

  // Those of one layer: weights for inputs and state, and two biases unless there are none.
  static bool pack_lstm(const std::vector<Tensor>& w, std::vector<float>& packed) {
    const int64_t hidden = w[1].size(1), in = w[0].size(1);
    if (w[0].size(0) != 4 * hidden || w[1].size(0) != 4 * hidden) return false;
    const Tensor bias = w.size() == 4 ? at::add(w[2], w[3]) : Tensor();
    if (bias.defined() && bias.numel() != 4 * hidden) return false;
    const auto start = static_cast<int64_t>(packed.size());
    const int64_t middle = start + kernels().packed_gates_size(hidden, in);
    packed.resize(middle + kernels().packed_gates_size(hidden, hidden));
    pack_gates(kernels(), data(w[0]), data(bias), hidden, in, packed.data() + start);
    pack_gates(kernels(), data(w[1]), nullptr, hidden, hidden, packed.data() + middle);
    return true;
  }

  void lstm_cell(Node* node) {
    const auto state = states(node->input(1));
    const auto w_ih = constant_weight(node->input(2), 2), w_hh = constant_weight(node->input(3), 2);
    if (!state || !w_ih || !w_hh) return;
    const auto b_ih = constant_bias(node->input(4), w_ih->size(0));
    const auto b_hh = constant_bias(node->input(5), w_hh->size(0));
    if (!b_ih || !b_hh || b_ih->defined() != b_hh->defined()) return;
    std::vector<Tensor> weights{*w_ih, *w_hh};
    if (b_ih->defined()) weights.insert(weights.end(), {*b_ih, *b_hh});
    std::vector<float> packed;
    if (!pack_lstm(weights, packed)) return;
    replace(node, node, packed_operators().lstm_cell, {node->input(0), (*state)[0], (*state)[1]},
            {at::tensor(packed)});
    Node* created = node->prev();
    for (size_t i = 2; i < 6; ++i) created->addInput(node->input(i));
    remove(node);
  }

  // aten::lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional,
  // batch_first)
  void lstm(Node* node) {
    const auto has_biases = toIValue(node->input(3)), batch_first = toIValue(node->input(8));
    const auto state = states(node->input(1));
    if (!state || !has_biases || !has_biases->isBool() || !batch_first ||
        !is_constant(node->input(6), false) || !is_constant(node->input(7), false))
      return;
    const auto weights = lstm_weights(node->input(2), has_biases->toBool());
    const size_t for_layer = has_biases->toBool() ? 4 : 2;
    if (weights.empty() || weights.size() % for_layer != 0 ||
        !is_constant(node->input(4), static_cast<int64_t>(weights.size() / for_layer)))
      return;
    std::vector<float> packed;
    for (auto layer = weights.begin(); layer != weights.end(); layer += for_layer) {
      if (layer[1].sizes() != weights[1].sizes()) return;
      if (layer != weights.begin() && layer[0].size(1) != weights[1].size(1)) return;
      if (!pack_lstm({layer, layer + for_layer}, packed)) return;
    }
    replace(node, node, packed_operators().lstm, {node->input(0), (*state)[0], (*state)[1]},
            {at::tensor(packed), weights, *has_biases, *batch_first});
    remove(node);
  }

  torch::jit::Graph& graph_;
  std::set<Node*> gone_;
  size_t replaced_ = 0;
};

}  // namespace

size_t use_packed_operators(GraphPtr& graph) {
  size_t replaced = Rewrite(*graph).in(graph->block());
  replaced += use_elementwise_operators(*graph);
  torch::jit::EliminateDeadCode(graph);
  return replaced;
}

}  // namespace tsrt
