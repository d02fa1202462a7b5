#include "value.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>

#include <memory>

#include "managed.h"
#include "tensor.h"

namespace tsrt {
namespace {

const c10::IValue& unwrap(const tsrt_value* value) {
  require(value, "a value is NULL");
  return value->value;
}

template <class Make>
tsrt_error* make(tsrt_value** out, Make&& body) {
  return guard([&] {
    require(out, "value is NULL: give a place for the new value");
    *out = nullptr;
    *out = body();
  });
}

tsrt_value* scalar(c10::IValue value) {
  return new tsrt_value(std::move(value), 0);
}

template <class T>
void check_out(T* out) {
  require(out, "the place for the result is NULL");
  *out = T{};
}

template <class A, class B>
void check_outs(A* a, B* b) {
  if (a) *a = A{};  // both are cleared, also when the other one is missing
  check_out(b);
  check_out(a);
}

void check_kind(const c10::IValue& value, bool matches, const char* wanted) {
  if (!matches)
    fail(TSRT_INVALID_ARGUMENT, "the value is a ", kind_name(value), ", not a ", wanted);
}

int depth_of(const tsrt_value* const* items, size_t n) {
  require(items || n == 0, "the array of items is NULL");
  int deepest = 0;
  for (size_t i = 0; i < n; ++i) {
    require(items[i], "item ", i, " is NULL");
    deepest = std::max(deepest, items[i]->depth);
  }
  require(deepest < max_depth, "values nest deeper than ", max_depth, " levels");
  return deepest + 1;
}

int32_t kind(const c10::IValue& v) {
  if (v.isNone()) return TSRT_KIND_NONE;
  if (v.isBool()) return TSRT_KIND_BOOL;
  if (v.isInt()) return TSRT_KIND_INT;
  if (v.isDouble()) return TSRT_KIND_FLOAT;
  if (v.isComplexDouble()) return TSRT_KIND_COMPLEX;
  if (v.isString()) return TSRT_KIND_STRING;
  if (v.isTensor()) return TSRT_KIND_TENSOR;
  if (v.isList()) return TSRT_KIND_LIST;
  if (v.isTuple()) return TSRT_KIND_TUPLE;
  if (v.isGenericDict()) return TSRT_KIND_DICT;
  if (v.isDevice()) return TSRT_KIND_DEVICE;
  if (v.isObject()) return TSRT_KIND_OBJECT;
  return TSRT_KIND_OTHER;
}

size_t size(const c10::IValue& v) {
  if (v.isList()) return v.toListRef().size();
  if (v.isTuple()) return v.toTupleRef().elements().size();
  check_kind(v, v.isGenericDict(), "list, tuple or dict");
  return v.toGenericDict().size();
}

// What the keys of a dict may be in TorchScript, and that they are all alike.
c10::TypePtr key_type(const tsrt_value* const* keys, size_t n) {
  c10::TypePtr type;
  for (size_t i = 0; i < n; ++i) {
    const c10::IValue& key = unwrap(keys[i]);
    const bool fits =
        key.isString() || key.isInt() || key.isDouble() || key.isBool() || key.isTensor();
    if (!fits)
      fail(TSRT_INVALID_ARGUMENT, "key ", i, " is a ", kind_name(key),
           ": keys are strings, ints, floats, bools or tensors");
    const c10::TypePtr each = key.isTensor() ? c10::TensorType::get() : key.type();
    if (!type) type = each;
    if (*type != *each)
      fail(TSRT_INVALID_ARGUMENT, "key ", i, " is a ", kind_name(key), " and the first one a ",
           type->repr_str(), ": all keys of a dict are of one kind");
  }
  return type ? type : c10::StringType::get();
}

int depth_of(const c10::IValue& value) {
  int deepest = -1;
  if (value.isList() && !value.isTensorList()) {
    for (const auto& item : value.toListRef()) deepest = std::max(deepest, depth_of(item));
  } else if (value.isTuple()) {
    for (const auto& item : value.toTupleRef().elements())
      deepest = std::max(deepest, depth_of(item));
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict())
      deepest = std::max(deepest, depth_of(entry.value()));
  }
  return deepest + 1;
}

}  // namespace

tsrt_value* new_value(c10::IValue value) {
  const int depth = depth_of(value);
  return new tsrt_value(std::move(value), depth);
}

std::string kind_name(const c10::IValue& value) {
  if (value.isTensor()) return value.toTensor().defined() ? summary(value.toTensor()) : "Tensor";
  if (value.isList()) return "list";
  if (value.isTuple()) return "tuple";
  if (value.isGenericDict()) return "dict";
  return value.type()->repr_str();
}

}  // namespace tsrt

using tsrt::unwrap;

tsrt_error* tsrt_value_new_none(tsrt_value** value) {
  return tsrt::make(value, [] { return tsrt::scalar({}); });
}

tsrt_error* tsrt_value_new_bool(bool b, tsrt_value** value) {
  return tsrt::make(value, [&] { return tsrt::scalar(b); });
}

tsrt_error* tsrt_value_new_int(int64_t i, tsrt_value** value) {
  return tsrt::make(value, [&] { return tsrt::scalar(i); });
}

tsrt_error* tsrt_value_new_float(double f, tsrt_value** value) {
  return tsrt::make(value, [&] { return tsrt::scalar(f); });
}

