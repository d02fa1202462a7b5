// How libtsrt makes dicts.
#pragma once

#include <ATen/core/Dict.h>

namespace tsrt {

// An empty one. LibTorch's own constructor ends the process when there is no memory left.
c10::impl::GenericDict new_dict(const c10::TypePtr& key, const c10::TypePtr& value);

}  // namespace tsrt
