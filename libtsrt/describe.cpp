// tsrt_model_describe: everything there is to know of a model, as JSON.
#include "convert.h"
#include "device.h"
#include "json.h"
#include "model.h"
#include "tensor.h"

namespace tsrt {
namespace {

std::string default_text(const c10::IValue& value) {
  return value.isString() ? c10::str('"', value.toStringRef(), '"') : c10::str(value);
}

void write_argument(Json& out, const c10::Argument& argument, bool copied) {
  out.begin_object();
  out.key("name");
  out.string(argument.name());
  out.key("type");
  out.string(argument.type()->repr_str());
  if (argument.default_value()) {
    out.key("default");
    out.string(default_text(*argument.default_value()));
  }
  out.key("keyword_only");
  out.boolean(argument.kwarg_only());
  out.key("copied");
  out.boolean(copied);
  out.end_object();
}

// What tsrt_model_forward makes of a return type.
void write_outputs(Json& out, const Outputs& outputs) {
  static const char* const names[] = {"tensor", "tuple", "list", "value"};
  out.key("outputs");
  out.string(names[static_cast<int>(outputs.kind)]);
  out.key("n_outputs");
  outputs.count ? out.integer(static_cast<int64_t>(*outputs.count)) : out.null();
}

void write_method(Json& out, const Method& method) {
  out.begin_object();
  out.key("name");
  out.string(method.schema->name());
  out.key("arguments");
  out.begin_array();
  const auto& arguments = method.schema->arguments();
  for (size_t i = 1; i < arguments.size(); ++i)
    write_argument(out, arguments[i], method.effects.copies_argument[i - 1]);
  out.end_array();
  out.key("returns");
  out.string(method.schema->returns().at(0).type()->repr_str());
  write_outputs(out, method.outputs);
  out.key("writes_state");
  out.boolean(method.effects.writes_state);
  out.end_object();
}

template <class NamedTensors>
void write_tensors(Json& out, const NamedTensors& tensors) {
  out.begin_array();
  for (const auto& entry : tensors) {
    out.begin_object();
    out.key("name");
    out.string(entry.name);
    out.key("dtype");
    out.string(dtype_name(entry.value.scalar_type()));
    out.key("shape");
    out.begin_array();
    for (const int64_t size : entry.value.sizes()) out.integer(size);
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string describe(const tsrt_model& model) {
  const Program& program = model.program;
  Json out;
  out.begin_object();
  out.key("format");
  out.string("torchscript");
  out.key("device");
  out.string(display(program.device()));
  out.key("threads");
  model.threads ? out.integer(*model.threads) : out.null();
  out.key("methods");
  out.begin_array();
  for (const auto& method : program.methods()) write_method(out, method);
  out.end_array();
  out.key("parameters");
  write_tensors(out, program.module().named_parameters());
  out.key("buffers");
  write_tensors(out, program.module().named_buffers());
  out.key("extra_files");
  out.begin_array();
  for (const auto& file : program.extra_files()) out.string(file.first);
  out.end_array();
  out.end_object();
  return out.text();
}

}  // namespace tsrt
