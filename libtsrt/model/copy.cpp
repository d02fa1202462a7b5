#include "model/copy.h"

#include <ATen/Functions.h>
#include <ATen/core/Dict.h>
#include <ATen/core/List.h>

#include "values/dict.h"

namespace tsrt {

using c10::IValue;

ObjectPtr StateCopier::copy(const ObjectPtr& object) {
  const IValue result = copy_value(object);
  for (size_t i = 0; i < waiting_.size(); ++i) {
    const auto [from, to] = waiting_[i];
    for (size_t slot = 0; slot < from->slots().size(); ++slot)
      to->setSlot(slot, copy_value(from->getSlot(slot)));
  }
  waiting_.clear();
  return result.toObject();
}

IValue StateCopier::copy_value(const IValue& value) {
  if (!value.isPtrType() && !value.isTensor()) return value;
  if (const auto known = copies_.find(value); known != copies_.end()) return known->second;
  IValue copy = make_copy(value);
  copies_.emplace(value, copy);
  return copy;
}

IValue StateCopier::make_copy(const IValue& value) {
  if (value.isTensor()) return copy_tensor(value.toTensor());
  if (value.isObject()) return copy_object(value.toObject());
  if (value.isTuple()) {
    std::vector<IValue> items;
    for (const auto& item : value.toTupleRef().elements()) items.push_back(copy_value(item));
    return c10::ivalue::Tuple::createNamed(std::move(items), value.toTupleRef().type());
  }
  if (value.isList()) {
    const auto from = value.toList();
    c10::impl::GenericList list(from.elementType());
    for (const IValue& item : value.toListRef()) list.push_back(copy_value(item));
    return list;
  }
  if (value.isGenericDict()) {
    const auto from = value.toGenericDict();
    auto dict = new_dict(from.keyType(), from.valueType());
    for (const auto& entry : from) dict.insert(copy_value(entry.key()), copy_value(entry.value()));
    return dict;
  }
  return value;
}

IValue StateCopier::copy_tensor(const at::Tensor& tensor) const {
  if (!tensor.defined() || tensors_shared_) return tensor;
  at::Tensor copy =
      device_ ? tensor.to(*device_, /*non_blocking=*/false, /*copy=*/true) : tensor.clone();
  if (tensor.is_leaf() && tensor.requires_grad()) copy.set_requires_grad(true);
  return copy;
}

IValue StateCopier::copy_object(const ObjectPtr& object) {
  for (const IValue& slot : object->slots()) {
    if (slot.isCapsule()) return IValue(object).deepcopy(copies_, device_);  // pickles C++ objects
  }
  auto copy = c10::ivalue::Object::create(
      c10::StrongTypePtr(object->compilation_unit(), object->type()), object->slots().size());
  waiting_.emplace_back(object, copy);
  return copy;
}

}  // namespace tsrt
