#include "values/quantized.h"

#include <ATen/Functions.h>
#include <ATen/quantized/Quantizer.h>

#include "tensor/tensor.h"

namespace tsrt {
namespace {

void check_integers(at::ScalarType type) {
  if (type != at::kChar && type != at::kByte && type != at::kInt)
    fail(TSRT_INVALID_ARGUMENT, "the integers of a quantized tensor are ", dtype_name(type),
         " and have to be int8, uint8 or int32");
}

at::Tensor read(const tsrt_tensor& tensor, const char* what, at::ScalarType type) {
  return borrow(layout_of(tensor, {what, 0})).cpu().to(type, /*non_blocking=*/false, /*copy=*/true);
}

}  // namespace

at::Tensor quantized(const tsrt_tensor& integers, const tsrt_tensor& scales,
                     const tsrt_tensor& zero_points, int32_t axis) {
  const at::Tensor numbers = borrow(layout_of(integers, {"integers", 0}));
  check_integers(numbers.scalar_type());
  const at::Tensor scale = read(scales, "scales", at::kDouble);
  const at::Tensor zero = read(zero_points, "zero_points", at::kLong);
  if (axis < 0) {
    require(scale.numel() == 1 && zero.numel() == 1, "there are ", scale.numel(), " scales and ",
            zero.numel(), " zero points, and without an axis one of each is needed");
    return at::_make_per_tensor_quantized_tensor(numbers, scale.item().toDouble(),
                                                 zero.item().toLong());
  }
  require(axis < numbers.dim(), "axis is ", axis, " and there are ", numbers.dim(), " dimensions");
  require(scale.dim() == 1 && zero.dim() == 1 && scale.numel() == numbers.size(axis) &&
              zero.numel() == numbers.size(axis),
          "there are ", scale.numel(), " scales and ", zero.numel(), " zero points, and axis ",
          axis, " needs ", numbers.size(axis), " of each");
  return at::_make_per_channel_quantized_tensor(numbers, scale, zero, axis);
}

bool is_affine(const at::Tensor& tensor) {
  const auto type = tensor.scalar_type();
  const auto scheme = tensor.qscheme();
  return (type == at::kQInt8 || type == at::kQUInt8 || type == at::kQInt32) &&
         (scheme == at::kPerTensorAffine || scheme == at::kPerChannelAffine);
}

Quantization quantization_of(const at::Tensor& tensor) {
  if (tensor.qscheme() == at::kPerTensorAffine) {
    return {at::full({}, tensor.q_scale(), at::kDouble),
            at::full({}, tensor.q_zero_point(), at::kLong), -1};
  }
  return {tensor.q_per_channel_scales().to(at::kDouble),
          tensor.q_per_channel_zero_points().to(at::kLong),
          static_cast<int32_t>(tensor.q_per_channel_axis())};
}

}  // namespace tsrt
