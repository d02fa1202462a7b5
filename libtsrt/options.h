// The option strings of tsrt_model_load and tsrt_model_share: "key=value,key=value".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tsrt {

// What concerns each call.
struct CallOptions {
  std::optional<int> threads;
  std::optional<std::chrono::nanoseconds> timeout;
};

struct Options {
  std::string device = "cpu";
  CallOptions call;
  std::vector<std::string> libraries;
  bool verify = true;
  bool mmap = false;
  bool signature = true;
  bool restricted = false;  // trust
};

// NULL and "" give the defaults. An unknown key or a bad value is an error that lists what is
// allowed.
Options parse_options(const char* text);

// The same for those of a handle; what is not given stays as in `defaults`.
CallOptions parse_call_options(const char* text, const CallOptions& defaults);

}  // namespace tsrt
