#include "model/signature.h"

#include <map>
#include <sstream>

#include "guard.h"
#include "tensor/tensor.h"

namespace tsrt {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 19 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

[[noreturn]] void damaged(const std::string& line) {
  fail(TSRT_NOT_A_MODEL, "the model's signature is damaged ('", line.substr(0, 100),
       "'): annotate the file again, or load it with signature=no");
}

// "float32[batch,3]"
void parse_shape(const std::string& text, ExpectedInput& input, const std::string& line) {
  const size_t open = text.find('[');
  if (open == std::string::npos || open == 0 || text.back() != ']') damaged(line);
  input.dtype = text.substr(0, open);
  std::istringstream dims(text.substr(open + 1, text.size() - open - 2));
  for (std::string dim; std::getline(dims, dim, ',');) input.dims.push_back(dim);
}

std::string wanted(const ExpectedInput& input) {
  std::string text = input.dtype + "[";
  for (size_t i = 0; i < input.dims.size(); ++i) text += (i ? ", " : "") + input.dims[i];
  return text + "]";
}

// A name stands for one size throughout the call.
bool fits(const ExpectedInput& input, const at::Tensor& tensor,
          std::map<std::string, int64_t>& named) {
  if (dtype_name(tensor.scalar_type()) != input.dtype) return false;
  if (static_cast<size_t>(tensor.dim()) != input.dims.size()) return false;
  for (size_t i = 0; i < input.dims.size(); ++i) {
    const int64_t size = tensor.size(static_cast<int64_t>(i));
    const std::string& dim = input.dims[i];
    const int64_t expected =
        is_number(dim) ? std::stoll(dim) : named.emplace(dim, size).first->second;
    if (size != expected) return false;
  }
  return true;
}

std::string sizes_of(const std::map<std::string, int64_t>& named) {
  std::string text;
  for (const auto& [name, size] : named)
    text += concat(text.empty() ? " with " : ", ", name, " = ", size);
  return text;
}

}  // namespace

std::vector<ExpectedInput> parse_signature(const std::string& text) {
  std::vector<ExpectedInput> inputs;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    std::istringstream words(line);
    ExpectedInput input;
    std::string position;
    std::string shape;
    if (!(words >> input.method >> position >> input.name >> shape) || !is_number(position))
      damaged(line);
    input.position = std::stoull(position);
    parse_shape(shape, input, line);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

void check_inputs(const std::vector<ExpectedInput>& expected, const torch::jit::Stack& stack) {
  std::map<std::string, int64_t> named;
  for (const ExpectedInput& input : expected) {
    if (input.position + 1 >= stack.size() || !stack[input.position + 1].isTensor()) continue;
    const at::Tensor& tensor = stack[input.position + 1].toTensor();
    const auto before = named;
    if (tensor.defined() && !fits(input, tensor, named))
      fail(TSRT_INVALID_ARGUMENT, input.method, ": input '", input.name, "' is ", summary(tensor),
           " and has to be ", wanted(input), sizes_of(before),
           ", says the signature in the model's file");
  }
}

}  // namespace tsrt
