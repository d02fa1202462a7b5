#include "files/source.h"

#include <torch/csrc/jit/frontend/lexer.h>
#include <torch/csrc/jit/frontend/parser.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "files/nesting.h"
#include "files/operators.h"
#include "files/syntax.h"

namespace tsrt {
namespace {

using namespace torch::jit;  // token kinds and views of trees, which are all there is in here

// Reads one method or function. Names that stand for attributes of self are followed, so that
// `count = self.count; torch.add_(count, 1)` is seen to write to `count`.
class Body {
 public:
  Body(Source& source, SourceClass* owner) : source_(source), owner_(owner) {}

  void read(const Def& def) {
    // From first to last, without recursion.
    std::vector<TreeRef> rest{def.tree()};
    while (!rest.empty()) {
      const TreeRef tree = std::move(rest.back());
      rest.pop_back();
      const std::string name = dotted(tree);
      if (name.starts_with("__torch__.")) source_.names.insert(name);
      if (tree->kind() == TK_APPLY) call(tree);
      if (tree->kind() == TK_ASSIGN) assign(tree);
      const auto& below = tree->trees();
      if (name.empty()) rest.insert(rest.end(), below.rbegin(), below.rend());
    }
  }

 private:
  // "h" for `self.h` or a name that stands for it; "" for self.
  std::optional<std::string> attribute(const TreeRef& tree) const {
    std::string path;
    TreeRef at = tree;
    for (; at->kind() == '.'; at = at->tree(0))
      path = Select(at).selector().name() + (path.empty() ? "" : "." + path);
    if (at->kind() != TK_VAR) return {};
    const auto found = stands_for_.find(Var(at).name().name());
    if (found == stands_for_.end()) return {};
    if (found->second.empty() || path.empty()) return found->second + path;
    return found->second + "." + path;
  }

  void write(const TreeRef& tree) {
    const auto path = attribute(tree);
    if (owner_ && path && !path->empty()) owner_->writes.insert(*path);
  }

  void call(const TreeRef& tree) {
    const Apply apply(tree);
    const std::string name = operator_name(dotted(apply.callee().tree()));
    if (name.empty()) return;
    source_.operators.insert(name);
    const auto inputs = apply.inputs();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (attribute(inputs[i].tree()) && writes_argument(name, i)) write(inputs[i].tree());
      if (name == "aten::device" && inputs[i].kind() == TK_STRINGLITERAL)
        source_.devices.insert(StringLiteral(inputs[i].tree()).text());
    }
    for (const auto& keyword : apply.attributes()) {
      if (keyword.name().name() == "out") write(keyword.value().tree());
    }
  }

  void assign(const TreeRef& tree) {
    const Assign assignment(tree);
    for (const auto& target : assignment.lhs_list()) {
      if (target.kind() == '.') write(target.tree());
      if (target.kind() != TK_VAR || !assignment.rhs().present()) continue;
      const std::string& name = Var(target.tree()).name().name();
      const auto path = source_of(assignment.rhs().get().tree());
      path ? (void)(stands_for_[name] = *path) : (void)stands_for_.erase(name);
    }
  }

  // The attribute that a value is, or is a view of.
  std::optional<std::string> source_of(TreeRef tree) const {
    while (tree->kind() == TK_APPLY) {
      const Apply apply(tree);
      const std::string name = operator_name(dotted(apply.callee().tree()));
      if (name.empty() || apply.inputs().empty() || !returns_first_argument(name)) return {};
      tree = apply.inputs()[0].tree();
    }
    return attribute(tree);
  }

  Source& source_;
  SourceClass* owner_;
  std::map<std::string, std::string> stands_for_{{"self", ""}};
};

SourceMethod signature(const Def& def) {
  SourceMethod method{def.name().name(), {}, {}};
  bool first = true;
  for (const auto& parameter : def.decl().params()) {
    if (!std::exchange(first, false))
      method.arguments.push_back(
          {parameter.ident().name(),
           parameter.type().present() ? text_of(parameter.type().get().tree(), "NoneType")
                                      : "Tensor",
           parameter.defaultValue().present() ? text_of(parameter.defaultValue().get().tree()) : "",
           parameter.kwarg_only()});
  }
  if (def.decl().return_type().present())
    method.returns = text_of(def.decl().return_type().get().tree(), "NoneType");
  return method;
}

// __parameters__ = ["weight", "bias", ]
std::vector<std::string> names_in(const Assign& assignment) {
  std::vector<std::string> names;
  if (!assignment.rhs().present() || assignment.rhs().get().kind() != TK_LIST_LITERAL) return names;
  for (const auto& each : ListLiteral(assignment.rhs().get().tree()).inputs()) {
    if (each.kind() == TK_STRINGLITERAL) names.push_back(StringLiteral(each.tree()).text());
  }
  return names;
}

void read_class(Source& source, const std::string& module, const TreeRef& tree) {
  const ClassDef definition(tree);
  SourceClass& made = source.classes[module + "." + definition.name().name()];
  if (definition.superclass().present()) made.base = dotted(definition.superclass().get().tree());
  for (const auto& statement : definition.body()) {
    if (statement.kind() == TK_DEF) {
      const Def def(statement.tree());
      made.methods.push_back(signature(def));
      // What __setstate__ assigns is how the object begins.
      Body(source, def.name().name() == "__setstate__" ? nullptr : &made).read(def);
    } else if (statement.kind() == TK_ASSIGN) {
      const Assign assignment(statement.tree());
      const std::string name = dotted(assignment.lhs().tree());
      if (name == "__parameters__") made.parameters = names_in(assignment);
      if (name == "__buffers__") made.buffers = names_in(assignment);
      if (assignment.type().present()) names_under(assignment.type().get().tree(), source.names);
    }
  }
}

// Files of PyTorch before 1.5 begin with a number and the names of other files.
void skip_preface(Lexer& lexer) {
  while (lexer.cur().kind == TK_IMPORT ||
         (lexer.cur().kind == TK_IDENT && lexer.cur().text_view() == "op_version_set")) {
    while (lexer.cur().kind != TK_NEWLINE && lexer.cur().kind != TK_EOF) lexer.next();
    lexer.nextIf(TK_NEWLINE);
  }
}

}  // namespace

std::vector<TreeRef> parse_source(const std::string& name, const std::string& text) {
  const auto code = std::make_shared<torch::jit::Source>(text, name, 1);
  if (too_deep(code)) throw std::runtime_error("it is nested too deep");
  Parser parser(code);
  Lexer& lexer = parser.lexer();
  std::vector<TreeRef> definitions;
  for (skip_preface(lexer); lexer.cur().kind != TK_EOF; skip_preface(lexer)) {
    if (lexer.cur().kind == TK_CLASS_DEF)
      definitions.push_back(parser.parseClass());
    else
      definitions.push_back(parser.parseFunction(/*is_method=*/false));
  }
  return definitions;
}

void read_source(Source& source, const std::string& module, const std::string& text) {
  for (const TreeRef& definition : parse_source(module, text)) {
    if (definition->kind() == TK_CLASS_DEF) {
      read_class(source, module, definition);
    } else {
      const Def def(definition);
      source.functions.insert(module + "." + def.name().name());
      Body(source, nullptr).read(def);
    }
  }
}

}  // namespace tsrt
