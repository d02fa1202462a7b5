#include "model/difference.h"

#include <ATen/Functions.h>
#include <ATen/core/Dict.h>

#include <algorithm>
#include <cmath>

#include "values/value.h"

namespace tsrt {
namespace {

using c10::IValue;
using Difference = std::optional<double>;

Difference of_numbers(double exact, double other) {
  if (exact == other || (std::isnan(exact) && std::isnan(other))) return 0;
  if (!std::isfinite(exact) || !std::isfinite(other)) return std::nullopt;
  return std::abs(exact - other) / std::max(std::abs(exact), std::abs(other));
}

Difference of_tensors(const at::Tensor& exact, const at::Tensor& other) {
  if (!exact.defined() || !other.defined())
    return exact.defined() == other.defined() ? Difference(0) : std::nullopt;
  if (exact.scalar_type() != other.scalar_type() || exact.sizes() != other.sizes())
    return std::nullopt;
  const bool inexact = exact.is_floating_point() || exact.is_complex();
  if (exact.numel() == 0 || !inexact) return at::equal(exact, other) ? Difference(0) : std::nullopt;
  const auto type = exact.is_complex() ? at::kComplexDouble : at::kDouble;
  const at::Tensor a = exact.to(type);
  const at::Tensor b = other.to(type);
  const at::Tensor finite = a.isfinite();
  if (!at::equal(finite, b.isfinite())) return std::nullopt;
  const at::Tensor strange = finite.logical_not();
  if (!at::allclose(a.masked_select(strange), b.masked_select(strange), 0, 0, /*equal_nan=*/true))
    return std::nullopt;
  const at::Tensor apart = at::sub(a, b).masked_select(finite).abs();
  if (apart.numel() == 0) return 0;
  const double largest = apart.max().item<double>();
  return largest == 0 ? 0 : largest / a.masked_select(finite).abs().max().item<double>();
}

Difference between(const IValue& exact, const IValue& other, int depth);

Difference of_items(const std::vector<IValue>& exact, const std::vector<IValue>& other, int depth) {
  if (exact.size() != other.size()) return std::nullopt;
  double largest = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    const Difference each = between(exact[i], other[i], depth);
    if (!each) return std::nullopt;
    largest = std::max(largest, *each);
  }
  return largest;
}

std::vector<IValue> items_in(const IValue& value) {
  if (value.isTuple() || value.isList()) return items_of(value).vec();
  if (value.isObject()) return value.toObjectRef().slots();
  std::vector<IValue> entries;
  for (const auto& entry : value.toGenericDict()) {
    entries.push_back(entry.key());
    entries.push_back(entry.value());
  }
  return entries;
}

// Objects may refer to each other in circles; what lies that deep is taken as equal.
Difference between(const IValue& exact, const IValue& other, int depth) {
  if (exact.tagKind() != other.tagKind()) return std::nullopt;
  if (exact.isTensor()) return of_tensors(exact.toTensor(), other.toTensor());
  if (exact.isDouble()) return of_numbers(exact.toDouble(), other.toDouble());
  const bool container =
      exact.isTuple() || exact.isList() || exact.isGenericDict() || exact.isObject();
  if (container) return depth == 0 ? 0 : of_items(items_in(exact), items_in(other), depth - 1);
  return exact == other ? Difference(0) : std::nullopt;
}

}  // namespace

Difference difference(const IValue& exact, const IValue& other) {
  return between(exact, other, max_depth);
}

}  // namespace tsrt