tsrt_error* tsrt_value_new_string(const char* text, size_t size, tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::require(text || size == 0, "text is NULL");
    return tsrt::scalar(std::string(text ? text : "", size));
  });
}

tsrt_error* tsrt_value_new_tensor(const tsrt_tensor* tensor, tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::require(tensor, "tensor is NULL");
    return tsrt::scalar(tsrt::borrow(tsrt::layout_of(*tensor, {"tensor", 0})));
  });
}

tsrt_error* tsrt_value_new_tuple(const tsrt_value* const* items, size_t n_items,
                                 tsrt_value** value) {
  return tsrt::make(value, [&] {
    const int depth = tsrt::depth_of(items, n_items);
    std::vector<c10::IValue> elements;
    elements.reserve(n_items);
    for (size_t i = 0; i < n_items; ++i) elements.push_back(items[i]->value);
    return new tsrt_value(c10::ivalue::Tuple::create(std::move(elements)), depth);
  });
}

tsrt_error* tsrt_value_new_list(const tsrt_value* const* items, size_t n_items,
                                tsrt_value** value) {
  return tsrt::make(value, [&] {
    const int depth = tsrt::depth_of(items, n_items);
    c10::impl::GenericList list(c10::AnyType::get());
    list.reserve(n_items);
    for (size_t i = 0; i < n_items; ++i) list.push_back(items[i]->value);
    return new tsrt_value(std::move(list), depth);
  });
}

tsrt_error* tsrt_value_new_dict(const tsrt_value* const* keys, const tsrt_value* const* values,
                                size_t n_entries, tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::depth_of(keys, n_entries);
    const int depth = tsrt::depth_of(values, n_entries);
    c10::impl::GenericDict dict(tsrt::key_type(keys, n_entries), c10::AnyType::get());
    for (size_t i = 0; i < n_entries; ++i) dict.insert_or_assign(keys[i]->value, values[i]->value);
    return new tsrt_value(std::move(dict), depth);
  });
}

int32_t tsrt_value_kind(const tsrt_value* value) {
  return value ? tsrt::kind(value->value) : TSRT_KIND_NONE;
}

tsrt_error* tsrt_value_get_bool(const tsrt_value* value, bool* b) {
  return tsrt::guard([&] {
    tsrt::check_out(b);
    tsrt::check_kind(unwrap(value), unwrap(value).isBool(), "bool");
    *b = value->value.toBool();
  });
}

tsrt_error* tsrt_value_get_int(const tsrt_value* value, int64_t* i) {
  return tsrt::guard([&] {
    tsrt::check_out(i);
    tsrt::check_kind(unwrap(value), unwrap(value).isInt(), "int");
    *i = value->value.toInt();
  });
}

tsrt_error* tsrt_value_get_float(const tsrt_value* value, double* f) {
  return tsrt::guard([&] {
    tsrt::check_out(f);
    tsrt::check_kind(unwrap(value), unwrap(value).isDouble(), "float");
    *f = value->value.toDouble();
  });
}

tsrt_error* tsrt_value_get_string(const tsrt_value* value, const char** text, size_t* size) {
  return tsrt::guard([&] {
    tsrt::check_outs(text, size);
    tsrt::check_kind(unwrap(value), unwrap(value).isString(), "string");
    *text = value->value.toStringRef().c_str();
    *size = value->value.toStringRef().size();
  });
}

tsrt_error* tsrt_value_get_tensor(const tsrt_value* value, tsrt_managed_tensor** tensor) {
  return tsrt::guard([&] {
    tsrt::check_out(tensor);
    tsrt::check_kind(unwrap(value), unwrap(value).isTensor(), "tensor");
    *tensor = tsrt::share(value->value.toTensor()).release();
  });
}

tsrt_error* tsrt_value_size(const tsrt_value* value, size_t* size) {
  return tsrt::guard([&] {
    tsrt::check_out(size);
    *size = tsrt::size(unwrap(value));
  });
}

tsrt_error* tsrt_value_item(const tsrt_value* value, size_t index, tsrt_value** item) {
  return tsrt::guard([&] {
    tsrt::check_out(item);
    const c10::IValue& v = unwrap(value);
    tsrt::check_kind(v, v.isList() || v.isTuple(), "list or tuple");
    const size_t n = tsrt::size(v);
    tsrt::require(index < n, "index ", index, " is out of range: there are ", n, " items");
    c10::IValue child = v.isList() ? v.toListRef()[index] : v.toTupleRef().elements()[index];
    *item = new tsrt_value(std::move(child), value->depth);
  });
}

tsrt_error* tsrt_value_entry(const tsrt_value* value, size_t index, tsrt_value** key,
                             tsrt_value** item) {
  return tsrt::guard([&] {
    tsrt::check_outs(key, item);
    tsrt::check_kind(unwrap(value), unwrap(value).isGenericDict(), "dict");
    const auto dict = value->value.toGenericDict();
    tsrt::require(index < dict.size(), "index ", index, " is out of range: there are ", dict.size(),
                  " entries");
    auto entry = dict.begin();
    for (size_t i = 0; i < index; ++i) ++entry;
    auto first = std::make_unique<tsrt_value>(entry->key(), value->depth);
    *item = new tsrt_value(entry->value(), value->depth);
    *key = first.release();
  });
}

void tsrt_value_free(tsrt_value* value) {
  delete value;
}
