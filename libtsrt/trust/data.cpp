// How values are held to their types; how they are written is in data_writer.cpp.
#include "trust/data.h"

#include <ATen/core/class_type.h>
#include <ATen/core/enum_type.h>
#include <ATen/core/ivalue.h>
#include <c10/core/Device.h>

#include <algorithm>

#include "files/saved.h"
#include "files/text.h"

namespace tsrt {
namespace {

constexpr size_t max_depth = 200;               // of containers and submodules in each other
constexpr size_t max_size = size_t(256) << 20;  // a text that is referred to often is written often

}  // namespace

DataWriter::DataWriter(const Pickle& pickle, const Records& records, std::string folder,
                       FindClass find)
    : pickle_(pickle),
      records_(records),
      folder_(std::move(folder)),
      find_class_(std::move(find)) {}

std::string DataWriter::write(NodeId root, const c10::TypePtr& type) {
  out_ = "\x80\x02";
  value(root, type);
  code('.');
  return std::move(out_);
}

void DataWriter::bad(const std::string& what) const {
  std::string path;
  for (const auto& each : path_) path += (path.empty() ? "" : ".") + each;
  throw BadData(what, printable(path.empty() ? "the whole" : path));
}

// The arguments of what is a call of `module.name`.
const std::vector<NodeId>* DataWriter::called(NodeId id, std::string_view module,
                                              std::string_view name) const {
  const Node& node = pickle_[id];
  if (node.kind != NodeKind::object || !pickle_.is_global(node.items[0], module, name)) return {};
  const Node& arguments = pickle_[node.items[1]];
  return arguments.kind == NodeKind::tuple ? &arguments.items : nullptr;
}

// A list or dict without what says its type, which is that of its place in any case.
NodeId DataWriter::untagged(NodeId id) const {
  constexpr std::string_view module = "torch.jit._pickle";
  for (const char* name : {"build_intlist", "build_doublelist", "build_boollist",
                           "build_tensorlist", "restore_type_tag"}) {
    const auto* arguments = called(id, module, name);
    if (arguments && !arguments->empty()) return (*arguments)[0];
  }
  return id;
}

void DataWriter::value(NodeId id, const c10::TypePtr& type) {
  if (path_.size() > max_depth) bad("is nested too deep");
  if (out_.size() > max_size) bad("makes the objects too big");
  switch (type->kind()) {
    case c10::TypeKind::AnyType:
      return any(id);
    case c10::TypeKind::OptionalType:
    case c10::TypeKind::UnionType:
    case c10::TypeKind::NumberType:
      return pick(id, type);
    case c10::TypeKind::NoneType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::StringType:
      return plain(pickle_[id], type);
    default:
      break;
  }
  // What is referred to twice stays one, also to keep a crafted pickle from growing.
  const auto found = written_.find(id);
  if (found != written_.end()) {
    if (!found->second.complete) bad("contains itself");
    if (*found->second.type != *type)
      bad("is a " + type->annotation_str() + " and a " + found->second.type->annotation_str());
    return recall(found->second.memo);
  }
  written_.emplace(id, Written{type, 0, false});
  if (!container(id, type)) bad("has the type " + type->annotation_str() + ", which is refused");
  written_[id] = {type, remember(), true};
}

bool DataWriter::container(NodeId id, const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      return tensor(id), true;
    case c10::TypeKind::ListType:
      return list(id, type), true;
    case c10::TypeKind::DictType:
      return dict(id, type), true;
    case c10::TypeKind::TupleType:
      return tuple(id, type), true;
    case c10::TypeKind::ClassType:
    case c10::TypeKind::InterfaceType:
      return object(id, type), true;
    case c10::TypeKind::EnumType:
      return enumerator(id, type), true;
    case c10::TypeKind::ComplexType:
      return complex(id), true;
    case c10::TypeKind::DeviceObjType:
      return device(id), true;
    default:
      return false;
  }
}

