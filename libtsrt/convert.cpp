#include "convert.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/core/jit_type.h>

#include "device.h"
#include "guard.h"
#include "value.h"

namespace tsrt {
namespace {

using c10::IValue;
using c10::TypeKind;
using c10::TypePtr;

// Converts one argument. A mismatch anywhere inside is reported for the argument as a whole.
class Converter {
 public:
  Converter(c10::Device device, bool copied, Loans& loans)
      : device_(device), copied_(copied), loans_(loans) {}

  // The converted value, or nothing when it does not fit the type.
  std::optional<IValue> convert(const IValue& value, const TypePtr& type) {
    switch (type->kind()) {
      case TypeKind::TensorType:
        return value.isTensor() ? std::optional<IValue>(lend(value)) : std::nullopt;
      case TypeKind::OptionalType:
        if (value.isNone()) return value;
        return convert(value, type->castRaw<c10::OptionalType>()->getElementType());
      case TypeKind::UnionType:
        return to_union(value, *type->castRaw<c10::UnionType>());
      case TypeKind::FloatType:
      case TypeKind::IntType:
      case TypeKind::BoolType:
      case TypeKind::ComplexType:
      case TypeKind::NumberType:
        return to_number(value, *type);
      case TypeKind::DeviceObjType:
        if (value.isString()) return IValue(parse_device(value.toStringRef().c_str()));
        return exact(value, type);
      case TypeKind::ListType:
        return to_list(value, *type->castRaw<c10::ListType>());
      case TypeKind::TupleType:
        return to_tuple(value, type->expectRef<c10::TupleType>());
      case TypeKind::DictType:
        return to_dict(value, *type->castRaw<c10::DictType>());
      case TypeKind::AnyType:
        return to_any(value);
      default:
        return exact(value, type);
    }
  }

 private:
  IValue lend(const IValue& value) {
    return loans_.lend(borrow(value.toTensor()), device_, copied_);
  }

  static std::optional<IValue> exact(const IValue& value, const TypePtr& type) {
    if (value.type()->isSubtypeOf(*type)) return value;
    return std::nullopt;
  }

  static std::optional<IValue> to_number(const IValue& value, const c10::Type& type) {
    if (value.isTensor() && value.toTensor().defined() && value.toTensor().numel() == 1)
      return to_number(value.toTensor().item(), type);
    const bool number = value.isInt() || value.isDouble() || value.isComplexDouble();
    switch (type.kind()) {
      case TypeKind::BoolType:
        return value.isBool() ? std::optional<IValue>(value) : std::nullopt;
      case TypeKind::IntType:
        return value.isInt() ? std::optional<IValue>(value) : std::nullopt;
      case TypeKind::FloatType:
        if (value.isInt()) return static_cast<double>(value.toInt());
        return value.isDouble() ? std::optional<IValue>(value) : std::nullopt;
      case TypeKind::ComplexType:
        if (number) return value.toScalar().toComplexDouble();
        return std::nullopt;
      default:
        return number || value.isBool() ? std::optional<IValue>(value) : std::nullopt;
    }
  }

  std::optional<IValue> to_union(const IValue& value, const c10::UnionType& type) {
    for (const auto& member : type.containedTypes()) {
      if (value.type()->isSubtypeOf(*member)) return convert(value, member);
    }
    for (const auto& member : type.containedTypes()) {
      if (auto converted = convert(value, member)) return converted;
    }
    return std::nullopt;
  }

  std::optional<IValue> to_list(const IValue& value, const c10::ListType& type) {
    if (!value.isList() && !value.isTuple()) return std::nullopt;
    const auto items =
        value.isList() ? value.toListRef() : c10::ArrayRef<IValue>(value.toTupleRef().elements());
    c10::impl::GenericList list(type.getElementType());
    list.reserve(items.size());
    for (const auto& item : items) {
      auto converted = convert(item, type.getElementType());
      if (!converted) return std::nullopt;
      list.push_back(std::move(*converted));
    }
    return IValue(std::move(list));
  }

  std::optional<IValue> to_tuple(const IValue& value, const c10::TupleType& type) {
    if (!value.isList() && !value.isTuple()) return std::nullopt;
    const auto items =
        value.isList() ? value.toListRef() : c10::ArrayRef<IValue>(value.toTupleRef().elements());
    if (items.size() != type.elements().size()) return std::nullopt;
    std::vector<IValue> elements;
    elements.reserve(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      auto converted = convert(items[i], type.elements()[i]);
      if (!converted) return std::nullopt;
      elements.push_back(std::move(*converted));
    }
    return IValue(c10::ivalue::Tuple::createNamed(
        std::move(elements),
        std::const_pointer_cast<c10::TupleType>(
            std::static_pointer_cast<const c10::TupleType>(type.shared_from_this()))));
  }

  std::optional<IValue> to_dict(const IValue& value, const c10::DictType& type) {
    if (!value.isGenericDict()) return std::nullopt;
    c10::impl::GenericDict dict(type.getKeyType(), type.getValueType());
    for (const auto& entry : value.toGenericDict()) {
      auto key = convert(entry.key(), type.getKeyType());
      auto item = convert(entry.value(), type.getValueType());
      if (!key || !item) return std::nullopt;
      dict.insert_or_assign(std::move(*key), std::move(*item));
    }
    return IValue(std::move(dict));
  }

  // Nothing to convert to, but the tensors inside are lent all the same.
  IValue to_any(const IValue& value) {
    if (value.isTensor()) return lend(value);
    if (value.isList()) return *to_list(value, *c10::ListType::create(c10::AnyType::get()));
    if (value.isGenericDict()) {
      const auto key = value.toGenericDict().keyType();
      return *to_dict(value, *c10::DictType::create(key, c10::AnyType::get()));
    }
    if (!value.isTuple()) return value;
    std::vector<IValue> elements;
    for (const auto& item : value.toTupleRef().elements()) elements.push_back(to_any(item));
    return c10::ivalue::Tuple::create(std::move(elements));
  }

