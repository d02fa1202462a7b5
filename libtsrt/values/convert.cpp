#include "values/convert.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/core/enum_type.h>
#include <ATen/core/jit_type.h>

#include "guard.h"
#include "tensor/device.h"
#include "values/dict.h"
#include "values/value.h"

namespace tsrt {
namespace {

using c10::IValue;
using c10::TypeKind;
using c10::TypePtr;

// Converts one argument, and remembers what did not fit and where in it that is.
class Converter {
 public:
  Converter(c10::Device device, bool copied, Loans& loans)
      : device_(device), copied_(copied), loans_(loans) {}

  // The converted value, or nothing when it does not fit the type.
  std::optional<IValue> convert(const IValue& value, const TypePtr& type) {
    auto converted = try_convert(value, type);
    if (!converted && what_.empty()) {
      const std::string wanted = type->annotation_str();
      const bool foreign = value.isObject() && value.type()->annotation_str() == wanted;
      mismatch(kind_name(value) + (foreign ? " of another model" : ""), wanted);
    }
    return converted;
  }

  // "[0] is an int and has to be Tensor"
  std::string mismatch() const { return concat(where_, " is ", what_, " and has to be ", wanted_); }

 private:
  std::optional<IValue> try_convert(const IValue& value, const TypePtr& type) {
    switch (type->kind()) {
      case TypeKind::TensorType:
        return value.isTensor() ? std::optional<IValue>(lend(value)) : std::nullopt;
      case TypeKind::OptionalType:
        if (value.isNone()) return value;
        return try_convert(value, type->castRaw<c10::OptionalType>()->getElementType());
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
      case TypeKind::EnumType:
        return to_enum(value, type->expect<c10::EnumType>());
      case TypeKind::ListType:
        return to_list(value, *type->castRaw<c10::ListType>());
      case TypeKind::TupleType:
        return to_tuple(value, type->expect<c10::TupleType>());
      case TypeKind::DictType:
        return to_dict(value, *type->castRaw<c10::DictType>());
      case TypeKind::AnyType:
        return to_any(value);
      default:
        return exact(value, type);
    }
  }

  IValue lend(const IValue& value) {
    const at::Tensor& tensor = value.toTensor();
    if (!tensor.is_quantized()) return loans_.lend(borrow(tensor), device_, copied_);
    return copied_ ? tensor.clone().to(device_) : tensor.to(device_);
  }

  static std::optional<IValue> exact(const IValue& value, const TypePtr& type) {
    if (value.type()->isSubtypeOf(*type)) return value;
    return std::nullopt;
  }

  // A member by its name, or the member itself.
  std::optional<IValue> to_enum(const IValue& value, const c10::EnumTypePtr& type) {
    if (!value.isString()) return exact(value, type);
    for (const auto& [name, member] : type->enumNamesValues()) {
      if (name == value.toStringRef())
        return IValue(c10::make_intrusive<c10::ivalue::EnumHolder>(type, name, member));
    }
    std::string names;
    for (const auto& each : type->enumNamesValues())
      names += (names.empty() ? "" : ", ") + each.first;
    return mismatch(concat("'", value.toStringRef(), "'"), "one of " + names);
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
      forget_mismatch();
    }
    return std::nullopt;
  }

  // One that is in a container; on failure the error tells its place.
  template <class Place>
  std::optional<IValue> convert_item(const IValue& item, const TypePtr& type, const Place& place) {
    auto converted = convert(item, type);
    if (!converted) where_ = place() + where_;
    return converted;
  }

  std::optional<IValue> to_list(const IValue& value, const c10::ListType& type) {
    if (!value.isList() && !value.isTuple()) return std::nullopt;
    const auto items = items_of(value);
    c10::impl::GenericList list(type.getElementType());
    list.reserve(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      auto item = convert_item(items[i], type.getElementType(), [&] { return place_of(i); });
      if (!item) return std::nullopt;
      list.push_back(std::move(*item));
    }
    return IValue(std::move(list));
  }

