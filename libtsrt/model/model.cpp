// Models: load, clone, share, move, describe, free. Running them is in run.cpp.
#include "model/model.h"

#include "model/watch.h"
#include "options.h"
#include "process/exit.h"
#include "process/fork.h"
#include "process/library.h"
#include "process/process.h"
#include "tensor/device.h"
#include "version.h"

namespace tsrt {
namespace {

// A handle on a model that has no other yet.
tsrt_model* new_model(std::shared_ptr<Program> program, const CallOptions& options) {
  auto session = std::make_shared<Session>(std::make_shared<Context>(), options);
  return c10::make_intrusive<tsrt_model>(std::move(program), std::move(session)).release();
}

template <class Read>
tsrt_error* load(const char* options_text, tsrt_model** model, Read&& read) {
  return guard([&] {
    require(model, "model is NULL: give a place for the new model");
    *model = nullptr;
    check_torch_version();
    const Options options = parse_options(options_text);
    const c10::Device device = parse_device(options.device.c_str());
    for (const std::string& library : options.libraries) load_library(library.c_str());
    keep_off_standard_output();
    const LibrariesStay for_operators;
    auto program =
        std::make_shared<Program>([&] { return read(device, options); }, device, options);
    *model = new_model(std::move(program), options.call);
    end_calls_at_exit();
  });
}

std::string describe_fresh(const tsrt_model& model) {
  {
    const Reading reading = read(model.context());
    if (!model.program->stale()) return describe(model);
  }
  const Writing writing = write(model.context());
  model.program->refresh();
  return describe(model);
}

}  // namespace
}  // namespace tsrt

tsrt_error* tsrt_model_load(const char* path, const char* options, tsrt_model** model) {
  return tsrt::load(options, model, [&](c10::Device device, const tsrt::Options& options) {
    return tsrt::read_file(path, device, options);
  });
}

tsrt_error* tsrt_model_load_buffer(const void* data, size_t size, const char* options,
                                   tsrt_model** model) {
  return tsrt::load(options, model, [&](c10::Device device, const tsrt::Options& options) {
    return tsrt::read_buffer(data, size, device, options);
  });
}

tsrt_error* tsrt_model_clone(tsrt_model* model, tsrt_model** clone) {
  return tsrt::guard([&] {
    tsrt::require(clone, "clone is NULL: give a place for the new model");
    *clone = nullptr;
    const tsrt::ModelPtr held = tsrt::hold(model);
    const tsrt::Reading reading = tsrt::read(held->context());
    auto program = std::make_shared<tsrt::Program>(held->program->clone());
    *clone = tsrt::new_model(std::move(program), held->session->options);
  });
}

tsrt_error* tsrt_model_share(tsrt_model* model, const char* options, tsrt_model** shared) {
  return tsrt::guard([&] {
    tsrt::require(shared, "shared is NULL: give a place for the new handle");
    *shared = nullptr;
    const tsrt::ModelPtr held = tsrt::hold(model);
    const auto limits = tsrt::parse_call_options(options, held->session->options);
    auto session = std::make_shared<tsrt::Session>(held->session->context, limits, held->session);
    *shared = c10::make_intrusive<tsrt_model>(held->program, std::move(session)).release();
  });
}

tsrt_error* tsrt_model_cancel(tsrt_model* model) {
  return tsrt::guard([&] { tsrt::hold(model)->session->cancel(); });
}

tsrt_error* tsrt_model_to(tsrt_model* model, const char* device) {
  return tsrt::guard([&] {
    const tsrt::ModelPtr held = tsrt::hold(model);
    const c10::Device target = tsrt::parse_device(device);
    const tsrt::Writing writing = tsrt::write(held->context());
    held->program->to(target);
  });
}

tsrt_error* tsrt_model_train(tsrt_model* model, bool training) {
  return tsrt::guard([&] {
    const tsrt::ModelPtr held = tsrt::hold(model);
    const tsrt::Writing writing = tsrt::write(held->context());
    held->program->train(training);
  });
}

tsrt_error* tsrt_model_reset(tsrt_model* model) {
  return tsrt::guard([&] {
    const tsrt::ModelPtr held = tsrt::hold(model);
    const tsrt::Writing writing = tsrt::write(held->context());
    held->program->reset();
  });
}

tsrt_error* tsrt_model_describe(tsrt_model* model, char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    const tsrt::ModelPtr held = tsrt::hold(model);
    *json = tsrt::new_string(tsrt::describe_fresh(*held));
  });
}

void tsrt_model_free(tsrt_model* model) {
  if (!model) return;
  if (model->context().lock.lost()) {
    // Half changed as it is, it may hold pointers to what is gone already.
    tsrt::count(tsrt::Kind::model, -1);
    return;
  }
  tsrt::ModelPtr::reclaim(model);
}
