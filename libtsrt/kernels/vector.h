// Vectors of TSRT_LANES floats and functions of them, in the vector extensions of gcc and clang.
// Only for body.h, which tells why all is in an unnamed namespace.
#include "kernels/kernels.h"

namespace tsrt {
namespace {

constexpr int lanes = TSRT_LANES;

typedef float Vector __attribute__((vector_size(4 * lanes)));
typedef uint32_t Bits __attribute__((vector_size(4 * lanes)));
typedef float Unaligned __attribute__((vector_size(4 * lanes), aligned(4), may_alias));

Vector load(const float* from) {
  return *reinterpret_cast<const Unaligned*>(from);
}
void store(float* to, Vector v) {
  *reinterpret_cast<Unaligned*>(to) = v;
}

Vector load_first(const float* from, int64_t n) {
  if (n >= lanes) return load(from);
  float some[lanes] = {};
  for (int64_t i = 0; i < n; ++i) some[i] = from[i];
  return load(some);
}

void store_first(float* to, Vector v, int64_t n) {
  if (n >= lanes) return store(to, v);
  float some[lanes];
  store(some, v);
  for (int64_t i = 0; i < n; ++i) to[i] = some[i];
}

Vector splat(float value) {
  return value - Vector{};
}

// These let NaN through, as torch's do.
Vector at_least(Vector v, float low) {
  return v < low ? splat(low) : v;
}
Vector at_most(Vector v, float high) {
  return v > high ? splat(high) : v;
}

// e^x - 1 for -88 <= x <= 88. With x = n ln 2 + r it is 2^n (e^r - 1) + (2^n - 1), of which neither
// part loses digits near 0.
Vector expm1(Vector x) {
  constexpr float rounding = 12582912;  // 1.5 * 2^23: a sum has n in its last bits
  const Vector sum = x * 1.44269504f + rounding;
  const Vector n = sum - rounding;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector series = splat(1 / 5040.f);
  series = series * r + 1 / 720.f;
  series = series * r + 1 / 120.f;
  series = series * r + 1 / 24.f;
  series = series * r + 1 / 6.f;
  series = series * r + 1 / 2.f;
  series = series * (r * r) + r;
  const Vector power = reinterpret_cast<Vector>((reinterpret_cast<Bits>(sum) << 23) + 0x3f800000u);
  return power * series + (power - 1);
}

Vector sigmoid(Vector x) {
  return 1 / (2 + expm1(at_most(at_least(-x, -88), 88)));
}

Vector tanh(Vector x) {
  const Vector e = expm1(at_most(at_least(2 * x, -20), 20));
  return e / (e + 2);
}

// Abramowitz and Stegun 7.1.26: an error of 1.5e-7 at most.
Vector erf(Vector x) {
  const Vector z = at_most(x < 0 ? -x : x, 9);
  const Vector t = 1 / (1 + 0.3275911f * z);
  Vector p = splat(1.061405429f);
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const Vector result = 1 - p * t * (1 + expm1(-z * z));
  return x < 0 ? -result : result;
}

Vector gelu(Vector x) {
  return 0.5f * x * (1 + erf(x * 0.70710678f));
}

Vector gelu_tanh(Vector x) {
  return 0.5f * x * (1 + tanh(0.79788456f * (x + 0.044715f * x * x * x)));
}

Vector activated(Activation activation, Vector v) {
  switch (activation) {
    case Activation::none:
      return v;
    case Activation::relu:
      return at_least(v, 0);
    case Activation::tanh:
      return tanh(v);
    case Activation::sigmoid:
      return sigmoid(v);
    case Activation::gelu:
      return gelu(v);
    case Activation::gelu_tanh:
      return gelu_tanh(v);
  }
  return v;
}

}  // namespace
}  // namespace tsrt
