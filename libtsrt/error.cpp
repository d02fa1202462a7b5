// Exceptions become error objects, and error objects become text.
#include <c10/util/Exception.h>
#include <torch/csrc/jit/frontend/error_report.h>
#include <torch/csrc/jit/runtime/jit_exception.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "guard.h"

namespace tsrt {
namespace {

tsrt_error out_of_memory{TSRT_OUT_OF_MEMORY, "out of memory: free some, or use smaller inputs", ""};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  text = text.substr(0, text.find('\n'));
  return std::string(text.substr(0, text.find_last_not_of(" \r") + 1));
}

// The interpreter reports "<where it was>\nRuntimeError: <what happened>"; the last one counts.
std::string reason(std::string_view text) {
  static constexpr std::string_view marker = "\nRuntimeError: ";
  const size_t at = text.rfind(marker);
  return first_line(at == std::string_view::npos ? text : text.substr(at + marker.size()));
}

// LibTorch's CPU allocator and its reader of archives throw plain errors, and its interpreter makes
// one of whatever is thrown in a graph; only the text tells.
int32_t refine(int32_t code, const std::string& text) {
  if (contains(text, timeout_text)) return TSRT_TIMEOUT;
  if (contains(text, cancelled_text) || contains(text, interrupted_text)) return TSRT_CANCELLED;
  for (const char* sign :
       {"DefaultCPUAllocator", "not enough memory", "std::bad_alloc", "allocation failed"}) {
    if (contains(text, sign)) return TSRT_OUT_OF_MEMORY;
  }
  if (contains(text, "Unknown builtin op: ")) return TSRT_MISSING_OPERATOR;
  return code;
}

// "... you tried to allocate 4096 bytes. Error code 12 ..."
std::string out_of_memory_text(const std::string& line) {
  static constexpr std::string_view marker = "tried to allocate ";
  const size_t at = std::string_view(line).find(marker, 0);
  if (at == std::string::npos) return "out of memory: free some, or use smaller inputs";
  const size_t begin = at + marker.size();
  const std::string amount = line.substr(begin, line.find_first_of(".\n", begin) - begin);
  return concat("out of memory, ", amount, " were wanted: free some, or use smaller inputs");
}

Failure from_text(int32_t code, const std::string& text) {
  const int32_t refined = refine(code, text);
  std::string line = reason(text);
  std::string detail = text == line ? std::string() : text;
  if (refined == TSRT_OUT_OF_MEMORY) line = out_of_memory_text(line);
  return Failure(refined, std::move(line), std::move(detail));
}

// Names and paths that the caller gave may hold anything; a message is one line.
std::string on_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

// "ValueError: what the model's author wrote"
std::string raised_text(const torch::jit::JITException& e) {
  std::string name = e.getPythonClassName().value_or("Exception");
  if (name.rfind("builtins.", 0) == 0) name.erase(0, 9);
  return concat(name, ": ", reason(e.getOriginalMsg().value_or(e.what())));
}

}  // namespace

Failure current_failure(int32_t otherwise) {
  try {
    throw;
  } catch (const Failure& failure) {
    return failure;
  } catch (const std::bad_alloc&) {
    throw;  // reported without allocating
  } catch (const c10::OutOfMemoryError& e) {
    return from_text(TSRT_OUT_OF_MEMORY, e.what_without_backtrace());
  } catch (const torch::jit::JITException& e) {
    return Failure(TSRT_MODEL_ERROR, raised_text(e), e.what());
  } catch (const c10::Error& e) {
    return from_text(otherwise, e.what_without_backtrace());
  } catch (const std::exception& e) {
    return from_text(otherwise, e.what());
  } catch (...) {
    return Failure(otherwise, "an exception of unknown type was thrown");
  }
}

tsrt_error* current_error() noexcept {
  try {
    Failure failure = current_failure(TSRT_INTERNAL);
    auto* error =
        new tsrt_error{failure.code, on_one_line(failure.message), std::move(failure.detail)};
    count(Kind::error, 1);
    return error;
  } catch (...) {
    return &out_of_memory;
  }
}

char* new_string(const std::string& text) {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (!copy) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  count(Kind::string, 1);
  return copy;
}

}  // namespace tsrt

int32_t tsrt_error_code(const tsrt_error* error) {
  return error ? error->code : 0;
}

const char* tsrt_error_message(const tsrt_error* error) {
  return error ? error->message.c_str() : "";
}

const char* tsrt_error_detail(const tsrt_error* error) {
  return error ? error->detail.c_str() : "";
}

void tsrt_error_free(tsrt_error* error) {
  if (!error || error == &tsrt::out_of_memory) return;
  tsrt::count(tsrt::Kind::error, -1);
  delete error;
}

void tsrt_string_free(char* text) {
  if (!text) return;
  tsrt::count(tsrt::Kind::string, -1);
  std::free(text);
}

int64_t tsrt_live_handles(void) {
  return tsrt::sum_of_handles();
}
