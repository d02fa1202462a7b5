// The threads behind torch.jit.fork in models.
#pragma once

namespace tsrt {

// LibTorch's own pool has no threads in a forked child, which then waits for its tasks for ever, or
// crashes when it exits. So ours takes its place, unless LibTorch has been used without tsrt
// before.
void keep_tasks_across_forks();

}  // namespace tsrt
