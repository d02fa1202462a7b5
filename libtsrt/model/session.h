// What one handle on a model says of the calls that are made through it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include "options.h"

namespace tsrt {

class Context;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Context> context, const CallOptions& options,
          std::shared_ptr<const Session> parent = {})
      : context(std::move(context)), options(options), parent_(std::move(parent)) {}

  const std::shared_ptr<Context> context;
  const CallOptions options;

  // Stops the calls that run now, through this handle and those shared from it.
  void cancel() { cancels_.fetch_add(1, std::memory_order_relaxed); }

  // Grows with each cancel that concerns this handle's calls.
  uint64_t cancels() const {
    uint64_t sum = 0;
    for (const Session* each = this; each; each = each->parent_.get())
      sum += each->cancels_.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  const std::shared_ptr<const Session> parent_;
  std::atomic<uint64_t> cancels_{0};
};

}  // namespace tsrt
