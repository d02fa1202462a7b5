// The layout that suits a convolution depends on the sizes of its input, and with another one
// oneDNN rearranges the weight in every call, which may take longer than the convolution. So the
// weight is packed when sizes are seen for the first time. A fused relu turns NaN into 0, as it
// does in oneDNN.
#include <ATen/Functions.h>

#include <mutex>

#include "plans/onednn_call.h"
#include "process/fork.h"

namespace tsrt {
namespace {

using at::Tensor;

// Each has a copy of the weight. After these, other batches use that for images of the same size,
// and images of other sizes go to aten.
constexpr size_t most_sizes = 3;

class PackedConvolution final : public PackedLayer {
 public:
  PackedConvolution(Tensor weight, std::optional<Tensor> bias, Geometry geometry, Epilogue epilogue)
      : PackedLayer(std::move(weight), std::move(bias), std::move(epilogue)),
        geometry_(std::move(geometry)) {}

  Tensor run(const Tensor& x, const Tensor* other) const override {
    const Tensor packed = takes(x, other) ? packed_for(x) : Tensor();
    const Geometry& g = geometry_;
    if (!packed.defined()) {
      return finish(at::conv2d(x, weight, bias, g.stride, g.padding, g.dilation, g.groups), other,
                    epilogue);
    }
    static const auto plain = onednn_operator("mkldnn::_convolution_pointwise", "");
    static const auto with_addition = onednn_operator("mkldnn::_convolution_pointwise", "binary");
    if (!other) {
      return onednn_call(plain, {x, packed, bias, g.padding, g.stride, g.dilation, g.groups,
                                 epilogue.activation, no_scalars(), epilogue.algorithm});
    }
    const c10::IValue activation =
        epilogue.activation == "none" ? c10::IValue() : c10::IValue(epilogue.activation);
    return onednn_call(with_addition,
                       {x, *other, packed, bias, g.padding, g.stride, g.dilation, g.groups, "add",
                        at::Scalar(1.0), activation, no_scalars(), epilogue.algorithm});
  }

 private:
  struct Packed {
    std::vector<int64_t> sizes;
    Tensor weight;
  };

  bool takes(const Tensor& x, const Tensor* other) const {
    if (!suits(x, weight) || x.dim() != 4) return false;
    if (x.size(1) != weight.size(1) * geometry_.groups) return false;
    std::array<int64_t, 4> output = {x.size(0), weight.size(0)};
    for (size_t i = 0; i < 2; ++i) {
      const int64_t rest = x.size(i + 2) + 2 * geometry_.padding[i] -
                           geometry_.dilation[i] * (weight.size(i + 2) - 1) - 1;
      if (rest < 0) return false;
      output[i + 2] = rest / geometry_.stride[i] + 1;
    }
    if (!other) return true;
    // With groups, LibTorch adds by an operator that has no bfloat16.
    return geometry_.groups == 1 && suits(*other, weight) &&
           other->sizes() == at::IntArrayRef(output);
  }

  // Undefined when there are too many sizes.
  Tensor packed_for(const Tensor& x) const {
    const std::lock_guard lock(mutex_);
    Tensor similar;
    for (const Packed& packed : packed_) {
      if (x.sizes() == packed.sizes) return packed.weight;
      if (x.sizes().slice(1).equals(at::IntArrayRef(packed.sizes).slice(1)))
        similar = packed.weight;
    }
    if (packed_.size() == most_sizes) return similar;
    static const auto pack = onednn_operator("mkldnn::_reorder_convolution_weight", "");
    const Geometry& g = geometry_;
    const std::vector<int64_t> sizes = x.sizes().vec();
    const Tensor made =
        onednn_call(pack, {weight, g.padding, g.stride, g.dilation, g.groups, sizes});
    packed_.push_back({sizes, made});
    return made;
  }

  const Geometry geometry_;
  mutable ForkSafe<std::mutex> mutex_;
  mutable std::vector<Packed> packed_;
};

}  // namespace

c10::intrusive_ptr<PackedLayer> pack_convolution(Tensor weight, std::optional<Tensor> bias,
                                                 Geometry geometry, Epilogue epilogue) {
  return c10::make_intrusive<PackedConvolution>(std::move(weight), std::move(bias),
                                                std::move(geometry), std::move(epilogue));
}

}  // namespace tsrt
