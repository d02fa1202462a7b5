#include "files/syntax.h"

#include <vector>

namespace tsrt {

using namespace torch::jit;  // token kinds and views of trees, which are all there is in here

std::string dotted(const TreeRef& tree) {
  std::string name;
  TreeRef at = tree;
  for (; at->kind() == '.'; at = at->tree(0)) name.insert(0, "." + Select(at).selector().name());
  return at->kind() == TK_VAR ? Var(at).name().name() + name : std::string();
}

std::string operator_name(const std::string& callee) {
  if (callee.starts_with("torch.autograd.")) return "aten::" + callee.substr(15);
  const bool qualified = callee.starts_with("ops.");
  if (!qualified && !callee.starts_with("torch.")) return {};
  std::string name = callee.substr(callee.find('.') + 1);
  const size_t dot = name.find('.');
  if (qualified != (dot != std::string::npos)) return {};
  return qualified ? name.replace(dot, 1, "::") : "aten::" + name;
}

namespace {

std::string listed(const TreeList& trees, const char* none) {
  std::string text;
  for (const auto& each : trees) (text += text.empty() ? "" : ", ") += text_of(each, none);
  return text;
}

}  // namespace

// As deep as the brackets are, which was bounded before the tree was made.
std::string text_of(const TreeRef& tree, const char* none) {
  switch (tree->kind()) {
    case TK_SUBSCRIPT:
      return text_of(tree->tree(0), none) + "[" + listed(tree->tree(1)->trees(), none) + "]";
    case TK_LIST_LITERAL:
      return "[" + listed(tree->tree(0)->trees(), none) + "]";
    case TK_TUPLE_LITERAL:
      return "(" + listed(tree->tree(0)->trees(), none) + ")";
    case TK_UNARY_MINUS:
      return "-" + text_of(tree->tree(0), none);
    case TK_STRINGLITERAL:
      return '"' + StringLiteral(tree).text() + '"';
    case TK_CONST:
      return tree->tree(0)->stringValue();
    case TK_NONE:
      return none;
    case TK_NONE_TYPE:
      return "NoneType";
    case TK_TRUE:
      return "True";
    case TK_FALSE:
      return "False";
    default: {
      const std::string name = dotted(tree);
      return name.empty() && !tree->isAtom() ? tree->range().text().str() : name;
    }
  }
}

void names_under(const TreeRef& tree, std::set<std::string>& names) {
  std::vector<TreeRef> rest;
  rest.push_back(tree);
  while (!rest.empty()) {
    const TreeRef at = std::move(rest.back());
    rest.pop_back();
    const std::string name = dotted(at);
    if (name.starts_with("__torch__.")) names.insert(name);
    if (name.empty()) rest.insert(rest.end(), at->trees().begin(), at->trees().end());
  }
}

}  // namespace tsrt
