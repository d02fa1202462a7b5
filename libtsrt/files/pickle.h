// Reads the pickles that torch.jit and torch.save write, as data: nothing that they name is looked
// up, made or called. What would be a call or an object is a node that says so. Made for files that
// want to do harm: every read is checked, the number of steps is bounded, recursion there is none.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace tsrt {

enum class NodeKind : uint8_t {
  none,
  boolean,     // integer
  integer,     // integer
  real,        // real
  text,        // text
  bytes,       // text
  tuple,       // items
  list,        // items
  dict,        // items: key, value, key, value, ... Also an OrderedDict.
  set,         // items
  global,      // text is the module, name the class or function
  object,      // items: what is called, its arguments, its state (or none), then what it contains
  persistent,  // items: the one node that describes it
};

using NodeId = uint32_t;

struct Node {
  NodeKind kind = NodeKind::none;
  int64_t integer = 0;
  double real = 0;
  std::string_view text = {};
  std::string_view name = {};
  std::vector<NodeId> items = {};
};

struct BadPickle : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One with more in it than we are willing to hold in memory. Nothing is wrong with it.
struct PickleTooBig : BadPickle {
  using BadPickle::BadPickle;
};

// The nodes of a pickle. They refer to each other by number and may do so in circles: who walks
// them keeps count. Views into the pickle's bytes, which have to outlive it.
class Pickle {
 public:
  // Throws BadPickle.
  explicit Pickle(std::string_view bytes);

  NodeId root_id() const { return root_; }
  const Node& root() const { return nodes_[root_]; }
  const Node& operator[](NodeId id) const { return nodes_[id]; }
  size_t size() const { return nodes_.size(); }

  // Where the pickle ended: old files hold several, one behind the other.
  size_t end() const { return end_; }

  // The value for a text key of a dict, or null.
  const Node* find(const Node& dict, std::string_view key) const;

  // Is it what `module.name` names?
  bool is_global(NodeId id, std::string_view module, std::string_view name) const;

 private:
  friend class PickleReader;
  std::vector<Node> nodes_;
  NodeId root_ = 0;
  size_t end_ = 0;
};

}  // namespace tsrt
