#include "files/well_formed.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "files/little_endian.h"
#include "files/pickle.h"

namespace tsrt {
namespace {

// Freeing nested values takes a few hundred bytes of stack a level.
constexpr uint16_t max_depth = 1000;

enum class Kind : uint8_t { absent, other, natural, text, global, tuple, list, dict };

struct Value {
  Kind kind = Kind::absent;
  uint16_t depth = 0;      // of what is in it
  uint32_t container = 0;  // which one, of lists and dicts
};

// LibTorch's stack machine, with kinds in place of values. It takes what torch.jit.save writes, and
// that is narrower than what pickles may do: a list or dict is filled before it becomes part of
// anything, so that nothing can contain itself and each depth is final.
class Checker {
 public:
  explicit Checker(std::string_view bytes) : in_(bytes) {}

  void run() {
    if (take(1)[0] != '\x80' || take(1)[0] != 2) bad("it is not of protocol 2");
    for (char code = 0; code != '.';) {
      code = take(1)[0];
      step(code);
    }
    if (stack_.size() != 1 || !marks_.empty()) bad("it leaves more than one value");
  }

 private:
  [[noreturn]] void bad(const char* what) const {
    throw BadPickle(std::string(what) + ", at byte " + std::to_string(at_));
  }

  // ---- bytes ----

  std::string_view take(uint64_t n) {
    if (n > in_.size() - at_) bad("it ends too early");
    at_ += n;
    return in_.substr(at_ - n, n);
  }
  uint64_t number(size_t bytes) { return little_endian(take(bytes), 0, bytes); }
  void line() {
    const size_t end = in_.find('\n', at_);
    if (end == std::string_view::npos) bad("a name in it has no end");
    at_ = end + 1;
  }

  // ---- the stack ----

  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  void need(size_t n) const {
    if (stack_.size() - floor() < n) bad("it takes more than there is");
  }
  Value pop(size_t n = 1) {
    need(n);
    const Value value = stack_.back();
    stack_.resize(stack_.size() - n);
    return value;
  }
  void push(Kind kind, uint16_t depth = 0) { stack_.push_back({kind, depth, 0}); }
  size_t pop_mark() {
    if (marks_.empty()) bad("it has an end without a beginning");
    const size_t start = marks_.back();
    marks_.pop_back();
    return start;
  }

  // ---- containers ----

  // The depth of what contains the values from `start` on, which from now on stay as they are.
  uint16_t hold(size_t start) {
    uint16_t depth = 0;
    for (size_t i = start; i < stack_.size(); ++i) {
      depth = std::max(depth, stack_[i].depth);
      if (stack_[i].container) held_[stack_[i].container] = true;
    }
    if (++depth > max_depth) bad("it is nested too deep");
    return depth;
  }
  void push_container(Kind kind, uint16_t depth = 0) {
    stack_.push_back({kind, depth, static_cast<uint32_t>(held_.size())});
    held_.push_back(false);
  }
  void tuple(size_t start) {
    const uint16_t depth = hold(start);
    const size_t n = std::min(stack_.size() - start, last_tuple_.size());
    last_tuple_.fill({});
    std::copy_n(stack_.begin() + static_cast<ptrdiff_t>(start), n, last_tuple_.begin());
    tuple_end_ = at_;
    stack_.resize(start);
    push(Kind::tuple, depth);
  }
  void tuple_of(size_t n) {
    need(n);
    tuple(stack_.size() - n);
  }
  // Puts the values from `start` on into the container below them.
  void fill(Kind kind, size_t start) {
    if (start <= floor() || stack_[start - 1].kind != kind)
      bad("it puts items into what holds none");
    if (kind == Kind::dict && (stack_.size() - start) % 2) bad("a key has no value");
    Value& target = stack_[start - 1];
    if (stack_.size() > start) target.depth = std::max(target.depth, hold(start));
    if (held_[target.container]) bad("it puts items into what is part of something already");
    stack_.resize(start);
  }
  void fill_last(Kind kind, size_t n) {
    need(n + 1);
    fill(kind, stack_.size() - n);
  }
  void make(Kind kind, size_t start) {
    if (kind == Kind::dict && (stack_.size() - start) % 2) bad("a key has no value");
    const uint16_t depth = stack_.size() > start ? hold(start) : uint16_t(0);
    stack_.resize(start);
    push_container(kind, depth);
  }

