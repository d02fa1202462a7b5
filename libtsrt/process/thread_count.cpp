// at::set_num_threads is not used: besides the calling thread's number it sets the one that other
// threads begin with when they first use LibTorch, and they keep it. A model with threads=1 would
// slow down others for good on every thread that began during one of its calls. So we ask the two
// libraries that it asks, which count for each thread apart.
#include "process/thread_count.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include "process/library.h"

namespace tsrt {
namespace {

struct Backends {
  void (*set_openmp)(int) = nullptr;
  int (*set_mkl)(int) = nullptr;  // gives back the former number
};

// Those that LibTorch is linked with; MKL is not in every build.
const Backends& backends() {
  static const Backends found = [] {
    Backends result;
    void* library = dlopen((torch_folder() + "libtorch_cpu.so").c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return result;
    result.set_openmp = reinterpret_cast<void (*)(int)>(dlsym(library, "omp_set_num_threads"));
    result.set_mkl = reinterpret_cast<int (*)(int)>(dlsym(library, "MKL_Set_Num_Threads_Local"));
    return result;
  }();
  return found;
}

}  // namespace

void ThreadCount::set(int wanted) {
  before_ = at::get_num_threads();
  changed_ = wanted != before_;
  if (!changed_) return;
  const Backends& backend = backends();
  if (backend.set_openmp) backend.set_openmp(wanted);
  if (backend.set_mkl) mkl_before_ = backend.set_mkl(wanted);
  // LibTorch may count with something else: another OpenMP in the process, or none at all.
  if (at::get_num_threads() != wanted) at::set_num_threads(wanted);
}

void ThreadCount::restore() const {
  const Backends& backend = backends();
  if (backend.set_openmp) backend.set_openmp(before_);
  if (backend.set_mkl) backend.set_mkl(mkl_before_);
  if (at::get_num_threads() != before_) at::set_num_threads(before_);
}

}  // namespace tsrt
