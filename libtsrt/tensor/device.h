// Devices by name, without the headers of any of them.
#pragma once

#include <c10/core/Device.h>

#include <string>
#include <vector>

#include "guard.h"

namespace tsrt {

// "cpu", "cuda", "cuda:1", ... as a device with an index. A device that is absent is an error that
// lists those present.
c10::Device parse_device(const char* name);

// "cpu", "cuda:0", ...
std::string display(c10::Device device);

std::vector<c10::Device> present_devices();

// A device number as DLPack writes it. The device has to be present.
c10::Device from_dlpack(const tsrt_tensor& tensor, const Label& label);

// Waits until the work queued on a device by this thread is done. Nothing for the CPU.
void synchronize(c10::Device device);

}  // namespace tsrt
