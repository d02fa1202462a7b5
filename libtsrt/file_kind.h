// What a file that is no TorchScript archive is instead, in a phrase that follows its name and says
// what to do. Looks at bytes only; nothing is executed.
#pragma once

#include <string>
#include <vector>

namespace tsrt {

bool is_zip(const std::string& head);

// For a file that is no zip archive; `head` is how it begins.
std::string describe_file(const std::string& head);

// For a zip archive that LibTorch's reader refuses; `tail` is how it ends.
std::string describe_refused_zip(const std::string& head, const std::string& tail, size_t size);

// For a readable zip archive; empty when it is TorchScript.
std::string describe_archive(const std::vector<std::string>& records);

}  // namespace tsrt
