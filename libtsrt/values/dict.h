// How libtsrt makes dicts.
#pragma once

#include <ATen/core/Dict.h>

namespace tsrt {

// LibTorch's map asks for memory when it is moved, which happens twice in the making of a dict, and
// declares that it cannot fail: when there is none left the process ends. So as much is asked for
// and given back first. malloc keeps what a thread frees for the next requests of that size on the
// same thread, and these then do not fail.
inline c10::impl::GenericDict new_dict(const c10::TypePtr& key, const c10::TypePtr& value) {
  {
    c10::detail::DictImpl::dict_map_type reserve[3];
    asm volatile("" : : "r"(reserve) : "memory");  // or the compiler leaves them out
  }
  return c10::impl::GenericDict(key, value);
}

}  // namespace tsrt
