#include "model/watch.h"

#include <ctime>

#include "process/interrupt.h"

namespace tsrt {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// How long a cancel or an interrupt may go unnoticed by a call that waits for a lock.
constexpr auto waiting_step = 10ms;

// How often the host is asked. In Python that means to wait for the interpreter's lock.
constexpr int64_t interrupt_step = 100'000'000;  // ns

thread_local Watch* innermost = nullptr;

// A few nanoseconds, and exact to some milliseconds.
int64_t coarse_time() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

[[noreturn]] void in_use() {
  fail(TSRT_INVALID_ARGUMENT,
       "this callback came from a call on the same model: use the model when that has returned, or "
       "give the callback a clone");
}

}  // namespace

Limit::Limit(const Session& session) : session(&session), cancels(session.cancels()) {
  if (session.options.timeout) deadline = steady_clock::now() + *session.options.timeout;
}

void Limit::check() const {
  if (session->cancels() != cancels) throw Failure(TSRT_CANCELLED, cancelled_text);
  if (deadline && steady_clock::now() >= *deadline) {
    const std::chrono::duration<double> seconds = *session->options.timeout;
    fail(TSRT_TIMEOUT, timeout_text, seconds.count(), " s");
  }
}

Watch::Watch(const Limit& limit)
    : limit_(limit), previous_(innermost), interruptible_(has_interrupt_check()) {
  innermost = this;
}

Watch::~Watch() {
  innermost = previous_;
}

Watch* Watch::current() {
  return innermost;
}

void Watch::check_interrupt() {
  const int64_t now = coarse_time();
  if (now < next_check_) return;
  const bool first = next_check_ == 0;
  next_check_ = now + interrupt_step;
  if (!first && interrupted()) throw Failure(TSRT_CANCELLED, interrupted_text);
}

const Watch* Watch::outer(const Context& context, const Watch* from) {
  while (from && from->limit_.session->context.get() != &context) from = from->previous_;
  return from;
}

Reading Watch::read() {
  Context& context = *limit_.session->context;
  if (previous_ && outer(context, previous_)) in_use();
  Reading reading(context.lock, std::try_to_lock);
  while (!reading) {
    check();
    static_cast<void>(reading.try_lock_for(waiting_step));
  }
  return reading;
}

Writing Watch::write() {
  Context& context = *limit_.session->context;
  if (previous_ && outer(context, previous_)) in_use();
  Writing writing(context.lock, std::try_to_lock);
  while (!writing) {
    check();
    static_cast<void>(writing.try_lock_for(waiting_step));
  }
  alone_ = true;
  return writing;
}

Reading read(Context& context) {
  const Watch* around = Watch::outer(context, innermost);
  if (!around) return Reading(context.lock);
  if (around->alone_) in_use();
  return {};
}

Writing write(Context& context) {
  if (Watch::outer(context, innermost)) in_use();
  return Writing(context.lock);
}

}  // namespace tsrt
