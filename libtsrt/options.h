// The option string of tsrt_model_load: "key=value,key=value".
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tsrt {

struct Options {
  std::string device = "cpu";
  std::optional<int> threads;
  std::vector<std::string> libraries;
  bool verify = true;
  bool mmap = false;
  bool signature = true;
  bool restricted = false;  // trust
};

// NULL and "" give the defaults. An unknown key or a bad value is an error that lists what is
// allowed.
Options parse_options(const char* text);

}  // namespace tsrt
