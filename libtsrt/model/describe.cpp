// tsrt_model_describe: everything there is to know of a model, as JSON.
#include "guard.h"
#include "json.h"
#include "model/model.h"
#include "model/state.h"
#include "tensor/device.h"
#include "tensor/tensor.h"
#include "values/arguments.h"

namespace tsrt {
namespace {

std::string default_text(const c10::IValue& value) {
  return value.isString() ? concat('"', value.toStringRef(), '"') : concat(value);
}

void write_argument(Json& out, const c10::Argument& argument, bool copied) {
  out.begin_object();
  out.key("name");
  out.string(argument.name());
  out.key("type");
  out.string(argument.type()->annotation_str());
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
void write_outputs(Json& out, const Method& method) {
  static const char* const names[] = {"tensor", "tuple", "list", "value"};
  const Outputs& outputs = method.outputs;
  out.key("outputs");
  out.string(names[static_cast<int>(outputs.kind)]);
  out.key("n_outputs");
  outputs.count ? out.integer(static_cast<int64_t>(*outputs.count)) : out.null();
  out.key("field_names");
  const auto tuple = method.schema->returns().at(0).type()->cast<c10::TupleType>();
  if (!tuple || !tuple->schema()) return out.null();
  out.begin_array();
  for (const auto& field : tuple->schema()->arguments()) out.string(field.name());
  out.end_array();
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
  out.string(method.schema->returns().at(0).type()->annotation_str());
  write_outputs(out, method);
  out.key("plan");
  method.plan ? out.string(method.plan->name) : out.string("exact");
  out.key("writes_state");
  out.boolean(method.effects.writes_state);
  out.end_object();
}

// A nested tensor has no one shape.
void write_shape(Json& out, const at::Tensor& tensor) {
  if (tensor.is_nested()) return out.null();
  out.begin_array();
  for (const int64_t size : tensor.sizes()) out.integer(size);
  out.end_array();
}

void write_tensors(Json& out, const std::vector<StateTensor>& tensors) {
  out.begin_array();
  for (const auto& entry : tensors) {
    out.begin_object();
    out.key("name");
    out.string(entry.name);
    out.key("dtype");
    out.string(dtype_name(entry.value.scalar_type()));
    out.key("shape");
    write_shape(out, entry.value);
    out.end_object();
  }
  out.end_array();
}

// By path, with what is neither parameter nor buffer nor submodule nor the mode.
void write_attributes(Json& out, const ObjectPtr& root) {
  out.begin_array();
  for_each_module(root, [&](const std::string& path, const ObjectPtr& module) {
    for (size_t i = 0; i < module->slots().size(); ++i) {
      const auto type = module->type()->getAttribute(i);
      const std::string name = module->type()->getAttributeName(i);
      const bool listed_elsewhere =
          type->isSubtypeOf(*c10::TensorType::get()) || module->type()->is_parameter(i) ||
          is_module(module->getSlot(i)) || name == "training" || is_internal(name);
      if (listed_elsewhere) continue;
      out.begin_object();
      out.key("name");
      out.string(path.empty() ? name : path + "." + name);
      out.key("type");
      out.string(type->annotation_str());
      out.end_object();
    }
  });
  out.end_array();
}

void write_submodules(Json& out, const ObjectPtr& root) {
  out.begin_array();
  for_each_module(root, [&](const std::string& path, const ObjectPtr& module) {
    if (path.empty()) return;
    out.begin_object();
    out.key("name");
    out.string(path);
    out.key("type");
    out.string(module->type()->annotation_str());
    out.key("methods");
    out.begin_array();
    for (const auto* method : module->type()->methods()) out.string(method->name());
    out.end_array();
    out.end_object();
  });
  out.end_array();
}

void write_training(Json& out, const ObjectPtr& root) {
  const auto slot = root->type()->findAttributeSlot("training");
  const bool known = slot && root->getSlot(*slot).isBool();
  known ? out.boolean(root->getSlot(*slot).toBool()) : out.null();
}

}  // namespace

std::string describe(const tsrt_model& model) {
  const Program& program = *model.program;
  Json out;
  out.begin_object();
  out.key("format");
  out.string("torchscript");
  out.key("device");
  out.string(display(program.device()));
  out.key("threads");
  const auto threads = threads_here(model.session->options.threads);
  threads ? out.integer(*threads) : out.null();
  out.key("methods");
  out.begin_array();
  for (const auto& method : program.methods()) write_method(out, method);
  out.end_array();
  const ObjectPtr& module = program.module();
  out.key("training");
  write_training(out, module);
  out.key("parameters");
  write_tensors(out, parameters_of(module));
  out.key("buffers");
  write_tensors(out, buffers_of(module));
  out.key("attributes");
  write_attributes(out, module);
  out.key("submodules");
  write_submodules(out, module);
  out.key("extra_files");
  out.begin_array();
  for (const auto& file : program.extra_files()) out.string(file.first);
  out.end_array();
  out.end_object();
  return out.text();
}

}  // namespace tsrt
