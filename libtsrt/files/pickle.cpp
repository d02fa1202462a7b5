#include "files/pickle.h"

#include <bit>
#include <charconv>
#include <string>

#include "files/pickle_machine.h"

namespace tsrt {

// What each instruction does, less everything that would call or import something.
class PickleReader : PickleMachine {
 public:
  PickleReader(std::string_view bytes, Pickle& pickle)
      : PickleMachine(bytes, pickle.nodes_), out_(pickle) {}

  void run() {
    for (size_t steps = 0; steps < max_steps; ++steps) {
      const char code = take(1)[0];
      if (code == '.') {
        out_.root_ = pop();
        out_.end_ = at_;
        return;
      }
      if (!number(code) && !text(code) && !container(code) && !contained(code) && !memo(code) &&
          !object(code))
        throw BadPickle("it has the unknown instruction " +
                        std::to_string(static_cast<unsigned char>(code)) + " at byte " +
                        std::to_string(at_ - 1));
    }
    throw PickleTooBig("it is longer than we look into");
  }

 private:
  // Numbers of any length; those past 64 bits lose their upper part.
  bool push_long(uint64_t bytes) {
    const std::string_view digits = take(bytes);
    const size_t n = std::min<size_t>(digits.size(), 8);
    uint64_t value = little_endian(digits, 0, n);
    if (n && n < 8 && (digits[n - 1] & 0x80)) value |= ~uint64_t(0) << 8 * n;
    return push_integer(static_cast<int64_t>(value));
  }

  bool push_decimal(std::string_view line) {
    if (line == "00" || line == "01") return push_integer(line == "01", NodeKind::boolean);
    if (line.ends_with('L')) line.remove_suffix(1);
    int64_t value = 0;
    std::from_chars(line.data(), line.data() + line.size(), value);
    return push_integer(value);
  }

  bool number(char code) {
    switch (code) {
      case 'N':
        return push(Node{});
      case '\x88':
      case '\x89':
        return push_integer(code == '\x88', NodeKind::boolean);
      case 'K':
        return push_integer(static_cast<int64_t>(take_number(1)));
      case 'M':
        return push_integer(static_cast<int64_t>(take_number(2)));
      case 'J':
        return push_integer(static_cast<int32_t>(take_number(4)));
      case '\x8a':
        return push_long(take_number(1));
      case '\x8b':
        return push_long(take_number(4));
      case 'I':
      case 'L':
        return push_decimal(take_line());
      case 'F':
        take_line();
        return push_real(0);
      case 'G': {
        uint64_t bits = 0;  // highest byte first, unlike everything else
        for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
        return push_real(std::bit_cast<double>(bits));
      }
      default:
        return false;
    }
  }

  bool text(char code) {
    switch (code) {
      case 'X':
      case 'T':
        return push_text(take(take_number(4)));
      case '\x8c':
      case 'U':
        return push_text(take(take_number(1)));
      case '\x8d':
        return push_text(take(take_number(8)));
      case 'V':
      case 'S':
        return push_text(take_line());
      case 'B':
        return push_text(take(take_number(4)), NodeKind::bytes);
      case 'C':
        return push_text(take(take_number(1)), NodeKind::bytes);
      case '\x8e':
      case '\x96':
        return push_text(take(take_number(8)), NodeKind::bytes);
      default:
        return false;
    }
  }

  bool container(char code) {
    switch (code) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case '1':
        pop_to_mark();
        return true;
      case '0':
        if (stack_.size() > floor()) return pop(), true;
        return pop_to_mark(), true;
      case '2':
        stack_.push_back(top());
        return true;
      case ')':
        return push_items(NodeKind::tuple, {});
      case ']':
        return push_items(NodeKind::list, {});
      case '}':
        return push_items(NodeKind::dict, {});
      case '\x8f':
        return push_items(NodeKind::set, {});
      case 't':
        return push_items(NodeKind::tuple, pop_to_mark());
      case 'l':
        return push_items(NodeKind::list, pop_to_mark());
      case 'd':
        return push_dict(pop_to_mark());
      case '\x91':
        return push_items(NodeKind::set, pop_to_mark());
      case '\x85':
      case '\x86':
      case '\x87':
        return push_last(NodeKind::tuple, static_cast<unsigned char>(code) - 0x84);
      default:
        return false;
    }
  }

  bool contained(char code) {
    switch (code) {
      case 'a':
        return extend({pop()});
      case 's': {
        const NodeId value = pop();
        const NodeId key = pop();
        return extend({key, value});
      }
      case 'e':
      case 'u':
      case '\x90':
        return extend(pop_to_mark());
      default:
        return false;
    }
  }

  bool push_dict(std::vector<NodeId> items) {
    if (items.size() % 2) bad("a key has no value");
    return push_items(NodeKind::dict, std::move(items));
  }

  uint64_t line_number() {
    const std::string_view line = take_line();
    uint64_t index = max_steps + 1;
    std::from_chars(line.data(), line.data() + line.size(), index);
    return index;
  }

  bool memo(char code) {
    switch (code) {
      case 'q':
        return put(take_number(1));
      case 'r':
        return put(take_number(4));
      case 'p':
        return put(line_number());
      case '\x94':
        return put(memo_.size());
      case 'h':
        return get(take_number(1));
      case 'j':
        return get(take_number(4));
      case 'g':
        return get(line_number());
      case '\x80':
        take(1);
        return true;
      case '\x95':
        take(8);  // the length of a frame
        return true;
      default:
        return false;
    }
  }

  // A dict of another class is a dict; of anything else it stays open what it is.
  bool call(NodeId callee, NodeId arguments) {
    const Node& node = nodes_[callee];
    if (node.kind == NodeKind::global && (node.name == "OrderedDict" || node.name == "defaultdict"))
      return push_items(NodeKind::dict, {});
    return push_items(NodeKind::object, {callee, arguments, add(Node{})});
  }

  bool build() {
    const NodeId state = pop();
    Node& target = nodes_[top()];
    if (target.kind == NodeKind::object) target.items[2] = state;
    return true;
  }

  bool object(char code) {
    switch (code) {
      case 'c': {
        const std::string_view module = take_line();
        return push_global(module, take_line());
      }
      case '\x93': {
        const Node name = nodes_[pop()];
        return push_global(nodes_[pop()].text, name.text);
      }
      case 'R':
      case '\x81': {
        const NodeId arguments = pop();
        return call(pop(), arguments);
      }
      case '\x92': {
        pop();  // keyword arguments
        const NodeId arguments = pop();
        return call(pop(), arguments);
      }
      case 'b':
        return build();
      case 'Q':
        return push_last(NodeKind::persistent, 1);
      case 'P': {
        const NodeId text = add({NodeKind::text, 0, 0, take_line(), {}, {}});
        return push_items(NodeKind::persistent, {text});
      }
      default:
        return false;
    }
  }

  Pickle& out_;
};

Pickle::Pickle(std::string_view bytes) {
  PickleReader(bytes, *this).run();
}

const Node* Pickle::find(const Node& dict, std::string_view key) const {
  if (dict.kind != NodeKind::dict) return nullptr;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Node& each = nodes_[dict.items[i]];
    if (each.kind == NodeKind::text && each.text == key) return &nodes_[dict.items[i + 1]];
  }
  return nullptr;
}

bool Pickle::is_global(NodeId id, std::string_view module, std::string_view name) const {
  const Node& node = nodes_[id];
  return node.kind == NodeKind::global && node.text == module && node.name == name;
}

}  // namespace tsrt
