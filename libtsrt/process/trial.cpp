#include "process/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "guard.h"
#include "process/fork.h"

namespace tsrt {
namespace {

constexpr int patience = 10000;  // milliseconds
constexpr char well = '+', badly = '-';
constexpr std::string_view ended = "it ends the process in its static initializers";

int answer_pipe = -1;  // the child's, for its terminate handler

[[noreturn]] void answer(char kind, std::string_view text) {
  text = text.substr(0, text.find('\n')).substr(0, 1000);
  iovec parts[2] = {{&kind, 1}, {const_cast<char*>(text.data()), text.size()}};
  static_cast<void>(!writev(answer_pipe, parts, 2));
  _exit(0);
}

// An exception that nobody catches ends here, and is still the current one.
[[noreturn]] void tell_exception() {
  if (!std::current_exception()) answer(badly, ended);
  try {
    throw;
  } catch (const std::exception& e) {
    answer(badly, e.what());
  } catch (...) {
    answer(badly, "an exception of unknown type was thrown");
  }
}

[[noreturn]] void be_the_child(const std::function<void()>& work) {
  std::set_terminate(tell_exception);
  // A crash here is an answer and no matter for the host's crash handlers.
  for (const int each : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) signal(each, SIG_DFL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  try {
    work();
  } catch (const Failure&) {
    // An error of ours will come again in the parent, with its code and detail.
  } catch (const std::bad_alloc&) {
    // And what there is no memory for in the child can be tried there.
  } catch (...) {
    tell_exception();
  }
  answer(well, "");
}

struct Answer {
  char kind;
  char text[1024];
};

// What the child says; false when it hangs: it has but one thread, and a lock that it needs may
// belong to another of its parent's.
bool listen(int pipe, Answer& said) {
  pollfd ready{pipe, POLLIN, 0};
  int n;
  do n = poll(&ready, 1, patience);
  while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  if (read(pipe, &said, sizeof said - 1) <= 0) {
    said.kind = badly;
    ended.copy(said.text, ended.size());
  }
  return true;
}

[[noreturn]] void no_child() {
  fail(TSRT_OUT_OF_MEMORY, "cannot start a process to try the library in: ", std::strerror(errno));
}

}  // namespace

std::string try_in_child(const std::function<void()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) no_child();
  const HostCallback here;  // this very call holds a lock
  const pid_t child = fork();
  if (child == 0) {
    answer_pipe = ends[1];
    be_the_child(work);
  }
  const int why = errno;
  close(ends[1]);
  Answer said{};
  if (child > 0) {
    if (!listen(ends[0], said)) kill(child, SIGKILL);
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  close(ends[0]);
  errno = why;
  if (child < 0) no_child();
  return said.kind == badly ? std::string(said.text) : std::string();
}

}  // namespace tsrt
