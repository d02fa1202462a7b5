// The floor: LibTorch's own C++ interface at its best. The method is looked up once, the input
// tensor is made once, and inference mode is entered once a round; the vector of inputs is made for
// each call, because a call consumes it.
#include "rung.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <vector>

namespace {

struct Floor {
  torch::jit::Module module;
  torch::jit::Method forward;
  at::Tensor input;
  at::IValue output;
};

}  // namespace

void *rung_new(const char *path, float *data, int64_t *shape, int32_t ndim) try {
  const c10::InferenceMode inference;
  auto module = torch::jit::load(path);
  module.eval();
  auto forward = module.get_method("forward");
  return new Floor{module, forward, at::from_blob(data, at::IntArrayRef(shape, ndim)), {}};
} catch (const std::exception &error) {
  std::fprintf(stderr, "floor: %s\n", error.what());
  return nullptr;
}

int rung_run(void *rung, int64_t calls) try {
  const c10::InferenceMode inference;
  auto *floor = static_cast<Floor *>(rung);
  for (int64_t i = 0; i < calls; ++i) {
    floor->output = floor->forward(std::vector<at::IValue>{floor->input});
  }
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "floor: %s\n", error.what());
  return -1;
}

int64_t rung_output(const void *rung, float *copy, int64_t capacity) {
  const at::Tensor output = static_cast<const Floor *>(rung)->output.toTensor().contiguous();
  std::copy_n(output.const_data_ptr<float>(), std::min(output.numel(), capacity), copy);
  return output.numel();
}