  // ---- calls ----

  void new_object() {
    if (pop().kind != Kind::tuple) bad("an object's arguments are no tuple");
    need(1);
    if (stack_.back().kind != Kind::global) bad("it calls what is no class or function");
  }
  void call() {
    need(2);
    const uint16_t depth = hold(stack_.size() - 1);
    pop();
    if (pop().kind != Kind::global) bad("it calls what is no class or function");
    push(Kind::other, depth);
  }
  // ("storage", type, key, device, number of elements), right before.
  void storage() {
    static constexpr std::array wanted = {Kind::text, Kind::global, Kind::text, Kind::text,
                                          Kind::natural};
    const bool holds = pop().kind == Kind::tuple && tuple_end_ + 1 == at_ &&
                       std::equal(wanted.begin(), wanted.end(), last_tuple_.begin(),
                                  [](Kind kind, const Value& value) { return value.kind == kind; });
    if (!holds) bad("it refers to a storage in a way that is not LibTorch's");
    push(Kind::other);
  }

  // ---- memo ----

  void put(uint64_t index) {
    need(1);
    // Writers number densely, so a higher index is damage; LibTorch would make a table as long.
    if (index >= in_.size()) bad("it remembers at an index that no writer uses");
    if (index >= memo_.size()) memo_.resize(index + 1);
    memo_[index] = stack_.back();
  }
  void get(uint64_t index) {
    if (index >= memo_.size() || memo_[index].kind == Kind::absent)
      bad("it recalls what it never remembered");
    stack_.push_back(memo_[index]);
  }

  void step(char code) {
    switch (code) {
      case '.':
        return need(1);
      case 'N':
      case '\x88':
      case '\x89':
        return push(Kind::other);
      case 'G':
        take(8);
        return push(Kind::other);
      case 'K':
        take(1);
        return push(Kind::natural);
      case 'M':
        take(2);
        return push(Kind::natural);
      case 'J':
        return push(number(4) >> 31 ? Kind::other : Kind::natural);
      case '\x8a':
        if (number(1) != 8) bad("a number in it has not 8 bytes");
        return push(number(8) >> 63 ? Kind::other : Kind::natural);
      case 'X':
        take(number(4));
        return push(Kind::text);
      case 'c':
        line();
        line();
        return push(Kind::global);
      case ')':
        return tuple(stack_.size());
      case ']':
        return push_container(Kind::list);
      case '}':
        return push_container(Kind::dict);
      case '(':
        marks_.push_back(stack_.size());
        return;
      default:
        return step_with_values(code);
    }
  }

  void step_with_values(char code) {
    switch (code) {
      case 't':
        return tuple(pop_mark());
      case '\x85':
      case '\x86':
      case '\x87':
        return tuple_of(static_cast<unsigned char>(code) - 0x84);
      case 'l':
        return make(Kind::list, pop_mark());
      case 'd':
        return make(Kind::dict, pop_mark());
      case 'a':
        return fill_last(Kind::list, 1);
      case 'e':
        return fill(Kind::list, pop_mark());
      case 's':
        return fill_last(Kind::dict, 2);
      case 'u':
        return fill(Kind::dict, pop_mark());
      case '\x81':
        return new_object();
      case 'R':
      case 'b':
        return call();
      case 'Q':
        return storage();
      case 'q':
        return put(number(1));
      case 'r':
        return put(number(4));
      case 'h':
        return get(number(1));
      case 'j':
        return get(number(4));
      default:
        bad("it has an instruction that LibTorch does not know");
    }
  }

  std::string_view in_;
  size_t at_ = 0;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  std::vector<Value> memo_;
  std::vector<bool> held_{false};  // by container: is it part of something?
  std::array<Value, 5> last_tuple_;
  size_t tuple_end_ = 0;
};

}  // namespace

void check_well_formed(std::string_view pickle) {
  Checker(pickle).run();
}

}  // namespace tsrt