  c10::Device device_;
  bool copied_;
  Loans& loans_;
};

const IValue* find_named(const Arguments& arguments, const std::string& name) {
  for (const auto& [key, value] : arguments.named) {
    if (key == name) return &value;
  }
  return nullptr;
}

void check_names(const c10::FunctionSchema& schema, const Arguments& arguments) {
  const size_t takes = schema.arguments().size() - 1;
  if (arguments.positional.size() > takes)
    fail(TSRT_INVALID_ARGUMENT, schema.name(), " takes ", takes,
         takes == 1 ? " argument and " : " arguments and ", arguments.positional.size(),
         " were given: ", signature(schema));
  for (const auto& [name, value] : arguments.named) {
    const auto index = schema.argumentIndexWithName(name);
    if (!index || *index == 0)
      fail(TSRT_INVALID_ARGUMENT, schema.name(), " has no argument '", name,
           "': ", signature(schema));
    require(static_cast<size_t>(*index) > arguments.positional.size(), schema.name(),
            " got its argument '", name, "' twice, by position and by name");
  }
}

IValue release(IValue value, bool to_host, int depth);

IValue release_tuple(IValue value, bool to_host, int depth) {
  auto tuple = std::move(value).toTuple();
  const auto type = tuple->type();
  auto items =
      tuple.use_count() == 1 ? std::move(*tuple).elements().vec() : tuple->elements().vec();
  tuple.reset();
  for (auto& item : items) item = release(std::move(item), to_host, depth);
  return c10::ivalue::Tuple::createNamed(std::move(items), type);
}

IValue release_list(IValue value, bool to_host, int depth) {
  auto list = std::move(value).toList();
  const bool alone = list.use_count() == 1;
  c10::impl::GenericList result(list.elementType());
  result.reserve(list.size());
  for (size_t i = 0; i < list.size(); ++i)
    result.push_back(release(alone ? list.extract(i) : list.get(i), to_host, depth));
  return result;
}

IValue release_dict(IValue value, bool to_host, int depth) {
  const bool alone = value.use_count() == 1;
  auto dict = std::move(value).toGenericDict();
  std::vector<std::pair<IValue, IValue>> entries;
  entries.reserve(dict.size());
  for (const auto& entry : dict) entries.emplace_back(entry.key(), entry.value());
  if (alone) dict.clear();
  c10::impl::GenericDict result(dict.keyType(), dict.valueType());
  for (auto& [key, item] : entries)
    result.insert(release(std::move(key), to_host, depth),
                  release(std::move(item), to_host, depth));
  return result;
}

IValue release(IValue value, bool to_host, int depth) {
  if (depth > max_depth) {
    fail(TSRT_UNSUPPORTED, "the result nests deeper than ", max_depth, " levels");
  }
  if (value.isTensor())
    return own(presentable(std::move(value).toTensor(), to_host, {"output", 0}));
  if (value.isTuple()) return release_tuple(std::move(value), to_host, depth + 1);
  if (value.isList()) return release_list(std::move(value), to_host, depth + 1);
  if (value.isGenericDict()) return release_dict(std::move(value), to_host, depth + 1);
  return value;
}

}  // namespace

void bind_arguments(const c10::FunctionSchema& schema, const Effects& effects, c10::Device device,
                    const Arguments& arguments, Loans& loans, torch::jit::Stack& stack) {
  check_names(schema, arguments);
  for (size_t i = 1; i < schema.arguments().size(); ++i) {
    const c10::Argument& argument = schema.arguments()[i];
    const IValue* given = i <= arguments.positional.size() ? &arguments.positional[i - 1]
                                                           : find_named(arguments, argument.name());
    if (!given) {
      if (!argument.default_value())
        fail(TSRT_INVALID_ARGUMENT, schema.name(), " needs its argument '", argument.name(),
             "': ", signature(schema));
      stack.push_back(*argument.default_value());
      continue;
    }
    Converter converter(device, effects.copies_argument[i - 1], loans);
    auto converted = converter.convert(*given, argument.type());
    if (!converted)
      fail(TSRT_INVALID_ARGUMENT, schema.name(), ": argument '", argument.name(), "' is a ",
           kind_name(*given), " and has to be ", argument.type()->repr_str(), ": ",
           signature(schema));
    stack.push_back(std::move(*converted));
  }
}

IValue release(IValue value, bool to_host) {
  return release(std::move(value), to_host, 0);
}

Outputs outputs_of(const c10::TypePtr& type) {
  const auto is_tensor = [](const c10::TypePtr& each) {
    return each->kind() == c10::TypeKind::TensorType;
  };
  if (is_tensor(type)) return {Outputs::tensor, 1};
  const auto inner = type->containedTypes();
  const bool plain = std::all_of(inner.begin(), inner.end(), is_tensor);
  if (plain && type->kind() == TypeKind::TupleType) return {Outputs::tuple, inner.size()};
  if (plain && type->kind() == TypeKind::ListType) return {Outputs::list, std::nullopt};
  return {Outputs::value, std::nullopt};
}

std::string signature(const c10::FunctionSchema& schema) {
  std::string text = schema.name() + "(";
  for (size_t i = 1; i < schema.arguments().size(); ++i) {
    const c10::Argument& argument = schema.arguments()[i];
    text += (i > 1 ? ", " : "") + argument.name() + ": " + argument.type()->repr_str();
    if (argument.default_value()) text += c10::str(" = ", *argument.default_value());
  }
  return text + ")";
}

}  // namespace tsrt
