#include "files/nesting.h"

#include <torch/csrc/jit/frontend/lexer.h>

#include <string_view>
#include <vector>

namespace tsrt {
namespace {

constexpr size_t max_depth = 400;

// The lexer calls itself for each line without code that follows another.
bool has_long_gap(std::string_view text) {
  size_t gap = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t code = line.find_first_not_of(" \t\r\v\f");
    const bool empty = code == std::string_view::npos || line[code] == '#' || line[code] == '\\';
    gap = empty ? gap + 1 : 0;
    if (gap > max_depth) return true;
  }
  return false;
}

// An upper bound of the depth of the tree at each token: the brackets, operators and indentation
// on the way to it. A comma starts anew, since what it separates lies side by side.
class Depth {
 public:
  size_t after(int token) {
    using namespace torch::jit;
    switch (token) {
      case '(':
      case '[':
      case '{':
        open_.push_back(depth_++);
        break;
      case ')':
      case ']':
      case '}':
        if (open_.empty()) break;
        depth_ = open_.back() + 1;  // what follows may build on it: f()()()
        open_.pop_back();
        break;
      case ',':
        depth_ = open_.empty() ? indent_ : open_.back() + 1;
        break;
      case TK_NEWLINE:
        depth_ = indent_;
        break;
      case TK_INDENT:
        depth_ = indent_ += 2;  // a statement, and the list of those under it
        break;
      case TK_DEDENT:
        depth_ = indent_ -= indent_ ? 2 : 0;
        break;
      case TK_IDENT:
      case TK_NUMBER:
      case TK_STRINGLITERAL:
        break;
      default:
        ++depth_;
    }
    return depth_;
  }

 private:
  size_t depth_ = 0;
  size_t indent_ = 0;
  std::vector<size_t> open_;
};

}  // namespace

bool too_deep(const std::shared_ptr<torch::jit::Source>& source) {
  if (has_long_gap(source->text_str().str())) return true;
  torch::jit::Lexer lexer(source);
  Depth depth;
  while (lexer.cur().kind != torch::jit::TK_EOF) {
    if (depth.after(lexer.cur().kind) > max_depth) return true;
    lexer.next();
  }
  return false;
}

}  // namespace tsrt
