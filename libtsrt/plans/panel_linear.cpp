// A linear layer over panels; what they are not made for goes to aten.
#include <ATen/Functions.h>

#include "kernels/kernels.h"
#include "kernels/panels.h"
#include "plans/onednn_call.h"

namespace tsrt {
namespace {

using at::Tensor;

// Beyond, general products have enough to do between two looks at the weight.
constexpr int64_t most_rows = 96;

// The kernels have some; aten does the others. Of gelu there, 49,152 numbers took 102 us.
std::optional<Activation> own_activation(const Epilogue& epilogue) {
  const std::string& name = epilogue.activation;
  if (name == "none") return Activation::none;
  if (name == "relu") return Activation::relu;
  if (name == "tanh") return Activation::tanh;
  if (name == "sigmoid") return Activation::sigmoid;
  if (name != "gelu") return std::nullopt;
  return epilogue.algorithm.toStringView() == "tanh" ? Activation::gelu_tanh : Activation::gelu;
}

class PanelLinear final : public PackedLayer {
 public:
  PanelLinear(Tensor weight, std::optional<Tensor> bias, Epilogue epilogue,
              std::shared_ptr<float> panels)
      : PackedLayer(std::move(weight), std::move(bias), std::move(epilogue)),
        panels_(std::move(panels)),
        activation_(own_activation(this->epilogue)) {
    make_panels(this->weight.contiguous().const_data_ptr<float>(), this->weight.size(0),
                this->weight.size(1), panels_.get());
    if (this->bias) dense_bias_ = this->bias->contiguous();
  }

  Tensor run(const Tensor& x, const Tensor* other) const override {
    std::vector<int64_t> sizes = x.sizes().vec();
    if (!sizes.empty()) sizes.back() = weight.size(0);
    const bool adds = other && suits(*other, weight) && other->sizes() == sizes;
    if (!takes(x) || (other && !adds)) return finish(at::linear(x, weight, bias), other, epilogue);
    const Tensor input = x.contiguous();
    const Tensor added = adds ? other->contiguous() : Tensor();
    const Tensor output = at::empty(sizes, x.options());
    multiply_panels(input.const_data_ptr<float>(), panels_.get(),
                    dense_bias_.defined() ? dense_bias_.const_data_ptr<float>() : nullptr,
                    adds ? added.const_data_ptr<float>() : nullptr, output.data_ptr<float>(),
                    x.numel() / weight.size(1), weight.size(0), weight.size(1));
    if (!activation_) return finish(output, nullptr, epilogue);
    kernels().activate(*activation_, output.data_ptr<float>(), output.numel());
    return output;
  }

 private:
  bool takes(const Tensor& x) const {
    return suits(x, weight) && x.dim() > 0 && x.size(-1) == weight.size(1) && !x.is_neg() &&
           x.numel() <= most_rows * weight.size(1);
  }

  const std::shared_ptr<float> panels_;
  const std::optional<Activation> activation_;
  Tensor dense_bias_;
};

}  // namespace

c10::intrusive_ptr<PackedLayer> pack_panels(Tensor weight, std::optional<Tensor> bias,
                                            Epilogue epilogue, std::shared_ptr<float> panels) {
  return c10::make_intrusive<PanelLinear>(std::move(weight), std::move(bias), std::move(epilogue),
                                          std::move(panels));
}

}  // namespace tsrt
