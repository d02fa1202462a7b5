// The border between C++ and C: every entry point is one `return guard([&] { ... });`.
#pragma once

#include <cstdint>
#include <exception>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>

#include "counts.h"
#include "process/entry.h"
#include "tsrt.h"

struct tsrt_error {
  int32_t code;
  std::string message;
  std::string detail;
};

namespace tsrt {

// What one of several things is called in an error: "input 2".
struct Label {
  const char* word;
  size_t index;
};
inline std::ostream& operator<<(std::ostream& out, const Label& label) {
  return out << label.word << ' ' << label.index;
}

// The parts' text, one after the other. c10::str gives a part of it when memory runs out: streams
// swallow what is thrown inside them, unless they are told not to.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  (out << ... << parts);
  return std::move(out).str();
}

// An error that we found ourselves, with its code and its final text.
struct Failure : std::exception {
  Failure(int32_t code, std::string message, std::string detail = {})
      : code(code), message(std::move(message)), detail(std::move(detail)) {}
  const char* what() const noexcept override { return message.c_str(); }

  int32_t code;
  std::string message;
  std::string detail;
};

template <class... Parts>
[[noreturn]] void fail(int32_t code, const Parts&... parts) {
  throw Failure(code, concat(parts...));
}

// For parts that cost nothing to name: they are evaluated in any case.
template <class... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    fail(TSRT_INVALID_ARGUMENT, parts...);
}

// What is thrown in the middle of a graph comes back from the interpreter as text: these tell.
inline constexpr char timeout_text[] = "the call was stopped after its timeout of ";
inline constexpr char cancelled_text[] = "the call was stopped: it was cancelled";
inline constexpr char interrupted_text[] = "the call was stopped by the host's interrupt check";

// Call inside a catch block: the exception being handled as a Failure. An exception that tells
// nothing about its code gets `otherwise`.
Failure current_failure(int32_t otherwise);

// Call inside a catch block: the exception being handled as an error object. When there is no
// memory for one, a static object that says so.
tsrt_error* current_error() noexcept;

template <class Body>
tsrt_error* guard(Body&& body) noexcept {
  try {
    const Entry entry;
    body();
    return nullptr;
  } catch (...) {
    return current_error();
  }
}

// Text for the caller to free with tsrt_string_free.
char* new_string(const std::string& text);

}  // namespace tsrt
