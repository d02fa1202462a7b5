#include "process/workers.h"

#include <ATen/Parallel.h>
#include <pthread.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstring>
#include <mutex>
#include <vector>

namespace tsrt {
namespace {

// From which number of threads on a limit on them is none in practice.
constexpr rlim_t plenty = 16384;

bool has_limit(decltype(RLIMIT_AS) resource, rlim_t enough) {
  rlimit limit{};
  return getrlimit(resource, &limit) == 0 && limit.rlim_cur < enough;
}

// Does a file of the kernel say something else than `usual`?
bool differs(const char* path, const char* usual) {
  char text[32] = "";
  if (std::FILE* file = std::fopen(path, "re")) {
    text[std::fread(text, 1, sizeof text - 1, file)] = 0;
    std::fclose(file);
  }
  return *text && std::strncmp(text, usual, std::strlen(usual)) != 0;
}

bool limited() {
  // Overcommit of memory, and the number of threads that a container may have.
  static const bool by_system = (differs("/proc/sys/vm/overcommit_memory", "0") &&
                                 differs("/proc/sys/vm/overcommit_memory", "1")) ||
                                differs("/sys/fs/cgroup/pids.max", "max");
  return by_system || has_limit(RLIMIT_AS, RLIM_INFINITY) || has_limit(RLIMIT_NPROC, plenty);
}

// All of them at a time, as OpenMP will want them.
bool rehearse(size_t n) {
  std::vector<pthread_t> threads;
  threads.reserve(n);
  std::mutex all_are_there;
  const auto wait = [](void* mutex) -> void* {
    const std::lock_guard lock(*static_cast<std::mutex*>(mutex));
    return nullptr;
  };
  {
    const std::lock_guard lock(all_are_there);
    for (pthread_t thread; threads.size() < n; threads.push_back(thread)) {
      if (pthread_create(&thread, nullptr, wait, &all_are_there) != 0) break;
    }
  }
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  return threads.size() == n;
}

}  // namespace

bool find_out_about_workers(std::optional<int> wanted) {
  const int n = wanted ? *wanted : at::get_num_threads();
  if (n > 1 && limited() && !rehearse(static_cast<size_t>(n - 1))) return false;
  workers_known = n;
  return true;
}

}  // namespace tsrt
