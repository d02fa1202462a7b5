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

void set(Options& options, std::string_view key, std::string_view value) {
  if (key == "device") {
    require(!value.empty(), "option device is empty: it takes cpu, cuda, cuda:1, ...");
    options.device = value;
  } else if (key == "threads") {
    options.threads = parse_threads(value);
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
  } else {
    fail(TSRT_INVALID_ARGUMENT, "there is no option '", key,
         "': the options are device, threads, library, verify, mmap, signature, trust");
  }
}

}  // namespace

Options parse_options(const char* text) {
  Options options;
  std::string_view rest = trim(text ? text : "");
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view pair = trim(rest.substr(0, comma));
    const size_t equals = pair.find('=');
    require(equals != std::string_view::npos, "option '", pair,
            "' has no value: options are written key=value,key=value");
    set(options, trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return options;
}

}  // namespace tsrt
