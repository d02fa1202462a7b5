#include "values/value.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>

#include "tensor/device.h"
#include "tensor/managed.h"
#include "tensor/tensor.h"

namespace tsrt {
namespace {

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
  if (v.isEnum()) return TSRT_KIND_ENUM;
  return TSRT_KIND_OTHER;
}

size_t size(const c10::IValue& v) {
  if (v.isList() || v.isTuple()) return items_of(v).size();
  check_kind(v, v.isGenericDict(), "a list, tuple or dict");
  return v.toGenericDict().size();
}

std::vector<std::pair<c10::IValue, c10::IValue>> entries_of(const c10::IValue& value) {
  const auto dict = value.toGenericDict();
  std::vector<std::pair<c10::IValue, c10::IValue>> entries;
  entries.reserve(dict.size());
  for (const auto& entry : dict) entries.emplace_back(entry.key(), entry.value());
  return entries;
}

// How deep a value nests, and whether there is an object in it.
struct Extent {
  int depth = 0;
  bool object = false;

  void contain(const Extent& item) {
    depth = std::max(depth, item.depth + 1);
    object |= item.object;
  }
};

Extent extent_of(const c10::IValue& value) {
  Extent extent;
  extent.object = value.isObject();
  if (value.isTensorList()) {
    extent.depth = 1;
  } else if (value.isList() || value.isTuple()) {
    extent.depth = 1;
    for (const auto& item : items_of(value)) extent.contain(extent_of(item));
  } else if (value.isGenericDict()) {
    extent.depth = 1;
    for (const auto& entry : value.toGenericDict()) extent.contain(extent_of(entry.value()));
  }
  return extent;
}

// Of a named tuple's type; null when the tuple is a plain one.
const c10::FunctionSchema* fields_of(const c10::IValue& value) {
  check_kind(value, value.isTuple(), "a tuple");
  const auto type = value.toTupleRef().type();
  return type->schema().get();
}

}  // namespace

const c10::IValue& unwrap(const tsrt_value* value) {
  require(value, "a value is NULL");
  return value->value;
}

void check_kind(const c10::IValue& value, bool matches, const char* wanted) {
  if (!matches) fail(TSRT_INVALID_ARGUMENT, "the value is ", kind_name(value), ", not ", wanted);
}

tsrt_value* new_value(c10::IValue value, Origin origin) {
  const Extent extent = extent_of(value);
  if (!extent.object) origin.session.reset();
  return new tsrt_value(std::move(value), extent.depth, std::move(origin));
}

std::string kind_name(const c10::IValue& value) {
  if (value.isNone()) return "None";
  if (value.isTensor())
    return value.toTensor().defined() ? summary(value.toTensor()) : "an undefined tensor";
  if (value.isList()) return "a list";
  if (value.isTuple()) return "a tuple";
  if (value.isGenericDict()) return "a dict";
  if (value.isInt()) return "an int";
  return "a " + value.type()->annotation_str();
}

c10::ArrayRef<c10::IValue> items_of(const c10::IValue& value) {
  if (value.isList()) return value.toListRef();
  return value.toTupleRef().elements();
}

}  // namespace tsrt

using tsrt::unwrap;

int32_t tsrt_value_kind(const tsrt_value* value) {
  return value ? tsrt::kind(value->value) : TSRT_KIND_NONE;
}

tsrt_error* tsrt_value_type(const tsrt_value* value, const char** name) {
  return tsrt::guard([&] {
    tsrt::check_out(name);
    const c10::IValue& v = unwrap(value);
    *name = value->type_name.get([&] { return v.type()->annotation_str(); }).c_str();
  });
}

tsrt_error* tsrt_value_get_bool(const tsrt_value* value, bool* b) {
  return tsrt::guard([&] {
    tsrt::check_out(b);
    tsrt::check_kind(unwrap(value), unwrap(value).isBool(), "a bool");
    *b = value->value.toBool();
  });
}

tsrt_error* tsrt_value_get_int(const tsrt_value* value, int64_t* i) {
  return tsrt::guard([&] {
    tsrt::check_out(i);
    tsrt::check_kind(unwrap(value), unwrap(value).isInt(), "an int");
    *i = value->value.toInt();
  });
}

tsrt_error* tsrt_value_get_float(const tsrt_value* value, double* f) {
  return tsrt::guard([&] {
    tsrt::check_out(f);
    tsrt::check_kind(unwrap(value), unwrap(value).isDouble(), "a float");
    *f = value->value.toDouble();
  });
}

tsrt_error* tsrt_value_get_complex(const tsrt_value* value, double* real, double* imaginary) {
  return tsrt::guard([&] {
    tsrt::check_outs(real, imaginary);
    tsrt::check_kind(unwrap(value), unwrap(value).isComplexDouble(), "a complex number");
    const auto number = value->value.toComplexDouble();
    *real = number.real();
    *imaginary = number.imag();
  });
}

tsrt_error* tsrt_value_get_string(const tsrt_value* value, const char** text, size_t* size) {
  return tsrt::guard([&] {
    tsrt::check_outs(text, size);
    const c10::IValue& v = unwrap(value);
    tsrt::check_kind(v, v.isString() || v.isDevice(), "a string or device");
    const std::string& found =
        v.isString() ? v.toStringRef()
                     : value->device_name.get([&] { return tsrt::display(v.toDevice()); });
    *text = found.c_str();
    *size = found.size();
  });
}

tsrt_error* tsrt_value_get_tensor(const tsrt_value* value, tsrt_managed_tensor** tensor) {
  return tsrt::guard([&] {
    tsrt::check_out(tensor);
    tsrt::check_kind(unwrap(value), unwrap(value).isTensor(), "a tensor");
    auto handle = tsrt::share(value->value.toTensor());
    if (value->origin.read_only) handle->flags |= TSRT_READ_ONLY;
    *tensor = handle.release();
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
    tsrt::check_kind(v, v.isList() || v.isTuple(), "a list or tuple");
    const auto items = tsrt::items_of(v);
    tsrt::require(index < items.size(), "index ", index, " is out of range: there are ",
                  items.size(), " items");
    *item = new tsrt_value(items[index], value->depth, value->origin);
  });
}

tsrt_error* tsrt_value_field(const tsrt_value* value, size_t index, const char** name) {
  return tsrt::guard([&] {
    tsrt::check_out(name);
    const auto* fields = tsrt::fields_of(unwrap(value));
    const size_t n = value->value.toTupleRef().elements().size();
    tsrt::require(index < n, "index ", index, " is out of range: there are ", n, " items");
    if (fields) *name = fields->arguments().at(index).name().c_str();
  });
}

tsrt_error* tsrt_value_entry(const tsrt_value* value, size_t index, tsrt_value** key,
                             tsrt_value** item) {
  return tsrt::guard([&] {
    tsrt::check_outs(key, item);
    tsrt::check_kind(unwrap(value), unwrap(value).isGenericDict(), "a dict");
    const auto& entries = value->entries.get([&] { return tsrt::entries_of(value->value); });
    tsrt::require(index < entries.size(), "index ", index, " is out of range: there are ",
                  entries.size(), " entries");
    const auto& [its_key, its_item] = entries[index];
    auto first = std::make_unique<tsrt_value>(its_key, value->depth, value->origin);
    *item = new tsrt_value(its_item, value->depth, value->origin);
    *key = first.release();
  });
}

void tsrt_value_free(tsrt_value* value) {
  delete value;
}
