#include "process/process.h"

#include <ATen/Context.h>
#include <torch/csrc/jit/runtime/print_handler.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>

#include "guard.h"
#include "json.h"
#include "process/fork.h"
#include "tensor/device.h"

namespace tsrt {
namespace {

// ---- random numbers

void seed_generator(c10::Device device, uint64_t seed) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

// ---- quantized engine

// The names that torch.backends.quantized.engine has for them.
std::string name_of(at::QEngine engine) {
  if (engine == at::QEngine::NoQEngine) return "none";
  std::string name = at::toString(engine);
  std::transform(name.begin(), name.end(), name.begin(), ::tolower);
  return name;
}

at::QEngine parse_engine(const char* wanted) {
  require(wanted && *wanted, "the name of the quantized engine is missing");
  std::string supported;
  for (const at::QEngine engine : at::Context::supportedQEngines()) {
    const std::string name = name_of(engine);
    if (name == wanted) return engine;
    supported += (supported.empty() ? "" : ", ") + name;
  }
  fail(TSRT_INVALID_ARGUMENT, "there is no quantized engine '", wanted,
       "' in this LibTorch on this processor: it has ", supported);
}

// ---- what models print

void print_to_stderr(const char* text, size_t size, void*) {
  std::fwrite(text, 1, size, stderr);
}

// Where text goes, and how many threads are bringing it there now.
struct Printer {
  void (*handler)(const char* text, size_t size, void* user_data) = print_to_stderr;
  void* user_data = nullptr;
  int running = 0;
};

// Never destroyed, since threads may print while the process exits.
struct Output {
  struct Mutex final : ForkSafe<std::mutex> {
    void renew() noexcept override;
  } mutex;
  std::condition_variable_any idle;
  std::shared_ptr<Printer> printer = std::make_shared<Printer>();
};

Output& output() {
  static auto& output = *new Output;
  return output;
}

// In a forked child nobody is in a handler, but for the thread that forked from within one.
void Output::Mutex::renew() noexcept {
  ForkSafe::renew();
  std::construct_at(&output().idle);
  output().printer->running = 0;
}

// Takes part in the current printer. No lock is held while a handler runs: it may call tsrt.
class Printing {
 public:
  Printing() {
    const std::lock_guard lock(output().mutex);
    printer_ = output().printer;
    ++printer_->running;
  }
  Printing(const Printing&) = delete;
  Printing& operator=(const Printing&) = delete;
  ~Printing() {
    const std::lock_guard lock(output().mutex);
    if (--printer_->running == 0) output().idle.notify_all();
  }

  void print(const std::string& text) const {
    const HostCallback here;
    printer_->handler(text.data(), text.size(), printer_->user_data);
  }

 private:
  std::shared_ptr<Printer> printer_;
};

void print(const std::string& text) {
  Printing().print(text);
}

// Waits for those who still use the old printer, unless this thread may be one of them.
void replace_printer(std::shared_ptr<Printer> wanted) {
  std::unique_lock lock(output().mutex);
  output().printer.swap(wanted);
  if (!within_a_callback()) output().idle.wait(lock, [&] { return wanted->running == 0; });
}

}  // namespace

void keep_off_standard_output() {
  static const bool done = [] {
    if (torch::jit::getPrintHandler() == torch::jit::getDefaultPrintHandler())
      torch::jit::setPrintHandler(print);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace tsrt

tsrt_error* tsrt_manual_seed(uint64_t seed) {
  return tsrt::guard([&] {
    for (const c10::Device device : tsrt::present_devices()) tsrt::seed_generator(device, seed);
  });
}

tsrt_error* tsrt_set_quantized_engine(const char* name) {
  return tsrt::guard([&] { at::globalContext().setQEngine(tsrt::parse_engine(name)); });
}

tsrt_error* tsrt_quantized_engine(char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    tsrt::Json out;
    out.begin_object();
    out.key("current");
    out.string(tsrt::name_of(at::globalContext().qEngine()));
    out.key("supported");
    out.begin_array();
    for (const at::QEngine engine : at::Context::supportedQEngines())
      out.string(tsrt::name_of(engine));
    out.end_array();
    out.end_object();
    *json = tsrt::new_string(out.text());
  });
}

tsrt_error* tsrt_set_print_handler(void (*handler)(const char* text, size_t size, void* user_data),
                                   void* user_data) {
  return tsrt::guard([&] {
    auto printer = std::make_shared<tsrt::Printer>();
    if (handler) {
      printer->handler = handler;
      printer->user_data = user_data;
    }
    tsrt::keep_off_standard_output();
    torch::jit::setPrintHandler(tsrt::print);
    tsrt::replace_printer(std::move(printer));
  });
}
