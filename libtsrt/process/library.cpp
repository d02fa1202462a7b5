#include "process/library.h"

#include <ATen/Context.h>
#include <c10/util/Type.h>
#include <dlfcn.h>
#include <sys/stat.h>
#include <torch/library.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <string_view>

#include "fair_lock.h"
#include "guard.h"
#include "process/fork.h"
#include "process/trial.h"
#include "version.h"

namespace tsrt {
namespace {

// ---- what the dynamic linker says, put so that it helps

std::string last_error() {
  const char* why = dlerror();
  return why ? why : "";
}

// The text between `before` and the first `after` behind it, or "".
std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return std::string(text.substr(0, text.find(after)));
}

[[noreturn]] void lacks_symbol(const std::string& name, const std::string& symbol,
                               const std::string& why) {
  const std::string readable = c10::demangle(symbol.c_str());
  const bool python = symbol.rfind("Py", 0) == 0 || symbol.rfind("_Py", 0) == 0;
  if (python) {
    const std::string advice =
        "build it without Python: link libtorch_cpu and libc10 and not libtorch_python";
    throw Failure(
        TSRT_UNSUPPORTED,
        concat(name, " needs Python (", readable, "), which this process is not: ", advice), why);
  }
  throw Failure(TSRT_UNSUPPORTED,
                concat(name, " needs ", readable, ", which LibTorch ", tsrt_torch_version(),
                       " does not have: build it against this version, or link the library that "
                       "has it"),
                why);
}

// A library that `why` says is needed and was not found, or "".
std::string missing_library(const std::string& why) {
  static constexpr std::string_view marker = ": cannot open shared object file";
  const size_t at = why.find(marker);
  return at == std::string::npos ? std::string() : why.substr(0, at);
}

[[noreturn]] void not_loaded(const std::string& name, const std::string& why) {
  for (const char* sign : {"annot allocate memory", "out of memory", "failed to map segment"}) {
    if (why.find(sign) != std::string::npos)
      throw Failure(TSRT_OUT_OF_MEMORY, "there is not enough memory to load " + name, why);
  }
  const std::string symbol = between(why, "undefined symbol: ", " ");
  if (!symbol.empty()) lacks_symbol(name, between(symbol, "", ","), why);
  const std::string missing = missing_library(why);
  if (missing.rfind("libtorch", 0) == 0 || missing.rfind("libc10", 0) == 0)
    throw Failure(TSRT_UNSUPPORTED,
                  concat(name, " was built for a LibTorch with ", missing, ", and the one in ",
                         torch_folder(), " is without it: use a library built for this one"),
                  why);
  if (!missing.empty())
    throw Failure(TSRT_NOT_FOUND,
                  concat(name, " needs ", missing,
                         ", which was not found: put its folder into the run path of the "
                         "library, or into LD_LIBRARY_PATH"),
                  why);
  throw Failure(TSRT_INVALID_ARGUMENT,
                concat(name, " is not a shared library for this machine: ", why), why);
}

// ---- mapping

// All symbols now, since one that is missing must be an error here and not the end of the process
// in the middle of a run. Its own symbols stay its own: operators are found through LibTorch's
// registry, and two libraries may use the same names.
constexpr int how = RTLD_NOW | RTLD_LOCAL;

// Libraries are often linked with parts of LibTorch that nobody has mapped yet, such as libtorch.so
// itself. They are looked for beside the ones in use.
void map(const std::string& name, const std::string& path, int depth = 0) {
  for (std::string tried; !dlopen(path.c_str(), how);) {
    const std::string why = last_error();
    const std::string missing = missing_library(why);
    const std::string beside = torch_folder() + missing;
    if (missing.empty() || missing == tried || depth > 3 || access(beside.c_str(), R_OK) != 0)
      not_loaded(name, why);
    map(name, beside, depth + 1);
    tried = missing;
  }
}

// ---- operators that are there already

bool is_taken(const std::string& space) {
  try {
    const torch::Library probe(torch::Library::DEF, space, std::nullopt, __FILE__, __LINE__);
    return false;
  } catch (const c10::Error&) {
    return true;
  }
}

// The macros of torch/library.h make variables with these names, which are in the file unless it
// was stripped of them.
constexpr std::string_view define_macro = "TORCH_LIBRARY_static_init_";
constexpr std::string_view implement_macro = "TORCH_LIBRARY_IMPL_static_init_";
constexpr std::string_view fragment_macro = "TORCH_LIBRARY_FRAGMENT_static_init_";
constexpr std::string_view stable_prefix = "STABLE_";  // of the macros for the stable ABI
constexpr std::string_view old_interface = "17RegisterOperators";

// The number right before `end`: the length of a name, as C++ writes it before the name.
size_t length_before(const std::string& bytes, size_t end) {
  size_t begin = end;
  while (begin > 0 && end - begin < 4 && std::isdigit(static_cast<unsigned char>(bytes[begin - 1])))
    --begin;
  return begin == end ? 0 : std::stoul(bytes.substr(begin, end - begin));
}

// The namespaces that a library claims as a whole.
std::set<std::string> namespaces_of(const std::string& bytes) {
  std::set<std::string> found;
  for (size_t at = 0; (at = bytes.find(define_macro, at)) != std::string::npos;) {
    const bool stable =
        at >= stable_prefix.size() &&
        bytes.compare(at - stable_prefix.size(), stable_prefix.size(), stable_prefix) == 0;
    const size_t name = stable ? at - stable_prefix.size() : at;
    at += define_macro.size();
    const size_t length = length_before(bytes, name);
    if (name + length > at) found.insert(bytes.substr(at, name + length - at));
  }
  return found;
}

// Defining an operator twice is an exception in a static initializer, which has the dynamic linker
// as its caller: it ends the process, or leaves the linker locked. So it must not come to it. Where
// the names in the file do not tell, a child process does.
void check_loadable(const std::string& name, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  for (const std::string& space : namespaces_of(bytes))
    require(!is_taken(space), name, " defines the operators '", space,
            "', which another library in this process has defined already: load one of the two");
  const auto has = [&](std::string_view part) { return bytes.find(part) != std::string::npos; };
  const bool named = has(define_macro) || has(implement_macro);
  if (named && !has(fragment_macro) && !has(old_interface)) return;
  const std::string why = try_in_child([&] { map(name, path); });
  if (!why.empty()) fail(TSRT_INVALID_ARGUMENT, name, " cannot be loaded into this process: ", why);
}

std::string check_file(const char* path) {
  require(path && *path, "the path of the library is missing");
  struct stat status{};
  if (stat(path, &status) != 0)
    fail(TSRT_NOT_FOUND, "cannot open '", path, "': ", std::strerror(errno));
  require(S_ISREG(status.st_mode), "'", path, "' is not a file: give a shared library");
  if (access(path, R_OK) != 0)
    fail(TSRT_NOT_FOUND, "cannot open '", path, "': ", std::strerror(errno));
  // The dynamic linker searches its own folders for a name without a slash.
  return std::strchr(path, '/') ? path : concat("./", path);
}

// A fork waits for models that are being loaded as well: LibTorch has locks of its own then.
ForkSafe<FairLock>& libraries() {
  static auto& lock = *new ForkSafe<FairLock>;
  return lock;
}
// How often this thread has asked for them to stay: code that runs while a model is loaded may
// print, and the print handler may load another model.
thread_local int staying = 0;

}  // namespace

LibrariesStay::LibrariesStay() {
  if (staying++ == 0) libraries().lock_shared();
}

LibrariesStay::~LibrariesStay() {
  if (--staying == 0) libraries().unlock_shared();
}

std::string torch_folder() {
  Dl_info info{};
  dladdr(reinterpret_cast<const void*>(&at::globalContext), &info);
  const std::string path = info.dli_fname ? info.dli_fname : "";
  return path.substr(0, path.rfind('/') + 1);
}

void load_library(const char* given) {
  const std::string path = check_file(given);
  require(!staying, "'", given, "' cannot be loaded by a print handler of a model that is being ",
          "loaded: load it first");
  const std::lock_guard lock(libraries());
  if (dlopen(path.c_str(), how | RTLD_NOLOAD)) return;
  const std::string name = concat("'", given, "'");
  check_loadable(name, path);
  map(name, path);
}

}  // namespace tsrt

tsrt_error* tsrt_load_library(const char* path) {
  return tsrt::guard([&] {
    tsrt::check_torch_version();
    tsrt::load_library(path);
  });
}
