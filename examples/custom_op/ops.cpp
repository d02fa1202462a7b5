// An operator and a class for speech recognition, written against LibTorch alone.
//
// ctc::greedy_decode turns the frames of a CTC model into labels; ctc::Alphabet turns labels into
// text, and is saved inside the model that uses it.
#include <ATen/ATen.h>
#include <torch/custom_class.h>
#include <torch/library.h>

#include <string>
#include <tuple>
#include <vector>

namespace {

// The labels of the most probable path: repeats are merged, and then blanks are dropped.
//   scores   float [frames, labels]
//   returns  int64 [n] labels, and float32 [n], the score of the frame where each one begins
std::tuple<at::Tensor, at::Tensor> greedy_decode(const at::Tensor& scores, int64_t blank) {
  TORCH_CHECK(scores.dim() == 2, "scores has to be [frames, labels], and is ", scores.sizes());
  const auto [best, label] = scores.to(at::kCPU, at::kFloat).max(1);
  const auto best_of = best.accessor<float, 1>();
  const auto label_of = label.accessor<int64_t, 1>();
  std::vector<int64_t> labels;
  std::vector<float> begins;
  int64_t before = blank;
  for (int64_t frame = 0; frame < label.size(0); ++frame) {
    if (label_of[frame] != before && label_of[frame] != blank) {
      labels.push_back(label_of[frame]);
      begins.push_back(best_of[frame]);
    }
    before = label_of[frame];
  }
  return {at::tensor(labels, at::kLong), at::tensor(begins, at::kFloat)};
}

// Which letter a label stands for.
class Alphabet : public torch::CustomClassHolder {
 public:
  explicit Alphabet(std::string letters) : letters_(std::move(letters)) {}

  int64_t size() const { return static_cast<int64_t>(letters_.size()); }

  std::string text(const at::Tensor& labels) const {
    const at::Tensor flat = labels.to(at::kCPU, at::kLong).contiguous();
    std::string text;
    for (int64_t i = 0; i < flat.numel(); ++i)
      text += letters_.at(static_cast<size_t>(flat.const_data_ptr<int64_t>()[i]));
    return text;
  }

  const std::string& letters() const { return letters_; }

 private:
  std::string letters_;
};

}  // namespace

TORCH_LIBRARY(ctc, m) {
  m.def("greedy_decode(Tensor scores, int blank=0) -> (Tensor labels, Tensor begins)",
        &greedy_decode);
  m.class_<Alphabet>("Alphabet")
      .def(torch::init<std::string>())
      .def("size", &Alphabet::size)
      .def("text", &Alphabet::text)
      // What is written into the model's file, and how an object is made of it again.
      .def_pickle(
          [](const c10::intrusive_ptr<Alphabet>& self) { return self->letters(); },
          [](std::string letters) { return c10::make_intrusive<Alphabet>(std::move(letters)); });
}
