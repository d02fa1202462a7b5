#include "trust/graphs.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <unordered_set>

#include "files/text.h"
#include "guard.h"
#include "trust/operators.h"

namespace tsrt {
namespace {

using torch::jit::Node;

// Nodes that are no operators.
bool is_language(c10::Symbol kind) {
  namespace prim = c10::prim;
  static const std::unordered_set<c10::Symbol> kinds{prim::Constant,
                                                     prim::If,
                                                     prim::Loop,
                                                     prim::GetAttr,
                                                     prim::SetAttr,
                                                     prim::CallMethod,
                                                     prim::CallFunction,
                                                     prim::ListConstruct,
                                                     prim::ListUnpack,
                                                     prim::DictConstruct,
                                                     prim::TupleConstruct,
                                                     prim::TupleUnpack,
                                                     prim::TupleIndex,
                                                     prim::TupleSlice,
                                                     prim::CreateObject,
                                                     prim::isinstance,
                                                     prim::unchecked_cast,
                                                     prim::Uninitialized,
                                                     prim::RaiseException,
                                                     prim::Print,
                                                     prim::HasAttr,
                                                     prim::Return,
                                                     prim::Param,
                                                     prim::Enter,
                                                     prim::Exit};
  return kinds.count(kind) != 0;
}

std::string place_of(const Node& node) {
  if (const auto place = node.sourceRange().file_line_col())
    return concat(printable(std::get<0>(*place)), ':', std::get<1>(*place));
  return "code";
}

// Attributes of objects are found by their number, which nothing checks: so an object must be of
// the class that the code says.
bool holds_objects(const c10::TypePtr& type) {
  if (type->cast<c10::ClassType>() || type->cast<c10::InterfaceType>()) return true;
  const auto below = type->containedTypes();
  return std::any_of(below.begin(), below.end(),
                     [](const auto& each) { return holds_objects(each); });
}

bool is_sound_cast(const c10::TypePtr& from, const c10::TypePtr& to) {
  if (!holds_objects(to) || *from == *to) return true;
  const auto optional = from->cast<c10::OptionalType>();
  return optional && *optional->getElementType() == *to;
}

void check_node(const Node& node, Findings& findings) {
  const auto found = [&](const std::string& what) { findings.add(what, place_of(node)); };
  const std::string name = node.kind().toQualString();
  if (!is_language(node.kind())) {
    const auto* schema = node.maybeSchema();
    if (!schema || !is_trusted_operator(name))
      found("calls " + printable(name));
    else if (!is_trusted_overload(*schema))
      found("calls " + printable(c10::toString(schema->operator_name())));
  }
  if ((name == "aten::div" || name == "aten::divide") && node.hasNamedInput("rounding_mode")) {
    const auto mode = torch::jit::toIValue(node.namedInput("rounding_mode"));
    if (!mode || (mode->isString() && mode->toStringRef() != "floor"))
      found("divides without rounding down, which can end the process");
  }
  if (node.kind() == c10::prim::unchecked_cast &&
      !is_sound_cast(node.input()->type(), node.output()->type()))
    found("takes any object for one of " + printable(node.output()->type()->annotation_str()));
  for (const auto* output : node.outputs()) {
    if (!is_plain_type(output->type()))
      found("has a value of type " + printable(output->type()->annotation_str()));
  }
}

void check_block(const torch::jit::Block* block, Findings& findings) {
  for (const Node* node : block->nodes()) {
    check_node(*node, findings);
    for (const auto* inner : node->blocks()) check_block(inner, findings);
  }
}

void check_signature(const torch::jit::Function& function, Findings& findings) {
  const auto& schema = const_cast<torch::jit::Function&>(function).getSchema();
  const auto check = [&](const c10::Argument& argument) {
    if (!is_plain_type(argument.type()))
      findings.add("has a value of type " + printable(argument.type()->annotation_str()),
                   printable(function.qualname().qualifiedName()));
  };
  for (const auto& argument : schema.arguments()) check(argument);
  for (const auto& result : schema.returns()) check(result);
}

}  // namespace

bool is_plain_type(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::ComplexType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::StringType:
    case c10::TypeKind::NumberType:
    case c10::TypeKind::NoneType:
    case c10::TypeKind::DeviceObjType:
    case c10::TypeKind::AnyType:
    case c10::TypeKind::AnyListType:
    case c10::TypeKind::AnyTupleType:
    case c10::TypeKind::AnyEnumType:
    case c10::TypeKind::EnumType:
    case c10::TypeKind::FunctionType:
    case c10::TypeKind::InterfaceType:
      return true;
    case c10::TypeKind::ClassType:
      return !torch::getCustomClass(type->expectRef<c10::ClassType>().name()->qualifiedName());
    case c10::TypeKind::OptionalType:
    case c10::TypeKind::UnionType:
    case c10::TypeKind::ListType:
    case c10::TypeKind::DictType:
    case c10::TypeKind::TupleType: {
      const auto below = type->containedTypes();
      return std::all_of(below.begin(), below.end(), is_plain_type);
    }
    default:
      return false;
  }
}

void check_graphs(const torch::jit::CompilationUnit& unit, Findings& findings) {
  for (torch::jit::Function* function : unit.get_functions()) {
    check_signature(*function, findings);
    if (const auto* source = torch::jit::tryToGraphFunction(*function))
      check_block(source->graph()->block(), findings);
    else
      findings.add("has a function that is not code",
                   printable(function->qualname().qualifiedName()));
  }
}

}  // namespace tsrt
