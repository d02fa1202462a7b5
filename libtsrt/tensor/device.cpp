#include "tensor/device.h"

#include <ATen/Context.h>
#include <ATen/DLConvertor.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "guard.h"
#include "json.h"
#include "process/library.h"

namespace tsrt {
namespace {

// A LibTorch with support for a kind of device keeps it in a library of its own,
// libtorch_<kind>.so. Returns why it could not be loaded, if so.
std::string load_part(const std::string& kind) {
  if (dlopen((torch_folder() + "libtorch_" + kind + ".so").c_str(), RTLD_LAZY | RTLD_LOCAL))
    return {};
  const char* why = dlerror();
  return why ? why : "";
}

// LibTorch looks for its CUDA part once, as early as in the first convolution, and what it finds
// then is final. So the library is loaded up front where it may be of use: where there is a driver,
// and CUDA_VISIBLE_DEVICES does not hide its devices. Elsewhere that second and those megabytes are
// saved.
void load_libraries_of_present_devices() {
  struct Kind {
    const char* library;
    const char* driver;
    const char* visible;
  };
  static constexpr Kind kinds[] = {{"cuda", "/dev/nvidiactl", "CUDA_VISIBLE_DEVICES"},
                                   {"cuda", "/dev/dxg", "CUDA_VISIBLE_DEVICES"},
                                   {"hip", "/dev/kfd", "HIP_VISIBLE_DEVICES"},
                                   {"xpu", "/dev/dri", "ZE_AFFINITY_MASK"}};
  static const bool loaded = [] {
    for (const auto& kind : kinds) {
      const char* visible = std::getenv(kind.visible);
      const bool hidden = visible && (!*visible || std::strcmp(visible, "-1") == 0);
      if (access(kind.driver, F_OK) == 0 && !hidden) load_part(kind.library);
    }
    return true;
  }();
  static_cast<void>(loaded);
}

// The host may have used LibTorch without tsrt before.
void check_not_too_late(c10::DeviceType type) {
  if (type != c10::kCUDA || at::globalContext().hasCUDA()) return;
  fail(TSRT_DEVICE,
       "CUDA cannot be added to this process any more: LibTorch was in use before tsrt "
       "and has settled on the CPU; load the model first");
}

c10::DeviceIndex count(c10::DeviceType type) {
  // LibTorch registers a guard for "meta", whose tensors have no memory to run on.
  if (type == c10::kMeta || !c10::impl::hasDeviceGuardImpl(type)) return 0;
  if (type == c10::kCPU) return 1;
  return c10::impl::VirtualGuardImpl(type).deviceCount();
}

std::string list_present() {
  std::string list;
  for (const auto& each : present_devices()) list.append(" ").append(display(each));
  return list;
}

[[noreturn]] void absent(const std::string& device, const std::string& detail = {}) {
  throw Failure(TSRT_DEVICE,
                concat("device '", device, "' is not available: LibTorch here has", list_present()),
                detail);
}

}  // namespace

std::string display(c10::Device device) {
  return device.is_cpu() ? "cpu" : device.str();
}

std::vector<c10::Device> present_devices() {
  load_libraries_of_present_devices();
  std::vector<c10::Device> devices{c10::Device(c10::kCPU)};
  for (int type = 1; type < c10::COMPILE_TIME_MAX_DEVICE_TYPES; ++type) {
    const auto kind = static_cast<c10::DeviceType>(type);
    for (c10::DeviceIndex i = 0; i < count(kind); ++i) devices.emplace_back(kind, i);
  }
  return devices;
}

c10::Device parse_device(const char* name) {
  load_libraries_of_present_devices();
  require(name && *name, "a device name is missing: use \"cpu\", \"cuda\", \"cuda:1\", ...");
  std::optional<c10::Device> device;
  try {
    device.emplace(std::string(name));
  } catch (const c10::Error&) {
    absent(name);
  }
  if (device->is_cpu()) {
    if (device->index() > 0) absent(name);
    return c10::Device(c10::kCPU);
  }
  std::string why;
  if (!c10::impl::hasDeviceGuardImpl(device->type()))
    why = load_part(c10::DeviceTypeName(device->type(), /*lower_case=*/true));
  const c10::Device indexed(device->type(), device->has_index() ? device->index() : 0);
  if (indexed.index() >= count(device->type())) absent(name, why);
  check_not_too_late(device->type());
  return indexed;
}

c10::Device from_dlpack(const tsrt_tensor& tensor, const Label& label) {
  const int32_t type = tensor.device.type;
  if (type == kDLCPU || type == kDLCUDAHost || type == kDLROCMHost) return c10::Device(c10::kCPU);
  std::optional<c10::Device> device;
  try {
    device =
        at::dlDeviceToTorchDevice(static_cast<DLDeviceType>(type),
                                  static_cast<c10::DeviceIndex>(tensor.device.id), tensor.data);
  } catch (const c10::Error&) {
    fail(TSRT_DEVICE, label, " is on a device of DLPack type ", type, ": LibTorch here has",
         list_present());
  }
  if (tensor.device.id < 0 || tensor.device.id >= count(device->type())) absent(device->str());
  return *device;
}

void synchronize(c10::Device device) {
  if (device.is_cpu()) return;
  const c10::impl::VirtualGuardImpl guard(device.type());
  guard.synchronizeStream(guard.getStream(device));
}

}  // namespace tsrt

tsrt_error* tsrt_devices(char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    tsrt::Json out;
    out.begin_array();
    for (const auto& device : tsrt::present_devices()) out.string(tsrt::display(device));
    out.end_array();
    *json = tsrt::new_string(out.text());
  });
}
