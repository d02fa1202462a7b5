// Memory for weights.
#pragma once

#include <cstddef>
#include <memory>

namespace tsrt {

// Memory of its own, filled with zeros, which the system is asked to make of huge pages. Throws
// std::bad_alloc.
std::shared_ptr<char> allocate_huge(size_t bytes);

}  // namespace tsrt
