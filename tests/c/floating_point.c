/* Hosts with a floating-point environment of their own: traps, denormals flushed to zero, other
 * roundings. Models run in the default one, and the host finds its own again. */
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "check.h"

static float results[4];

/* delicate.pt gives square roots, divided and then made so small that some are denormal. */
static void run(tsrt_model *model, float *y) {
  float x[4] = {-1, 0, 1, 1e-30f};
  int64_t shape[1] = {4};
  const tsrt_tensor input = view(x, float32, 1, shape), output = view(y, float32, 1, shape);
  CHECK_OK(tsrt_model_forward_into(model, &input, 1, &output, 1));
}

static void check_same(tsrt_model *model) {
  float y[4];
  run(model, y);
  CHECK(memcmp(y, results, sizeof y) == 0);
}

static void test_traps(void) {
  tsrt_model *model = load("delicate");
  run(model, results);
  CHECK(isnan(results[0]) && fpclassify(results[3]) == FP_SUBNORMAL);
  feclearexcept(FE_ALL_EXCEPT);
  CHECK(feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT) == 0);
  check_same(model);
  tsrt_model *other = load("delicate"); /* loading computes as well */
  check_same(other);
  tsrt_model_free(other);
  tsrt_error *error = failing_forward(model, NULL, 0); /* and so do calls that fail */
  tsrt_error_free(error);
  CHECK(fegetexcept() == (FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT));
  CHECK(fetestexcept(FE_ALL_EXCEPT) == 0); /* nothing waits to be trapped */
  fedisableexcept(FE_ALL_EXCEPT);
  tsrt_model_free(model);
}

static void test_rounding(void) {
  tsrt_model *model = load("delicate");
  const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  for (size_t i = 0; i < COUNT(modes); ++i) {
    CHECK(fesetround(modes[i]) == 0);
    check_same(model);
    CHECK(fegetround() == modes[i]);
  }
  CHECK(fesetround(FE_TONEAREST) == 0);
  tsrt_model_free(model);
}

#if defined(__x86_64__)
static uint16_t x87_control(void) {
  uint16_t control;
  __asm__ volatile("fnstcw %0" : "=m"(control));
  return control;
}

/* Flushing to zero, every trap, and flags that say what has happened: to the bit. */
static void test_registers(void) {
  tsrt_model *model = load("delicate");
  const uint32_t before = _mm_getcsr();
  const uint32_t wanted[] = {0x9fc0, 0x9fff, 0x0040, 0x1f40, 0xe000, 0x0000};
  for (size_t i = 0; i < COUNT(wanted); ++i) {
    _mm_setcsr(wanted[i]);
    check_same(model);
    CHECK(_mm_getcsr() == wanted[i]);
  }
  _mm_setcsr(before);
  const uint16_t controls[] = {0x027f, 0x0c7f, 0x0340}, usual = x87_control();
  for (size_t i = 0; i < COUNT(controls); ++i) {
    __asm__ volatile("fldcw %0" : : "m"(controls[i]));
    check_same(model);
    CHECK(x87_control() == controls[i]);
  }
  __asm__ volatile("fldcw %0" : : "m"(usual));
  tsrt_model_free(model);
}
#endif

/* Threads that a call starts begin in its environment. This is the first work for many here. */
static void test_pool(void) {
  enum { n = 1 << 20 };
  float *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
  for (int i = 0; i < n; ++i) x[i] = 1e-30f;
  int64_t shape[1] = {n};
  const tsrt_tensor input = view(x, float32, 1, shape), output = view(y, float32, 1, shape);
  tsrt_model *model = load("delicate");
#if defined(__x86_64__)
  const uint32_t before = _mm_getcsr();
  _mm_setcsr(0x8040); /* all traps, and zero for what is small */
#endif
  CHECK_OK(tsrt_model_forward_into(model, &input, 1, &output, 1));
#if defined(__x86_64__)
  _mm_setcsr(before);
#endif
  for (int i = 0; i < n; ++i) CHECK(fpclassify(y[i]) == FP_SUBNORMAL && y[i] == y[0]);
  tsrt_model_free(model);
  free(x);
  free(y);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_pool();
  test_traps();
  test_rounding();
#if defined(__x86_64__)
  test_registers();
#endif
  return finish();
}
