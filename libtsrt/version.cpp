#include "version.h"

#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include <string>

#include "guard.h"

namespace tsrt {
namespace {

// LibTorch has no function for its version; its configuration report names it.
std::string read_torch_version() {
  static const std::string marker = "TORCH_VERSION=";
  const std::string report = at::show_config();
  const size_t at = report.find(marker);
  if (at == std::string::npos) return TORCH_VERSION;
  const size_t begin = at + marker.size();
  return report.substr(begin, report.find_first_of(", \n", begin) - begin);
}

const std::string& torch_version() {
  static const std::string version = read_torch_version();
  return version;
}

}  // namespace

void check_torch_version() {
  static const std::string built = c10::str(TORCH_VERSION_MAJOR, ".", TORCH_VERSION_MINOR, ".");
  if (torch_version().rfind(built, 0) == 0) return;
  fail(TSRT_UNSUPPORTED, "this libtsrt was built for LibTorch ", built, "x and the process uses ",
       torch_version(), ": rebuild tsrt against that one, or use the other LibTorch");
}

}  // namespace tsrt

const char* tsrt_version(void) {
  return TSRT_VERSION;
}

int32_t tsrt_abi_version(void) {
  return TSRT_ABI_VERSION;
}

const char* tsrt_torch_version(void) {
  try {
    return tsrt::torch_version().c_str();
  } catch (...) {
    return "";
  }
}
