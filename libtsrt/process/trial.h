// Something that may end the process is tried in a child of it first.
#pragma once

#include <functional>
#include <string>

namespace tsrt {

// Runs `work` in a forked child. "" when it went well there, or when the child gave no answer in
// ten seconds; else what happened to it.
std::string try_in_child(const std::function<void()>& work);

}  // namespace tsrt
