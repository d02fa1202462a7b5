#include "plans/onednn_call.h"

#include <ATen/Functions.h>

namespace tsrt {

bool suits(const at::Tensor& data, const at::Tensor& weight) {
  return data.is_cpu() && data.layout() == at::kStrided && data.numel() > 0 &&
         data.scalar_type() == weight.scalar_type();
}

at::Tensor finish(at::Tensor x, const at::Tensor* other, const Epilogue& epilogue) {
  if (other) x = at::add(x, *other);
  const std::string& kind = epilogue.activation;
  if (kind == "none") return x;
  if (kind == "relu") return at::relu(x);
  if (kind == "sigmoid") return at::sigmoid(x);
  if (kind == "tanh") return at::tanh(x);
  if (kind == "swish") return at::silu(x);
  if (kind == "hardswish") return at::hardswish(x);
  TORCH_INTERNAL_ASSERT(kind == "gelu");
  return at::gelu(x, epilogue.algorithm.toStringView());
}

}  // namespace tsrt