void DataWriter::plain(const Node& node, const c10::TypePtr& type) {
  const auto kind = type->kind();
  if (node.kind == NodeKind::none && kind == c10::TypeKind::NoneType) return code('N');
  if (node.kind == NodeKind::boolean && kind == c10::TypeKind::BoolType)
    return code(node.integer ? '\x88' : '\x89');
  if (node.kind == NodeKind::integer && kind == c10::TypeKind::IntType)
    return integer(node.integer);
  if (node.kind == NodeKind::real && kind == c10::TypeKind::FloatType) return real(node.real);
  if (node.kind == NodeKind::text && kind == c10::TypeKind::StringType) return text(node.text);
  bad("is no " + type->annotation_str());
}

// Only what carries its own type: objects are found out by isinstance, and lists are not.
void DataWriter::any(NodeId id) {
  for (const c10::TypePtr& type :
       {c10::TypePtr(c10::NoneType::get()), c10::TypePtr(c10::BoolType::get()),
        c10::TypePtr(c10::IntType::get()), c10::TypePtr(c10::FloatType::get()),
        c10::TypePtr(c10::StringType::get()), c10::TypePtr(c10::TensorType::get())}) {
    if (could_be(id, type)) return value(id, type);
  }
  bad("is of type Any and neither a number nor a text nor a tensor");
}

// The first of the types that the value can be.
void DataWriter::pick(NodeId id, const c10::TypePtr& type) {
  std::vector<c10::TypePtr> types;
  if (type->kind() == c10::TypeKind::NumberType) {
    types = {c10::BoolType::get(), c10::IntType::get(), c10::FloatType::get(),
             c10::ComplexType::get()};
  } else {
    types = type->containedTypes().vec();
    types.push_back(c10::NoneType::get());
  }
  const bool nullable =
      type->kind() == c10::TypeKind::OptionalType || c10::NoneType::get()->isSubtypeOf(*type);
  for (const auto& each : types) {
    if (each->kind() == c10::TypeKind::NoneType && !nullable) continue;
    if (could_be(id, each)) return value(id, each);
  }
  bad("is no " + type->annotation_str());
}

// Goes by the outermost alone.
bool DataWriter::could_be(NodeId id, const c10::TypePtr& type) const {
  const NodeKind kind = pickle_[untagged(id)].kind;
  switch (type->kind()) {
    case c10::TypeKind::NoneType:
      return kind == NodeKind::none;
    case c10::TypeKind::BoolType:
      return kind == NodeKind::boolean;
    case c10::TypeKind::IntType:
      return kind == NodeKind::integer;
    case c10::TypeKind::FloatType:
      return kind == NodeKind::real;
    case c10::TypeKind::StringType:
      return kind == NodeKind::text;
    case c10::TypeKind::TensorType:
      return tensor_of(pickle_, id).has_value();
    case c10::TypeKind::ListType:
      return kind == NodeKind::list;
    case c10::TypeKind::DictType:
      return kind == NodeKind::dict;
    case c10::TypeKind::TupleType:
      return kind == NodeKind::tuple;
    case c10::TypeKind::ComplexType:
      return called(id, "builtins", "complex") != nullptr;
    case c10::TypeKind::DeviceObjType:
      return called(id, "torch", "device") != nullptr;
    case c10::TypeKind::ClassType:
    case c10::TypeKind::InterfaceType:
    case c10::TypeKind::EnumType:
      return class_of(pickle_, pickle_[id]).starts_with("__torch__");
    default:
      return type->kind() == c10::TypeKind::AnyType ||
             type->kind() == c10::TypeKind::OptionalType ||
             type->kind() == c10::TypeKind::UnionType || type->kind() == c10::TypeKind::NumberType;
  }
}

