// The floating-point environment that models are made for: nothing traps, results are rounded to
// the nearest number, small ones are kept. A host may have its own: SBCL and Free Pascal unmask
// exceptions, -ffast-math flushes denormals to zero. So calls run in the default environment, and
// afterwards the host's is back as it was. Threads that begin within a call inherit the call's.
#pragma once

#include <cfenv>
#include <cstdint>

namespace tsrt {

#if defined(__x86_64__)

class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() {
    uint16_t x87;
    asm volatile("stmxcsr %0" : "=m"(sse_));
    asm volatile("fnstcw %0" : "=m"(x87));
    if ((sse_ & sse_control) != sse_default || x87 != x87_default) [[unlikely]]
      change();
  }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;
  ~DefaultFloatingPoint() {
    if (changed_) [[unlikely]]
      restore();
  }

 private:
  static constexpr uint32_t sse_default = 0x1f80;
  static constexpr uint32_t sse_control = ~uint32_t{0x3f};  // the rest says what has happened
  static constexpr uint16_t x87_default = 0x037f;

  // Not fesetenv(FE_DFL_ENV), which leaves the trap on denormals as it is. None of these
  // instructions looks for exceptions that are waiting to be raised.
  void change() {
    changed_ = true;
    asm volatile("fnstenv %0" : "=m"(x87_));
    asm volatile("fnclex\n\tfldcw %0" : : "m"(x87_default));
    asm volatile("ldmxcsr %0" : : "m"(sse_default));
  }
  // What happened in the call is not told: the host might have it trapped.
  void restore() const {
    asm volatile("fnclex\n\tfldenv %0" : : "m"(x87_));
    asm volatile("ldmxcsr %0" : : "m"(sse_));
  }

  uint32_t sse_;
  bool changed_ = false;
  struct {
    uint32_t words[7];
  } x87_;
};

#else

class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() {
    changed_ = !is_default();
    if (!changed_) return;
    std::fegetenv(&host_);
    std::fesetenv(FE_DFL_ENV);
  }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;
  ~DefaultFloatingPoint() {
    if (changed_) std::fesetenv(&host_);
  }

 private:
  static bool is_default() {
#if defined(__aarch64__)
    uint64_t control;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    return control == 0;
#else
    return false;
#endif
  }

  bool changed_;
  std::fenv_t host_;
};

#endif

}  // namespace tsrt
