// What a tsrt_model handle points to.
#pragma once

#include <optional>
#include <shared_mutex>

#include "guard.h"
#include "program.h"

struct tsrt_model : tsrt::Counted {
  tsrt_model(tsrt::Program program, std::optional<int> threads)
      : program(std::move(program)), threads(threads) {}

  // Held shared by what only reads the program and its state, alone by what changes them.
  mutable std::shared_mutex mutex;
  tsrt::Program program;
  std::optional<int> threads;
};

namespace tsrt {

std::string describe(const tsrt_model& model);

}  // namespace tsrt