// Its state is a dict with every attribute. What is there besides is left out, as by LibTorch.
void DataWriter::object(NodeId id, const c10::TypePtr& type) {
  const Node& node = pickle_[id];
  const std::string name = class_of(pickle_, node);
  if (!name.starts_with("__torch__")) bad("is no " + type->annotation_str());
  const c10::TypePtr found = find_class_(name);
  const auto made = found ? found->cast<c10::ClassType>() : nullptr;
  if (!made || !made->isSubtypeOf(*type)) bad("is a " + name + " and no " + type->annotation_str());
  const Node& state = pickle_[node.items[2]];
  if (state.kind != NodeKind::dict) bad("has no dict of attributes");
  global(made->name()->prefix(), made->name()->name());
  out_ += ")\x81}(";
  for (size_t i = 0; i < made->numAttributes(); ++i) {
    path_.push_back(made->getAttributeName(i));
    const NodeId* attribute = nullptr;
    for (size_t at = 0; at + 1 < state.items.size(); at += 2) {
      const Node& key = pickle_[state.items[at]];
      if (key.kind != NodeKind::text || key.text != path_.back()) continue;
      if (attribute) bad("is there twice");
      attribute = &state.items[at + 1];
    }
    if (!attribute) bad("is missing");
    text(path_.back());
    value(*attribute, made->getAttribute(i));
    path_.pop_back();
  }
  out_ += "ub";
}

void DataWriter::enumerator(NodeId id, const c10::TypePtr& type) {
  const auto enumeration = type->expect<c10::EnumType>();
  const Node& node = pickle_[id];
  const auto& name = enumeration->qualifiedClassName();
  if (class_of(pickle_, node) != name.qualifiedName()) bad("is no " + type->annotation_str());
  const Node& given = pickle_[node.items[1]];
  for (const auto& [_, member] : enumeration->enumNamesValues()) {
    const bool is =
        (member.isInt() && given.kind == NodeKind::integer && member.toInt() == given.integer) ||
        (member.isDouble() && given.kind == NodeKind::real && member.toDouble() == given.real) ||
        (member.isString() && given.kind == NodeKind::text && member.toStringRef() == given.text);
    if (!is) continue;
    global(name.prefix(), name.name());
    plain(given, enumeration->getValueType());
    return code('R');
  }
  bad("is no member of " + type->annotation_str());
}

// Each place in it has the type that the outside says.
void DataWriter::tuple(NodeId id, const c10::TypePtr& type) {
  const Node& node = pickle_[id];
  const auto types = type->containedTypes();
  if (node.kind != NodeKind::tuple || node.items.size() != types.size())
    bad("is no " + type->annotation_str());
  code('(');
  for (size_t i = 0; i < types.size(); ++i) {
    path_.push_back(std::to_string(i));
    value(node.items[i], types[i]);
    path_.pop_back();
  }
  code('t');
}

void DataWriter::list(NodeId id, const c10::TypePtr& type) {
  const Node& node = pickle_[untagged(id)];
  if (node.kind != NodeKind::list) bad("is no " + type->annotation_str());
  global("torch.jit._pickle", "restore_type_tag");
  out_ += "](";
  path_.emplace_back("items");
  for (const NodeId item : node.items) value(item, type->containedType(0));
  path_.pop_back();
  code('e');
  text(type->annotation_str());
  out_ += "\x86R";
}

void DataWriter::dict(NodeId id, const c10::TypePtr& type) {
  const Node& node = pickle_[untagged(id)];
  if (node.kind != NodeKind::dict) bad("is no " + type->annotation_str());
  global("torch.jit._pickle", "restore_type_tag");
  out_ += "}(";
  path_.emplace_back("items");
  for (size_t i = 0; i < node.items.size(); ++i) value(node.items[i], type->containedType(i % 2));
  path_.pop_back();
  code('u');
  text(type->annotation_str());
  out_ += "\x86R";
}

void DataWriter::complex(NodeId id) {
  const auto* arguments = called(id, "builtins", "complex");
  if (!arguments || arguments->size() != 2) bad("is no complex");
  global("builtins", "complex");
  for (const NodeId part : *arguments) plain(pickle_[part], c10::FloatType::get());
  out_ += "\x86R";
}

void DataWriter::device(NodeId id) {
  const auto* arguments = called(id, "torch", "device");
  if (!arguments || arguments->size() != 1) bad("is no Device");
  global("torch", "device");
  plain(pickle_[(*arguments)[0]], c10::StringType::get());
  out_ += "\x85R";
}

}  // namespace tsrt
