// The option strings of tsrt_model_load, _share and _tune: "key=value,key=value".
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

// How methods run: by LibTorch's graph executor, by their plain graph, which gives the same bits,
// or as they were tuned.
enum class Optimize { none, exact, tuned };

struct Options {
  std::string device = "cpu";
  CallOptions call;
  std::vector<std::string> libraries;
  bool verify = true;
  bool mmap = false;
  bool signature = true;
  bool restricted = false;  // trust
  Optimize optimize = Optimize::exact;
  std::string plans;  // path of a file with a choice of plans; empty for that in the archive
};

// Those of tsrt_model_tune.
struct TuneOptions {
  std::optional<double> tolerance;  // of results, relative to the largest number in the exact one
  double seconds = 2;               // for timing
  bool bfloat16 = false;            // may plans compute with it?
};

// NULL and "" give the defaults. An unknown key or a bad value is an error that lists what is
// allowed.
Options parse_options(const char* text);

// The same for those of a handle; what is not given stays as in `defaults`.
CallOptions parse_call_options(const char* text, const CallOptions& defaults);

TuneOptions parse_tune_options(const char* text);

}  // namespace tsrt
