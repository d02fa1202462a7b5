#include "options.h"

#include <charconv>
#include <string_view>

#include "guard.h"

namespace tsrt {
namespace {

// More than any machine has; past it LibTorch would try to start them all.
constexpr int max_threads = 4096;

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

int parse_threads(std::string_view value) {
  int n = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
  require(error == std::errc() && end == value.data() + value.size() && n >= 1 && n <= max_threads,
          "option threads is '", value, "': it takes a whole number from 1 to ", max_threads);
  return n;
}

bool parse_restricted(std::string_view value) {
  require(value == "full" || value == "restricted", "option trust is '", value,
          "': it takes full or restricted");
  return value == "restricted";
}

bool parse_yes(std::string_view key, std::string_view value) {
  require(value == "yes" || value == "no", "option ", key, " is '", value, "': it takes yes or no");
  return value == "yes";
}

Optimize parse_optimize(std::string_view value) {
  if (value == "none") return Optimize::none;
  if (value == "exact") return Optimize::exact;
  if (value == "auto") return Optimize::tuned;
  fail(TSRT_INVALID_ARGUMENT, "option optimize is '", value, "': it takes none, exact or auto");
}

// Above 0, and not more than `most`.
double parse_number(std::string_view key, std::string_view value, double most, const char* wanted) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  require(
      error == std::errc() && end == value.data() + value.size() && number > 0 && number <= most,
      "option ", key, " is '", value, "': it takes ", wanted);
  return number;
}

double parse_seconds(std::string_view key, std::string_view value) {
  constexpr double most = 1e9;  // thirty years
  return parse_number(key, value, most, "a number of seconds, such as 0.5, above 0");
}

std::chrono::nanoseconds parse_timeout(std::string_view value) {
  const std::chrono::duration<double> seconds(parse_seconds("timeout", value));
  return std::chrono::ceil<std::chrono::nanoseconds>(seconds);
}

bool set(CallOptions& options, std::string_view key, std::string_view value) {
  if (key == "threads") {
    options.threads = parse_threads(value);
  } else if (key == "timeout") {
    options.timeout = parse_timeout(value);
  } else {
    return false;
  }
  return true;
}

void set(Options& options, std::string_view key, std::string_view value) {
  if (set(options.call, key, value)) return;
  if (key == "device") {
    require(!value.empty(), "option device is empty: it takes cpu, cuda, cuda:1, ...");
    options.device = value;
  } else if (key == "library") {
    require(!value.empty(), "option library is empty: it takes the path of a shared library");
    options.libraries.emplace_back(value);
  } else if (key == "verify") {
    options.verify = parse_yes(key, value);
  } else if (key == "mmap") {
    options.mmap = parse_yes(key, value);
  } else if (key == "signature") {
    options.signature = parse_yes(key, value);
  } else if (key == "trust") {
    options.restricted = parse_restricted(value);
  } else if (key == "optimize") {
    options.optimize = parse_optimize(value);
  } else if (key == "plans") {
    require(!value.empty(), "option plans is empty: it takes the path of a file");
    options.plans = value;
  } else {
    fail(TSRT_INVALID_ARGUMENT, "there is no option '", key,
         "': the options are device, threads, timeout, library, verify, mmap, signature, trust, "
         "optimize, plans");
  }
}

template <class Visit>
void for_each_option(const char* text, Visit&& visit) {
  std::string_view rest = trim(text ? text : "");
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view pair = trim(rest.substr(0, comma));
    const size_t equals = pair.find('=');
    require(equals != std::string_view::npos, "option '", pair,
            "' has no value: options are written key=value,key=value");
    visit(trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
}

}  // namespace

Options parse_options(const char* text) {
  Options options;
  for_each_option(text, [&](auto key, auto value) { set(options, key, value); });
  require(options.plans.empty() || options.optimize == Optimize::tuned,
          "option plans is given without optimize=auto, and so would have no effect");
  return options;
}

CallOptions parse_call_options(const char* text, const CallOptions& defaults) {
  CallOptions options = defaults;
  for_each_option(text, [&](auto key, auto value) {
    if (!set(options, key, value))
      fail(TSRT_INVALID_ARGUMENT, "a handle has no option '", key,
           "': its options are threads, timeout");
  });
  return options;
}

TuneOptions parse_tune_options(const char* text) {
  TuneOptions options;
  for_each_option(text, [&](std::string_view key, std::string_view value) {
    if (key == "tolerance") {
      options.tolerance = parse_number(key, value, 1, "a number such as 1e-4, above 0 and up to 1");
    } else if (key == "seconds") {
      options.seconds = parse_seconds(key, value);
    } else if (key == "bfloat16") {
      options.bfloat16 = parse_yes(key, value);
    } else {
      fail(TSRT_INVALID_ARGUMENT, "there is no option '", key,
           "': the options are tolerance, seconds, bfloat16");
    }
  });
  return options;
}

}  // namespace tsrt
