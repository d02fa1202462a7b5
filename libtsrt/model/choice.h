// Which plan each method of a model runs by, as text that is kept from one load to the next.
#pragma once

#include <map>
#include <string>

#include "files/archive.h"

namespace tsrt {

using Choice = std::map<std::string, std::string>;  // plans by method

constexpr std::string_view choice_record = "tsrt/plans.txt";  // among the extra files

// A first line that says for which LibTorch and processor, then a line "forward packed" for each.
std::string to_text(const Choice& choice);

// What was chosen on another kind of processor, or for another LibTorch, is no choice here.
Choice choice_in(const ExtraFiles& files);
Choice read_choice(const std::string& path);

}  // namespace tsrt
