// Models: load, clone, move, describe, free. Running them is in run.cpp.
#include "model/model.h"

#include <mutex>

#include "options.h"
#include "process/exit.h"
#include "process/fork.h"
#include "process/library.h"
#include "process/process.h"
#include "process/tasks.h"
#include "tensor/device.h"
#include "version.h"

namespace tsrt {
namespace {

// Held shared while models are loaded, so that a fork waits: LibTorch has locks of its own then.
ForkSafe<std::shared_mutex>& loading() {
  static auto& lock = *new ForkSafe<std::shared_mutex>;
  return lock;
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
    keep_tasks_across_forks();
    const std::shared_lock busy(loading());
    Program program([&] { return read(device, options); }, device, options.signature);
    *model = new tsrt_model(std::move(program), options.threads);
    end_calls_at_exit();
  });
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
    tsrt::require(model, "model is NULL");
    const std::shared_lock reading(model->context->mutex);
    *clone = new tsrt_model(model->program.clone(), model->context->threads);
  });
}

tsrt_error* tsrt_model_to(tsrt_model* model, const char* device) {
  return tsrt::guard([&] {
    tsrt::require(model, "model is NULL");
    const c10::Device target = tsrt::parse_device(device);
    const std::unique_lock writing(model->context->mutex);
    model->program.to(target);
  });
}

tsrt_error* tsrt_model_train(tsrt_model* model, bool training) {
  return tsrt::guard([&] {
    tsrt::require(model, "model is NULL");
    const std::unique_lock writing(model->context->mutex);
    model->program.train(training);
  });
}

tsrt_error* tsrt_model_reset(tsrt_model* model) {
  return tsrt::guard([&] {
    tsrt::require(model, "model is NULL");
    const std::unique_lock writing(model->context->mutex);
    model->program.reset();
  });
}

tsrt_error* tsrt_model_describe(tsrt_model* model, char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    tsrt::require(model, "model is NULL");
    const std::shared_lock reading(model->context->mutex);
    *json = tsrt::new_string(tsrt::describe(*model));
  });
}

void tsrt_model_free(tsrt_model* model) {
  if (model && model->context->mutex.lost()) {
    // Half changed as it is, it may hold pointers to what is gone already.
    tsrt::live_handles.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  delete model;
}
