// What a model's file says of its inputs, in the record that tsrt.annotate writes.
#pragma once

#include <ATen/core/stack.h>

#include <string>
#include <string_view>
#include <vector>

namespace tsrt {

// One tensor argument: "forward 0 x float32[batch,3,224,224]".
struct ExpectedInput {
  std::string method;
  size_t position;  // among the arguments after self
  std::string name;
  std::string dtype;
  std::vector<std::string> dims;  // each a number, or the name of one that varies
};

constexpr std::string_view signature_record = "tsrt/inputs.txt";  // among the extra files

std::vector<ExpectedInput> parse_signature(const std::string& text);

// `stack` holds self and the arguments. The error tells what is wanted.
void check_inputs(const std::vector<ExpectedInput>& expected, const torch::jit::Stack& stack);

}  // namespace tsrt
