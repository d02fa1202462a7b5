#include "model/state.h"

#include <map>
#include <set>

#include "guard.h"

namespace tsrt {
namespace {

using c10::IValue;

std::string class_name(const c10::ivalue::Object& object) {
  const auto& name = object.type()->name();
  return name ? name->name() : "object";
}

[[noreturn]] void no_such(const char* what, const c10::ivalue::Object& object,
                          std::string_view name, const std::vector<std::string>& present) {
  constexpr size_t most = 20;
  std::string list;
  for (size_t i = 0; i < std::min(present.size(), most); ++i) list += (i ? ", " : "") + present[i];
  if (present.size() > most) list += ", ...";
  fail(TSRT_NOT_FOUND, object.type()->is_module() ? "the module " : "the object ",
       class_name(object), " has no ", what, " '", name, "'",
       list.empty() ? " and no other either" : ": it has " + list);
}

// Rebuilds a value with every tensor in it detached; objects are changed in place.
IValue detached(const IValue& value, std::set<const c10::ivalue::Object*>& seen);

void detach_slots(const ObjectPtr& object, std::set<const c10::ivalue::Object*>& seen) {
  if (!seen.insert(object.get()).second) return;
  for (size_t i = 0; i < object->slots().size(); ++i) {
    IValue value = detached(object->getSlot(i), seen);
    if (!value.is(object->getSlot(i))) object->setSlot(i, std::move(value));
  }
}

IValue detached(const IValue& value, std::set<const c10::ivalue::Object*>& seen) {
  if (value.isTensor()) {
    const auto& tensor = value.toTensor();
    return tensor.defined() && tensor.grad_fn() ? IValue(tensor.detach()) : value;
  }
  if (value.isObject()) {
    detach_slots(value.toObject(), seen);
  } else if (value.isTuple()) {
    std::vector<IValue> items;
    for (const auto& item : value.toTupleRef().elements()) items.push_back(detached(item, seen));
    return c10::ivalue::Tuple::createNamed(std::move(items), value.toTupleRef().type());
  } else if (value.isList()) {
    auto list = value.toList();
    for (size_t i = 0; i < list.size(); ++i) list.set(i, detached(list.get(i), seen));
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) entry.setValue(detached(entry.value(), seen));
  }
  return value;
}

ObjectPtr copy_modules(const ObjectPtr& module, std::map<const void*, ObjectPtr>& copies) {
  ObjectPtr& known = copies[module.get()];
  if (known) return known;
  const ObjectPtr copy = known = module->copy();
  for (size_t i = 0; i < copy->slots().size(); ++i) {
    if (is_module(copy->getSlot(i)))
      copy->setSlot(i, copy_modules(copy->getSlot(i).toObject(), copies));
  }
  return copy;
}

void visit_modules(const std::string& path, const ObjectPtr& module, std::set<const void*>& seen,
                   const std::function<void(const std::string&, const ObjectPtr&)>& visit) {
  if (!seen.insert(module.get()).second) return;
  visit(path, module);
  for (size_t i = 0; i < module->slots().size(); ++i) {
    if (!is_module(module->getSlot(i))) continue;
    const std::string& name = module->type()->getAttributeName(i);
    visit_modules(path.empty() ? name : path + "." + name, module->getSlot(i).toObject(), seen,
                  visit);
  }
}

void list_tensors(const std::string& prefix, const c10::ivalue::Object& module, bool parameters,
                  std::vector<StateTensor>& found) {
  const auto type = module.type();
  for (size_t i = 0; i < module.slots().size(); ++i) {
    const IValue& value = module.slots()[i];
    const std::string name = prefix + type->getAttributeName(i);
    if (is_module(value)) {
      list_tensors(name + ".", value.toObjectRef(), parameters, found);
    } else if (value.isTensor() && (parameters ? type->is_parameter(i) : type->is_buffer(i))) {
      found.push_back({name, value.toTensor()});
    }
  }
}

}  // namespace

bool is_internal(const std::string& name) {
  return name == "_is_full_backward_hook";
}

bool is_module(const IValue& value) {
  return value.isObject() && value.toObjectRef().type()->is_module();
}

ObjectPtr object_at(ObjectPtr object, std::string_view path) {
  do {
    const std::string_view name = path.substr(0, path.find('.'));
    const IValue& value = object->getSlot(slot_of(*object, name));
    if (!value.isObject())
      fail(TSRT_NOT_FOUND, "'", name, "' is a ", value.type()->annotation_str(),
           " and has no attributes or methods of its own");
    object = value.toObject();
    path.remove_prefix(std::min(path.size(), name.size() + 1));
  } while (!path.empty());
  return object;
}

size_t slot_of(const c10::ivalue::Object& object, std::string_view name) {
  if (const auto slot = object.type()->findAttributeSlot(std::string(name))) return *slot;
  std::vector<std::string> names;
  for (const auto& attribute : object.type()->getAttributes()) {
    if (!is_internal(attribute.getName())) names.push_back(attribute.getName());
  }
  no_such("attribute", object, name, names);
}

torch::jit::Function& method_of(const c10::ivalue::Object& object, std::string_view name) {
  if (auto* method = object.type()->findMethod(std::string(name))) return *method;
  std::vector<std::string> names;
  for (const auto* method : object.type()->methods()) names.push_back(method->name());
  no_such("method", object, name, names);
}

ObjectPtr copy_modules(const ObjectPtr& module) {
  std::map<const void*, ObjectPtr> copies;
  return copy_modules(module, copies);
}

void for_each_module(const ObjectPtr& module,
                     const std::function<void(const std::string&, const ObjectPtr&)>& visit) {
  std::set<const void*> seen;
  visit_modules("", module, seen, visit);
}

std::vector<StateTensor> parameters_of(const ObjectPtr& module) {
  std::vector<StateTensor> found;
  list_tensors("", *module, /*parameters=*/true, found);
  return found;
}

std::vector<StateTensor> buffers_of(const ObjectPtr& module) {
  std::vector<StateTensor> found;
  list_tensors("", *module, /*parameters=*/false, found);
  return found;
}

size_t set_training(const ObjectPtr& module, bool training) {
  size_t changed = 0;
  for_each_module(module, [&](const std::string&, const ObjectPtr& each) {
    const auto slot = each->type()->findAttributeSlot("training");
    if (!slot || !each->getSlot(*slot).isBool()) return;
    each->setSlot(*slot, training);
    ++changed;
  });
  return changed;
}

void detach(const ObjectPtr& module) {
  std::set<const c10::ivalue::Object*> seen;
  detach_slots(module, seen);
}

}  // namespace tsrt
