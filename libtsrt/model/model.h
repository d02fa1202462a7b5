// What a tsrt_model handle points to.
#pragma once

#include <c10/util/intrusive_ptr.h>

#include <memory>

#include "guard.h"
#include "listing.h"
#include "model/program.h"
#include "model/session.h"

struct tsrt_model : tsrt::Counted<tsrt::Kind::model>, c10::intrusive_ptr_target {
  tsrt_model(std::shared_ptr<tsrt::Program> program, std::shared_ptr<tsrt::Session> session)
      : program(std::move(program)), session(std::move(session)) {}

  const std::shared_ptr<tsrt::Program> program;
  const std::shared_ptr<tsrt::Session> session;
  tsrt::Listing<tsrt_model> listing{*this};  // for tsrt_memory; last, so that all is there

  tsrt::Context& context() const { return *session->context; }
};

namespace tsrt {

// Keeps a handle for the time of a call: another thread may free it meanwhile.
using ModelPtr = c10::intrusive_ptr<tsrt_model>;
inline ModelPtr hold(tsrt_model* model) {
  require(model, "model is NULL");
  return ModelPtr::reclaim_copy(model);
}

std::string describe(const tsrt_model& model);

}  // namespace tsrt
