// Which operators and classes this LibTorch has, asked of its registries; nothing is loaded.
#pragma once

#include <string>
#include <vector>

namespace tsrt {

// "aten::add"
bool has_operator(const std::string& name);

// "__torch__.torch.classes.quantized.LinearPackedParamsBase"
bool has_custom_class(const std::string& name);

// Whether every overload writes to its argument `index`: then a call does.
bool writes_argument(const std::string& name, size_t index);

// Whether every overload returns its first argument, or a view of it.
bool returns_first_argument(const std::string& name);

// Where missing operators and classes come from, and what to do: "load torchvision's library ..."
std::string advice_for(const std::vector<std::string>& missing);

}  // namespace tsrt
