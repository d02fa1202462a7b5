#include "version.h"

#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/headeronly/version.h>

#include <string>

#include "guard.h"

namespace tsrt {
namespace {

// LibTorch tells its version as 0xMMmmpp...: a byte each for major, minor and patch. (Its text
// report tells it too, and must not be asked: it settles for good which devices there are.)
struct TorchVersion {
  int major;
  int minor;
  int patch;
};

TorchVersion torch_version() {
  const uint64_t version = aoti_torch_abi_version();
  const auto byte = [&](int shift) { return static_cast<int>(version >> shift & 0xff); };
  return {byte(56), byte(48), byte(40)};
}

std::string text(const TorchVersion& v) {
  return concat(v.major, ".", v.minor, ".", v.patch);
}

}  // namespace

void check_torch_version() {
  const TorchVersion version = torch_version();
  if (version.major == TORCH_VERSION_MAJOR && version.minor == TORCH_VERSION_MINOR) return;
  fail(TSRT_UNSUPPORTED, "this libtsrt was built for LibTorch ", TORCH_VERSION_MAJOR, ".",
       TORCH_VERSION_MINOR, " and the process uses ", text(version),
       ": rebuild tsrt against that one, or use the other LibTorch");
}

}  // namespace tsrt

const char* tsrt_version(void) {
  return TSRT_VERSION;
}

int32_t tsrt_abi_version(void) {
  return TSRT_ABI_VERSION;
}

const char* tsrt_torch_version(void) {
  static const std::string version = tsrt::text(tsrt::torch_version());
  return version.c_str();
}
