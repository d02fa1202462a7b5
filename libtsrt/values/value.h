// tsrt_value: an IValue with a handle around it.
#pragma once

#include <ATen/core/ivalue.h>

#include <memory>

#include "guard.h"

namespace tsrt {

class Context;

// The model that a value with an object in it came from, which its methods need.
struct Origin {
  std::shared_ptr<Context> context;
  c10::Device device = c10::kCPU;
  bool read_only = false;  // its tensors are the model's own
};

constexpr int max_depth = 64;

}  // namespace tsrt

// Containers made by the caller hold their items untyped; the method's signature types them.
struct tsrt_value : tsrt::Counted<tsrt::Kind::value> {
  tsrt_value(c10::IValue value, int depth, tsrt::Origin origin = {})
      : value(std::move(value)), depth(depth), origin(std::move(origin)) {}

  c10::IValue value;
  int depth;  // how deep the containers nest; bounded, since much of LibTorch recurses over them
  tsrt::Origin origin;
  mutable std::string text;  // what a reader has borrowed
};

namespace tsrt {

// A handle to something of a model's.
tsrt_value* new_value(c10::IValue value, Origin origin);

// "an int", "a list", "float32[2, 3]": what a value is, for an error.
std::string kind_name(const c10::IValue& value);

// Of a list or tuple.
c10::ArrayRef<c10::IValue> items_of(const c10::IValue& value);

const c10::IValue& unwrap(const tsrt_value* value);
void check_kind(const c10::IValue& value, bool matches, const char* wanted);

}  // namespace tsrt
