#include "files/attribute_types.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "files/text.h"
#include "guard.h"

namespace tsrt {
namespace {

using c10::IValue;
using c10::TypeKind;

// Of all else the interpreter asks itself what it is.
bool to_be_checked(const c10::Type& type) {
  switch (type.kind()) {
    case TypeKind::ClassType:
    case TypeKind::InterfaceType:
    case TypeKind::TupleType:
      return true;
    case TypeKind::ListType:
    case TypeKind::DictType:
    case TypeKind::OptionalType: {
      const auto& inner = type.containedTypes();
      return std::any_of(inner.begin(), inner.end(),
                         [](const c10::TypePtr& each) { return to_be_checked(*each); });
    }
    default:
      return false;
  }
}

class Check {
 public:
  std::string run(const c10::intrusive_ptr<c10::ivalue::Object>& root) {
    objects_.push_back(root.get());
    while (!objects_.empty()) {
      const c10::ivalue::Object* object = objects_.back();
      objects_.pop_back();
      if (!seen_.insert(object).second) continue;
      const c10::ClassType& type = *object->type();
      for (size_t i = 0; i < type.numAttributes(); ++i) {
        if (!fits(object->getSlot(i), *type.getAttribute(i)))
          return concat("the attribute '", printable(type.getAttributeName(i)), "' of ",
                        printable(type.name()->qualifiedName()), " is no ",
                        printable(type.getAttribute(i)->annotation_str()));
      }
    }
    return {};
  }

 private:
  // Recursion goes by the types, which are as deep as the code says.
  bool fits(const IValue& value, const c10::Type& type) {
    if (!to_be_checked(type) || value.isNone()) return true;
    const auto& inner = type.containedTypes();
    switch (type.kind()) {
      case TypeKind::TupleType: {
        if (!value.isTuple() || value.toTupleRef().elements().size() != inner.size()) return false;
        for (size_t i = 0; i < inner.size(); ++i)
          if (!fits(value.toTupleRef().elements()[i], *inner[i])) return false;
        return true;
      }
      case TypeKind::OptionalType:
        return std::any_of(inner.begin(), inner.end(), [&](const c10::TypePtr& each) {
          return to_be_checked(*each) && fits(value, *each);
        });
      case TypeKind::ListType:
        return value.isList() && all_fit(value.toListRef(), *inner[0]);
      case TypeKind::DictType:
        return value.isGenericDict() && entries_fit(value.toGenericDict(), *inner[1]);
      default:
        if (!value.isObject()) return false;
        objects_.push_back(&value.toObjectRef());
        return value.type()->isSubtypeOf(type);
    }
  }
  bool all_fit(c10::ArrayRef<IValue> values, const c10::Type& type) {
    return std::all_of(values.begin(), values.end(),
                       [&](const IValue& value) { return fits(value, type); });
  }
  // Keys are scalars.
  bool entries_fit(const c10::impl::GenericDict& dict, const c10::Type& type) {
    return std::all_of(dict.begin(), dict.end(),
                       [&](const auto& entry) { return fits(entry.value(), type); });
  }

  std::vector<const c10::ivalue::Object*> objects_;  // to be looked at; the module keeps them
  std::unordered_set<const c10::ivalue::Object*> seen_;
};

}  // namespace

std::string mistyped_attribute(const torch::jit::Module& module) {
  return Check().run(module._ivalue());
}

}  // namespace tsrt
