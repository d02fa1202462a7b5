// The host's say in whether a running call goes on.
#pragma once

namespace tsrt {

bool has_interrupt_check();

// Asks the host.
bool interrupted();

}  // namespace tsrt
