// first_output.py in bare LibTorch: loads one model, prints the first four numbers of its output,
// and the process's memory.
//   first_output_libtorch FILE SHAPE
#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "first_output.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  std::vector<int64_t> shape;
  std::istringstream sizes(argv[2]);
  for (std::string size; std::getline(sizes, size, ',');) shape.push_back(std::stoll(size));
  const c10::InferenceMode inference;
  auto module = torch::jit::load(argv[1]);
  module.eval();
  const at::Tensor output = module.forward({at::full(shape, 0.5F)}).toTensor().contiguous();
  print_output(output.const_data_ptr<float>());
  print_memory();
}
