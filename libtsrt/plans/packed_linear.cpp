// oneDNN's linear answers what does not suit it with errors of its own, so that goes to aten.
#include <ATen/Functions.h>

#include "plans/onednn_call.h"

namespace tsrt {
namespace {

using at::Tensor;

// What oneDNN is told to expect. It only steers the choice of the layout.
constexpr int64_t expected_rows = 32;

class PackedLinear final : public PackedLayer {
 public:
  PackedLinear(Tensor weight, std::optional<Tensor> bias, Epilogue epilogue)
      : PackedLayer(std::move(weight), std::move(bias), std::move(epilogue)),
        packed_(onednn_call(onednn_operator("mkldnn::_reorder_linear_weight", ""),
                            {this->weight, expected_rows})) {}

  Tensor run(const Tensor& x, const Tensor* other) const override {
    if (!takes(x, other)) return finish(at::linear(x, weight, bias), other, epilogue);
    static const auto plain = onednn_operator("mkldnn::_linear_pointwise", "");
    static const auto with_addition = onednn_operator("mkldnn::_linear_pointwise", "binary");
    if (other) return onednn_call(with_addition, {x, *other, packed_, bias, "add"});
    return onednn_call(plain,
                       {x, packed_, bias, epilogue.activation, no_scalars(), epilogue.algorithm});
  }

 private:
  bool takes(const Tensor& x, const Tensor* other) const {
    if (!suits(x, weight) || x.dim() == 0 || x.size(-1) != weight.size(1)) return false;
    if (!other) return true;
    return suits(*other, weight) && other->dim() == x.dim() &&
           other->sizes().slice(0, x.dim() - 1) == x.sizes().slice(0, x.dim() - 1) &&
           other->size(-1) == weight.size(0);
  }

  const Tensor packed_;
};

}  // namespace

c10::intrusive_ptr<PackedLayer> pack_linear(Tensor weight, std::optional<Tensor> bias,
                                            Epilogue epilogue) {
  return c10::make_intrusive<PackedLinear>(std::move(weight), std::move(bias), std::move(epilogue));
}

}  // namespace tsrt
