// The stack machine behind pickles: its bytes, its stack, and the nodes it makes. The instructions
// are in pickle.cpp.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "files/little_endian.h"
#include "files/pickle.h"

namespace tsrt {

class PickleMachine {
 protected:
  PickleMachine(std::string_view bytes, std::vector<Node>& nodes) : nodes_(nodes), in_(bytes) {}

  // Each step makes at most two nodes and pushes at most one: this bounds all the memory.
  static constexpr size_t max_steps = 4'000'000;
  static constexpr NodeId absent = ~NodeId(0);

  [[noreturn]] static void bad(const char* what) { throw BadPickle(what); }

  // ---- bytes ----

  std::string_view take(uint64_t n) {
    if (n > in_.size() - at_) bad("it ends too early");
    at_ += n;
    return in_.substr(at_ - n, n);
  }
  uint64_t take_number(size_t bytes) { return little_endian(take(bytes), 0, bytes); }
  std::string_view take_line() {
    const size_t end = in_.find('\n', at_);
    if (end == std::string_view::npos) bad("it ends too early");
    const std::string_view line = take(end - at_);
    take(1);
    return line;
  }

  // ---- stack and nodes ----

  NodeId add(Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<NodeId>(nodes_.size() - 1);
  }
  bool push(Node node) {
    stack_.push_back(add(std::move(node)));
    return true;
  }
  NodeId pop() {
    if (stack_.size() <= floor()) bad("it takes more than there is");
    const NodeId top = stack_.back();
    stack_.pop_back();
    return top;
  }
  NodeId top() const {
    if (stack_.size() <= floor()) bad("it takes more than there is");
    return stack_.back();
  }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::vector<NodeId> pop_to_mark() {
    if (marks_.empty()) bad("it has an end without a beginning");
    std::vector<NodeId> items(stack_.begin() + static_cast<ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  bool push_items(NodeKind kind, std::vector<NodeId> items) {
    Node node{kind};
    node.items = std::move(items);
    return push(std::move(node));
  }
  bool push_last(NodeKind kind, size_t n) {
    std::vector<NodeId> items(n);
    for (size_t i = n; i-- > 0;) items[i] = pop();
    return push_items(kind, std::move(items));
  }
  bool extend(const std::vector<NodeId>& items) {
    auto& target = nodes_[top()];
    if (target.kind < NodeKind::tuple || target.kind == NodeKind::global)
      bad("it puts items into what holds none");
    if (target.kind == NodeKind::dict && items.size() % 2) bad("a key has no value");
    target.items.insert(target.items.end(), items.begin(), items.end());
    return true;
  }
  bool push_integer(int64_t value, NodeKind kind = NodeKind::integer) {
    Node node{kind};
    node.integer = value;
    return push(std::move(node));
  }
  bool push_real(double value) {
    Node node{NodeKind::real};
    node.real = value;
    return push(std::move(node));
  }
  bool push_text(std::string_view value, NodeKind kind = NodeKind::text) {
    Node node{kind};
    node.text = value;
    return push(std::move(node));
  }
  bool push_global(std::string_view module, std::string_view name) {
    Node node{NodeKind::global};
    node.text = module;
    node.name = name;
    return push(std::move(node));
  }

  // ---- memo ----

  bool put(uint64_t index) {
    // Writers number densely, so a higher index is damage; it also bounds the table.
    if (index > max_steps) bad("it remembers at an index that no writer uses");
    if (index >= memo_.size()) memo_.resize(index + 1, absent);
    memo_[index] = top();
    return true;
  }
  bool get(uint64_t index) {
    if (index >= memo_.size() || memo_[index] == absent) bad("it recalls what it never remembered");
    stack_.push_back(memo_[index]);
    return true;
  }

  std::vector<Node>& nodes_;
  std::string_view in_;
  size_t at_ = 0;
  std::vector<NodeId> stack_;
  std::vector<size_t> marks_;
  std::vector<NodeId> memo_;
};

}  // namespace tsrt
