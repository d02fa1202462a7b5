#include "process/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <optional>

#include "guard.h"
#include "process/fork.h"

namespace tsrt {
namespace {

constexpr int patience = 10000;  // milliseconds
constexpr char well = '+', badly = '-';
const std::string ended = "it ends the process in its static initializers";

int answer_pipe = -1;  // the child's, for its terminate handler

[[noreturn]] void answer(char kind, const std::string& text) {
  const std::string message = kind + text.substr(0, text.find('\n')).substr(0, 1000);
  static_cast<void>(!write(answer_pipe, message.data(), message.size()));
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
  } catch (...) {
    tell_exception();
  }
  answer(well, "");
}

// What the child says, or nothing when it hangs: it has but one thread, and a lock that it needs
// may belong to another of its parent's.
std::optional<std::string> listen(int pipe) {
  pollfd ready{pipe, POLLIN, 0};
  int n;
  do n = poll(&ready, 1, patience);
  while (n < 0 && errno == EINTR);
  if (n <= 0) return std::nullopt;
  char text[1024];
  const ssize_t size = read(pipe, text, sizeof text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : badly + ended;
}

}  // namespace

std::string try_in_child(const std::function<void()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  const HostCallback here;  // this very call holds a lock
  const pid_t child = fork();
  if (child == 0) {
    answer_pipe = ends[1];
    be_the_child(work);
  }
  close(ends[1]);
  std::string said(1, well);
  if (child > 0) {
    if (auto heard = listen(ends[0]))
      said = *heard;
    else
      kill(child, SIGKILL);
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  close(ends[0]);
  return said[0] == well ? std::string() : said.substr(1);
}

}  // namespace tsrt
