#include "trust/code.h"

#include <algorithm>
#include <unordered_set>

#include "files/operators.h"
#include "files/source.h"
#include "files/syntax.h"
#include "files/text.h"
#include "guard.h"
#include "trust/operators.h"

namespace tsrt {

using namespace torch::jit;  // token kinds and views of trees, which are all there is in here

namespace {

// What LibTorch gives a meaning: a name that hides one would make the rest of this check guess.
bool is_reserved(const std::string& name) {
  static constexpr std::string_view names[] = {
      "CONSTANTS", "__torch__",  "annotate", "awaitable", "fork",           "getattr",
      "hasattr",   "isinstance", "ops",      "torch",     "unchecked_cast", "uninitialized"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Statements and expressions, with what the parser puts around them.
bool is_known_kind(int kind) {
  // clang-format off
  static const std::unordered_set<int> kinds{
      '+', '-', '*', '/', '%', '@', '&', '|', '^', '~', '<', '>', '.', TK_LIST, TK_OPTION, TK_DEF,
      TK_DECL, TK_PARAM, TK_IDENT, TK_EXPR_STMT, TK_ASSIGN, TK_AUG_ASSIGN, TK_IF, TK_FOR, TK_WHILE,
      TK_RETURN, TK_RAISE, TK_ASSERT, TK_PASS, TK_BREAK, TK_CONTINUE, TK_AND, TK_OR, TK_NOT, TK_EQ,
      TK_NE, TK_LE, TK_GE, TK_IS, TK_ISNOT, TK_IN, TK_NOTIN, TK_LSHIFT, TK_RSHIFT, TK_FLOOR_DIV,
      TK_POW, TK_UNARY_MINUS, TK_IF_EXPR, TK_APPLY, TK_ATTRIBUTE, TK_SUBSCRIPT, TK_SLICE_EXPR,
      TK_DOTS, TK_LIST_LITERAL, TK_TUPLE_LITERAL, TK_DICT_LITERAL, TK_LIST_COMP, TK_DICT_COMP,
      TK_CONST, TK_STRINGLITERAL, TK_TRUE, TK_FALSE, TK_NONE, TK_NONE_TYPE, TK_VAR, TK_STARRED,
      TK_DELETE, TK_PLUS_EQ, TK_MINUS_EQ, TK_TIMES_EQ, TK_DIV_EQ, TK_WITH, TK_WITH_ITEM};
  // clang-format on
  return kinds.count(kind) != 0;
}

bool divides(const std::string& name) {
  return name == "aten::remainder" || name == "aten::floordiv" ||
         name == "aten::__round_to_zero_floordiv";
}

bool is_constant_name(const std::string& name) {
  return name == "inf" || name == "nan" || name == "infj" || name == "nanj" ||
         name.starts_with("CONSTANTS.");
}

}  // namespace

void CodeCheck::found(const std::string& what, const TreeRef& tree) {
  std::string where = "code";
  if (const auto place = tree->range().file_line_col())
    where = concat(printable(std::get<0>(*place)), ':', std::get<1>(*place));
  findings_.add(what, where);
}

void CodeCheck::add(const std::string& record, const std::string& module, const std::string& text) {
  for (const TreeRef& definition : parse_source(record, text)) declare(module, definition);
}

void CodeCheck::declare(const std::string& module, const TreeRef& definition) {
  definitions_.push_back(definition);
  if (definition->kind() == TK_DEF) {
    const std::string name = module + "." + Def(definition).name().name();
    defined_.insert(name);
    names_under(definition, refers_to_[name]);
    return;
  }
  const ClassDef type(definition);
  const std::string name = module + "." + type.name().name();
  if (!defined_.insert(name).second) found("defines " + name + " twice", definition);
  names_under(definition, refers_to_[name]);
  for (const auto& statement : type.body()) {
    if (statement.kind() == TK_DEF) members_.insert(Def(statement.tree()).name().name());
    if (statement.kind() != TK_ASSIGN) continue;
    const Assign assignment(statement.tree());
    const Expr place = assignment.lhs();
    if (place.kind() == TK_VAR) members_.insert(Var(place.tree()).name().name());
    if (place.kind() != TK_SUBSCRIPT) continue;  // __annotations__["0"] = Tensor
    for (const auto& key : Subscript(place.tree()).subscript_exprs()) {
      if (key.kind() == TK_STRINGLITERAL) members_.insert(StringLiteral(key.tree()).text());
    }
  }
}

// LibTorch compiles what a definition refers to in the middle of it, so that a long enough chain of
// definitions overflows the stack.
void CodeCheck::check_chains() {
  constexpr size_t max_chain = 500;
  std::map<std::string_view, size_t> length;  // of the chain from there; 0 while it is looked at
  std::vector<decltype(refers_to_)::const_iterator> path;
  for (auto first = refers_to_.cbegin(); first != refers_to_.cend(); ++first) {
    path.push_back(first);
    while (!path.empty()) {
      const auto at = path.back();
      const bool is_new = length.emplace(at->first, 0).second;
      size_t longest = 0;
      for (const std::string& name : at->second) {
        const auto next = refers_to_.find(name);
        if (next == refers_to_.end()) continue;
        const auto known = length.find(next->first);
        if (known != length.end())
          longest = std::max(longest, known->second);
        else if (is_new)
          path.push_back(next);
      }
      if (path.back() != at) continue;  // those first, and then this one again
      length[at->first] = std::max(length[at->first], longest + 1);
      if (longest >= max_chain)
        return findings_.add("has a chain of more than 500 definitions", printable(at->first));
      path.pop_back();
    }
  }
}

void CodeCheck::finish() {
  check_chains();
  for (const TreeRef& definition : definitions_) {
    if (definition->kind() == TK_DEF)
      check_function(definition);
    else
      check_class(definition);
  }
}

void CodeCheck::check_class(const TreeRef& tree) {
  const ClassDef type(tree);
  for (const auto& statement : type.body()) {
    if (statement.kind() == TK_DEF) {
      check_function(statement.tree());
      const std::string& name = Def(statement.tree()).name().name();
      // LibTorch runs these while it loads and nothing can stop them.
      if (name == "__setstate__" || name == "__getstate__")
        found("runs code while it is loaded (" + name + ")", statement.tree());
    } else if (statement.kind() == TK_ASSIGN) {
      const Assign assignment(statement.tree());
      const bool value = assignment.lhs().kind() == TK_VAR && assignment.rhs().present();
      if (value) check_default(assignment.rhs().get().tree());
    } else {
      found(concat("has a statement in a class (", kindToString(statement.kind()), ")"),
            statement.tree());
    }
  }
}

void CodeCheck::check_function(const TreeRef& tree) {
  const Def function(tree);
  for (const auto& parameter : function.decl().params()) {
    check_new_name(parameter.ident().name(), parameter.tree());
    if (parameter.defaultValue().present()) check_default(parameter.defaultValue().get().tree());
  }
  for (const auto& statement : function.statements()) check_body(statement.tree());
}

// Defaults and constants of classes are computed while the code is compiled.
void CodeCheck::check_default(const TreeRef& tree) {
  std::vector<TreeRef> rest{tree};
  while (!rest.empty()) {
    const TreeRef at = std::move(rest.back());
    rest.pop_back();
    const auto& below = at->trees();
    switch (at->kind()) {
      case TK_CONST:
      case TK_STRINGLITERAL:
      case TK_TRUE:
      case TK_FALSE:
      case TK_NONE:
        break;
      case TK_LIST:
      case TK_UNARY_MINUS:
      case TK_LIST_LITERAL:
      case TK_TUPLE_LITERAL:
      case TK_DICT_LITERAL:
        rest.insert(rest.end(), below.begin(), below.end());
        break;
      case TK_APPLY: {
        const Apply apply(at);
        const std::string name = dotted(apply.callee().tree());
        const auto inputs = apply.inputs();
        if (name == "annotate" && inputs.size() == 2)
          rest.push_back(inputs[1].tree());
        else if (name != "torch.device" || inputs.size() != 1 ||
                 inputs[0].kind() != TK_STRINGLITERAL)
          found("computes a default value", at);
        break;
      }
      default: {
        const std::string name = dotted(at);
        if (is_constant_name(name) || (name.starts_with("__torch__.") && is_defined(name))) break;
        found("computes a default value", at);
      }
    }
  }
}

void CodeCheck::check_body(const TreeRef& tree) {
  std::vector<TreeRef> rest{tree};
  while (!rest.empty()) {
    const TreeRef at = std::move(rest.back());
    rest.pop_back();
    if (at->isAtom()) continue;
    const auto& below = at->trees();
    const std::string name = dotted(at);
    if (!name.empty()) {
      check_name(name, at, /*called=*/false);
      continue;
    }
    if (at->kind() == '%' || at->kind() == TK_FLOOR_DIV) check_division(at->tree(0), at->tree(1));
    if (!is_known_kind(at->kind())) {
      found(concat("has the construct '", kindToString(at->kind()), "'"), at);
    } else if (at->kind() == TK_DEF) {
      found("defines a function in a function", at);
    } else if (at->kind() == '.') {
      check_member(Select(at).selector().name(), at);
      rest.push_back(at->tree(0));
    } else if (at->kind() == TK_APPLY) {
      const std::string callee = dotted(at->tree(0));
      if (callee.empty())
        rest.push_back(at->tree(0));
      else
        check_name(callee, at->tree(0), /*called=*/true);
      if (divides(operator_name(callee)) && Apply(at).inputs().size() == 2)
        check_division(Apply(at).inputs()[0].tree(), Apply(at).inputs()[1].tree());
      if (callee == "getattr") check_getattr(at);
      rest.insert(rest.end(), below.begin() + 1, below.end());
    } else if (at->kind() == TK_ASSIGN) {
      for (const auto& target : Assign(at).lhs_list()) {
        if (target.kind() == TK_VAR) check_new_name(Var(target.tree()).name().name(), at);
      }
      const Assign assignment(at);
      for (const auto& target : assignment.lhs_list()) rest.push_back(target.tree());
      if (assignment.rhs().present()) rest.push_back(assignment.rhs().get().tree());
    } else {
      rest.insert(rest.end(), below.rbegin(), below.rend());
    }
  }
}

// LibTorch divides whole numbers without a look, which ends the process for a divisor of 0 and can
// do so for -1: also while it compiles, where it computes what depends on no tensor. By their text
// numbers cannot be told from tensors. What comes from a size gets a guard.
void CodeCheck::check_division(const TreeRef& dividend, const TreeRef& divisor) {
  if (divisor->kind() == TK_CONST && Const(divisor).asFloatingPoint() != 0) return;
  const TreeRef& of = dividend->kind() == TK_SUBSCRIPT ? dividend->tree(0) : dividend;
  if (of->kind() == TK_APPLY && dotted(of->tree(0)) == "torch.size") return;
  found("divides with // or % by what is not a positive number in the code", divisor);
}

// getattr(self, "0") is how names are written that are none of the language.
void CodeCheck::check_getattr(const TreeRef& call) {
  const auto inputs = Apply(call).inputs();
  if (inputs.size() == 2 && inputs[1].kind() == TK_STRINGLITERAL)
    check_member(StringLiteral(inputs[1].tree()).text(), call);
  else
    found("calls getattr with what is no name", call);
}

void CodeCheck::check_name(const std::string& name, const TreeRef& tree, bool called) {
  const std::string root = name.substr(0, name.find('.'));
  if (root == "torch" || root == "ops") {
    const std::string op = operator_name(name);
    if (op.empty() || !called)
      found("refers to " + printable(name) + " without calling it", tree);
    else if (!is_trusted_operator(op))
      found("calls " + printable(op), tree);
  } else if (root == "CONSTANTS") {
    if (called || std::count(name.begin(), name.end(), '.') != 1)
      found("uses " + printable(name), tree);
  } else if (root == "__torch__") {
    if (name.starts_with("__torch__.torch.classes"))
      found("uses the C++ class " + printable(name.substr(24)), tree);
    else if (!is_defined(name))
      found("refers to " + printable(name) + ", which it does not define", tree);
  } else if (root == "getattr") {
    if (!called) found("refers to getattr without calling it", tree);
  } else if (root == "fork" || root == "awaitable" || root == "hasattr") {
    found("calls " + root, tree);
  } else {
    for (size_t dot = name.find('.'); dot != std::string::npos;) {
      const size_t next = name.find('.', dot + 1);
      check_member(name.substr(dot + 1, next - dot - 1), tree);
      dot = next;
    }
  }
}

// x.set_(y) and `x.set_` are the operator, unless x is an object with something of that name: then
// the compiled code will tell which of both it is.
void CodeCheck::check_member(const std::string& name, const TreeRef& tree) {
  if (members_.count(name)) return;
  if (divides("aten::" + name)) return found("calls " + name + " as a method", tree);
  for (const char* space : {"aten::", "prim::"}) {
    if (is_trusted_operator(space + name)) return;
  }
  for (const char* space : {"aten::", "prim::"}) {
    if (has_operator(space + name)) return found("calls " + (space + name), tree);
  }
}

void CodeCheck::check_new_name(const std::string& name, const TreeRef& tree) {
  if (is_reserved(name)) found("gives the name " + name + " another meaning", tree);
}

// A name may be that of a class, of a function, or of something in a class.
bool CodeCheck::is_defined(std::string name) const {
  while (!defined_.count(name)) {
    const size_t dot = name.rfind('.');
    if (dot == std::string::npos) return false;
    name.resize(dot);
  }
  return true;
}

}  // namespace tsrt