  std::optional<IValue> to_tuple(const IValue& value, const c10::TupleTypePtr& type) {
    if (!value.isList() && !value.isTuple()) return std::nullopt;
    const auto items = items_of(value);
    if (items.size() != type->elements().size()) {
      return mismatch(concat(kind_name(value), " of ", items.size()), type->annotation_str());
    }
    std::vector<IValue> elements;
    elements.reserve(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      auto item = convert_item(items[i], type->elements()[i], [&] { return place_of(i); });
      if (!item) return std::nullopt;
      elements.push_back(std::move(*item));
    }
    return IValue(c10::ivalue::Tuple::createNamed(std::move(elements), type));
  }

  std::optional<IValue> to_dict(const IValue& value, const c10::DictType& type) {
    if (!value.isGenericDict()) return std::nullopt;
    auto dict = new_dict(type.getKeyType(), type.getValueType());
    for (const auto& entry : value.toGenericDict()) {
      auto key = convert_item(entry.key(), type.getKeyType(), [] { return std::string(" key"); });
      if (!key) return std::nullopt;
      auto item = convert_item(entry.value(), type.getValueType(), [&] { return place_of(*key); });
      if (!item) return std::nullopt;
      dict.insert_or_assign(std::move(*key), std::move(*item));
    }
    return IValue(std::move(dict));
  }

  static std::string place_of(size_t index) { return concat('[', index, ']'); }
  static std::string place_of(const IValue& key) {
    if (key.isString()) return concat("['", key.toStringRef(), "']");
    return key.isTensor() ? std::string("[tensor]") : concat('[', key, ']');
  }

  // The items' own type when they agree: a model may ask isinstance(x, List[int]).
  static TypePtr common_type(c10::ArrayRef<IValue> items) {
    if (items.empty()) return c10::AnyType::get();
    const auto type_of = [](const IValue& item) -> TypePtr {
      return item.isTensor() ? c10::TensorType::get() : item.type<c10::Type>();
    };
    const TypePtr first = type_of(items[0]);
    const bool agree = std::all_of(items.begin(), items.end(),
                                   [&](const IValue& item) { return *type_of(item) == *first; });
    return agree ? first : c10::AnyType::get();
  }

  // Nothing to convert to, but the tensors inside are lent all the same.
  IValue to_any(const IValue& value) {
    if (value.isTensor()) return lend(value);
    if (value.isGenericDict()) {
      std::vector<IValue> items;
      for (const auto& entry : value.toGenericDict()) items.push_back(to_any(entry.value()));
      auto dict = new_dict(value.toGenericDict().keyType(), common_type(items));
      size_t i = 0;
      for (const auto& entry : value.toGenericDict())
        dict.insert(to_any(entry.key()), std::move(items[i++]));
      return dict;
    }
    if (!value.isTuple() && !value.isList()) return value;
    std::vector<IValue> items;
    for (const auto& item : items_of(value)) items.push_back(to_any(item));
    if (value.isTuple()) return c10::ivalue::Tuple::create(std::move(items));
    c10::impl::GenericList list(common_type(items));
    for (auto& item : items) list.push_back(std::move(item));
    return list;
  }

  std::nullopt_t mismatch(std::string what, std::string wanted) {
    what_ = std::move(what);
    wanted_ = std::move(wanted);
    return std::nullopt;
  }

  void forget_mismatch() {
    where_.clear();
    what_.clear();
  }

  c10::Device device_;
  bool copied_;
  Loans& loans_;
  std::string where_;   // what did not fit, as a place in the argument
  std::string what_;    // what it is
  std::string wanted_;  // the type there
};

}  // namespace

std::optional<IValue> convert(const IValue& value, const TypePtr& type, c10::Device device,
                              bool copied, Loans& loans, std::string& mismatch) {
  Converter converter(device, copied, loans);
  auto converted = converter.convert(value, type);
  if (!converted) mismatch = converter.mismatch();
  return converted;
}

}  // namespace tsrt
