// The makers of values.
#include <ATen/Functions.h>
#include <ATen/core/Dict.h>
#include <ATen/core/List.h>

#include "tensor/tensor.h"
#include "values/dict.h"
#include "values/quantized.h"
#include "values/value.h"

namespace tsrt {
namespace {

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

// What a container of values inherits from them.
struct Contents {
  int depth = 1;
  bool read_only = false;
  Origin origin;

  void add(const tsrt_value* const* items, size_t n) {
    require(items || n == 0, "the array of items is NULL");
    for (size_t i = 0; i < n; ++i) {
      require(items[i], "item ", i, " is NULL");
      depth = std::max(depth, items[i]->depth + 1);
      const Origin& other = items[i]->origin;
      read_only |= other.read_only;
      if (!other.session) continue;
      require(!origin.session || origin.context() == other.context(), "item ", i,
              " holds an object of another model than the items before it");
      origin = other;
    }
    require(depth <= max_depth, "values nest deeper than ", max_depth, " levels");
    origin.read_only = read_only;
  }
};

// What the keys of a dict may be in TorchScript, and that they are all alike.
c10::TypePtr key_type(const tsrt_value* const* keys, size_t n) {
  c10::TypePtr type;
  for (size_t i = 0; i < n; ++i) {
    const c10::IValue& key = keys[i]->value;
    const bool fits = key.isString() || key.isInt() || key.isDouble() || key.isBool() ||
                      key.isComplexDouble() || key.isTensor() || key.isDevice();
    if (!fits)
      fail(TSRT_INVALID_ARGUMENT, "key ", i, " is ", kind_name(key),
           ": keys are strings, numbers, bools, devices or tensors");
    const c10::TypePtr each = key.isTensor() ? c10::TensorType::get() : key.type();
    if (!type) type = each;
    if (*type != *each)
      fail(TSRT_INVALID_ARGUMENT, "key ", i, " is ", kind_name(key), " and the first one a ",
           type->annotation_str(), ": all keys of a dict are of one kind");
  }
  return type ? type : c10::StringType::get();
}

// How many bytes the UTF-8 sequence at the beginning has; 0 if it is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                                       : 4;
  if (first > 0xf4 || length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  const bool bad = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0) ||
                   (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90);
  return bad ? 0 : length;
}

void check_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = sequence_length(text.substr(at));
    require(length, "the text is not UTF-8: byte ", at, " begins no character");
    at += length;
  }
}

}  // namespace
}  // namespace tsrt

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

tsrt_error* tsrt_value_new_complex(double real, double imaginary, tsrt_value** value) {
  return tsrt::make(value, [&] { return tsrt::scalar(c10::complex<double>(real, imaginary)); });
}

tsrt_error* tsrt_value_new_string(const char* text, size_t size, tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::require(text || size == 0, "text is NULL");
    const std::string_view view(text ? text : "", size);
    tsrt::check_utf8(view);
    return tsrt::scalar(std::string(view));
  });
}

tsrt_error* tsrt_value_new_dtype(tsrt_dtype dtype, tsrt_value** value) {
  return tsrt::make(value, [&] {
    return tsrt::scalar(static_cast<int64_t>(tsrt::scalar_type(dtype, {"dtype", 0})));
  });
}

tsrt_error* tsrt_value_new_tensor(const tsrt_tensor* tensor, tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::require(tensor, "tensor is NULL");
    return tsrt::scalar(tsrt::borrow(tsrt::layout_of(*tensor, {"tensor", 0})));
  });
}

tsrt_error* tsrt_value_new_quantized(const tsrt_tensor* integers, const tsrt_tensor* scales,
                                     const tsrt_tensor* zero_points, int32_t axis,
                                     tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::require(integers && scales && zero_points, "a tensor is NULL");
    return tsrt::scalar(tsrt::quantized(*integers, *scales, *zero_points, axis));
  });
}

tsrt_error* tsrt_value_new_tuple(const tsrt_value* const* items, size_t n_items,
                                 tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::Contents contents;
    contents.add(items, n_items);
    std::vector<c10::IValue> elements;
    elements.reserve(n_items);
    for (size_t i = 0; i < n_items; ++i) elements.push_back(items[i]->value);
    return new tsrt_value(c10::ivalue::Tuple::create(std::move(elements)), contents.depth,
                          contents.origin);
  });
}

tsrt_error* tsrt_value_new_list(const tsrt_value* const* items, size_t n_items,
                                tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::Contents contents;
    contents.add(items, n_items);
    c10::impl::GenericList list(c10::AnyType::get());
    list.reserve(n_items);
    for (size_t i = 0; i < n_items; ++i) list.push_back(items[i]->value);
    return new tsrt_value(std::move(list), contents.depth, contents.origin);
  });
}

tsrt_error* tsrt_value_new_dict(const tsrt_value* const* keys, const tsrt_value* const* values,
                                size_t n_entries, tsrt_value** value) {
  return tsrt::make(value, [&] {
    tsrt::Contents contents;
    contents.add(keys, n_entries);
    contents.add(values, n_entries);
    auto dict = tsrt::new_dict(tsrt::key_type(keys, n_entries), c10::AnyType::get());
    for (size_t i = 0; i < n_entries; ++i) dict.insert_or_assign(keys[i]->value, values[i]->value);
    return new tsrt_value(std::move(dict), contents.depth, contents.origin);
  });
}
