#include "values/release.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>

#include <map>
#include <vector>

#include "guard.h"
#include "model/state.h"
#include "tensor/tensor.h"
#include "values/dict.h"
#include "values/value.h"

namespace tsrt {
namespace {

using c10::IValue;

class Releaser {
 public:
  Releaser(bool to_host, bool owned) : to_host_(to_host), owned_(owned) {}

  IValue release(IValue value) {
    IValue result = release(std::move(value), 0);
    owned_ = true;  // methods of an object may write to what it holds
    // Objects may refer to each other in long chains and in circles: not by recursion.
    for (size_t i = 0; i < waiting_.size(); ++i) {
      const auto [from, to] = std::move(waiting_[i]);
      const bool alone = from.use_count() == 1;
      for (size_t slot = 0; slot < from->slots().size(); ++slot) {
        IValue value = from->getSlot(slot);
        if (alone) from->setSlot(slot, {});
        to->setSlot(slot, release(std::move(value), 0));
      }
    }
    return result;
  }

 private:
  IValue release(IValue value, int depth) {
    if (depth > max_depth) {
      fail(TSRT_UNSUPPORTED, "the result nests deeper than ", max_depth, " levels");
    }
    if (value.isTensor()) return release_tensor(std::move(value).toTensor());
    if (value.isTuple()) return release_tuple(std::move(value), depth + 1);
    if (value.isList()) return release_list(std::move(value), depth + 1);
    if (value.isGenericDict()) return release_dict(std::move(value), depth + 1);
    if (value.isObject()) return release_object(std::move(value).toObject());
    if (value.isFuture()) return release_future(std::move(value), depth + 1);
    return value;
  }

  IValue release_tensor(at::Tensor tensor) const {
    tensor = presentable(std::move(tensor), to_host_, {"output", 0});
    return owned_ ? own(std::move(tensor)) : tensor;
  }

  IValue release_tuple(IValue value, int depth) {
    auto tuple = std::move(value).toTuple();
    const auto type = tuple->type();
    auto items =
        tuple.use_count() == 1 ? std::move(*tuple).elements().vec() : tuple->elements().vec();
    tuple.reset();
    for (auto& item : items) item = release(std::move(item), depth);
    return c10::ivalue::Tuple::createNamed(std::move(items), type);
  }

  IValue release_list(IValue value, int depth) {
    auto list = std::move(value).toList();
    const bool alone = list.use_count() == 1;
    c10::impl::GenericList result(list.elementType());
    result.reserve(list.size());
    for (size_t i = 0; i < list.size(); ++i)
      result.push_back(release(alone ? list.extract(i) : list.get(i), depth));
    return result;
  }

  IValue release_dict(IValue value, int depth) {
    const bool alone = value.use_count() == 1;
    auto dict = std::move(value).toGenericDict();
    std::vector<std::pair<IValue, IValue>> entries;
    entries.reserve(dict.size());
    for (const auto& entry : dict) entries.emplace_back(entry.key(), entry.value());
    if (alone) dict.clear();
    auto result = new_dict(dict.keyType(), dict.valueType());
    for (auto& [key, item] : entries)
      result.insert(release(std::move(key), depth), release(std::move(item), depth));
    return result;
  }

  IValue release_object(ObjectPtr object) {
    if (object->type()->is_module())
      fail(TSRT_UNSUPPORTED, "a module cannot be taken out of the model: run its methods as ",
           "'path.method' and read its attributes as 'path.name'");
    for (const auto& value : object->slots()) {
      if (value.isCapsule()) return object;
    }
    ObjectPtr& copy = copies_[object.get()];
    if (!copy) {
      copy = c10::ivalue::Object::create(
          c10::StrongTypePtr(object->compilation_unit(), object->type()), object->slots().size());
      waiting_.emplace_back(std::move(object), copy);
    }
    return copy;
  }

  IValue release_future(IValue value, int depth) {
    auto future = std::move(value).toFuture();
    try {
      future->waitAndThrow();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (...) {
      throw current_failure(TSRT_MODEL_ERROR);
    }
    return release(future->value(), depth);
  }

  bool to_host_;
  bool owned_;  // shall tensors have memory of their own?
  std::map<const c10::ivalue::Object*, ObjectPtr> copies_;
  std::vector<std::pair<ObjectPtr, ObjectPtr>> waiting_;  // from, to
};

}  // namespace

IValue release(IValue value, bool to_host) {
  return Releaser(to_host, /*owned=*/true).release(std::move(value));
}

IValue look_at(IValue value) {
  return Releaser(/*to_host=*/false, /*owned=*/false).release(std::move(value));
}

}  // namespace tsrt
