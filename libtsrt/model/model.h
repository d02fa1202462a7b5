// What a tsrt_model handle points to.
#pragma once

#include <memory>

#include "guard.h"
#include "listing.h"
#include "model/context.h"
#include "model/program.h"

struct tsrt_model : tsrt::Counted<tsrt::Kind::model> {
  tsrt_model(tsrt::Program program, std::optional<int> threads)
      : program(std::move(program)), context(std::make_shared<tsrt::Context>(threads)) {}

  tsrt::Program program;
  const std::shared_ptr<tsrt::Context> context;
  tsrt::Listing<tsrt_model> listing{*this};  // for tsrt_memory; last, so that all is there
};

namespace tsrt {

std::string describe(const tsrt_model& model);

}  // namespace tsrt
