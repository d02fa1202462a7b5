// An inspection as JSON, and the functions of the C API that give it.
#include "files/inspect.h"
#include "files/text.h"
#include "guard.h"
#include "json.h"
#include "tensor/device.h"

namespace tsrt {
namespace {

void write_text(Json& out, const char* key, const std::string& text) {
  out.key(key);
  out.string(printable(text));
}

template <class Names>
void write_names(Json& out, const char* key, const Names& names) {
  out.key(key);
  out.begin_array();
  for (const auto& name : names) out.string(printable(name));
  out.end_array();
}

void write_integer(Json& out, const char* key, uint64_t number) {
  out.key(key);
  out.integer(static_cast<int64_t>(std::min<uint64_t>(number, INT64_MAX)));
}

void write_method(Json& out, const SourceMethod& method) {
  out.begin_object();
  write_text(out, "name", method.name);
  out.key("arguments");
  out.begin_array();
  for (const auto& argument : method.arguments) {
    out.begin_object();
    write_text(out, "name", argument.name);
    write_text(out, "type", argument.type);
    if (!argument.value.empty()) write_text(out, "default", argument.value);
    out.key("keyword_only");
    out.boolean(argument.keyword_only);
    out.end_object();
  }
  out.end_array();
  write_text(out, "returns", method.returns);
  out.end_object();
}

void write_methods(Json& out, const TorchScript& facts) {
  out.key("methods");
  out.begin_array();
  const auto type = facts.source.classes.find(facts.tree.type);
  if (type != facts.source.classes.end()) {
    for (const auto& method : type->second.methods) write_method(out, method);
  }
  out.end_array();
}

void write_tensors(Json& out, const char* key, const std::vector<NamedTensor>& tensors) {
  out.key(key);
  out.begin_array();
  for (const auto& [name, tensor] : tensors) {
    out.begin_object();
    write_text(out, "name", name);
    write_text(out, "dtype", tensor.dtype);
    out.key("shape");
    out.begin_array();
    for (const int64_t size : tensor.shape) out.integer(size);
    out.end_array();
    write_integer(out, "bytes", tensor.bytes);
    out.end_object();
  }
  out.end_array();
}

void write_submodules(Json& out, const ModuleTree& tree) {
  out.key("submodules");
  out.begin_array();
  for (const auto& [path, type] : tree.submodules) {
    out.begin_object();
    write_text(out, "name", path);
    write_text(out, "class", type);
    out.end_object();
  }
  out.end_array();
}

void write_torchscript(Json& out, const TorchScript& facts) {
  out.key("format_version");
  facts.version ? out.integer(*facts.version) : out.null();
  out.key("lite_interpreter");
  out.boolean(facts.lite_interpreter);
  out.key("debug_info");
  out.boolean(facts.debug_info);
  write_text(out, "class", facts.tree.type);
  write_methods(out, facts);
  write_submodules(out, facts.tree);
  write_tensors(out, "parameters", facts.tree.parameters);
  write_tensors(out, "buffers", facts.tree.buffers);
  write_integer(out, "bytes", facts.bytes);
  write_names(out, "not_read", facts.not_read);
  write_names(out, "state", facts.tree.state);
  write_names(out, "operators", facts.source.operators);
  write_names(out, "missing_operators", facts.missing_operators);
  write_names(out, "custom_classes", facts.custom_classes);
  write_names(out, "missing_classes", facts.missing_classes);
  write_names(out, "setstate_classes", facts.tree.setstates);
  write_names(out, "code_devices", facts.source.devices);
  write_names(out, "saved_devices", facts.saved_devices);
}

void write_extra_files(Json& out, const std::vector<ExtraFile>& files) {
  out.key("extra_files");
  out.begin_array();
  for (const auto& [name, size] : files) {
    out.begin_object();
    write_text(out, "name", name);
    write_integer(out, "size", size);
    out.end_object();
  }
  out.end_array();
}

void write_restricted(Json& out, const std::vector<Finding>& findings) {
  out.key("restricted");
  out.begin_array();
  for (const auto& [what, where] : findings) {
    out.begin_object();
    write_text(out, "what", what);
    write_text(out, "where", where);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string to_json(const Inspection& about, const std::string& name) {
  Json out;
  out.begin_object();
  write_text(out, "kind", about.kind);
  out.key("problem");
  about.problem.empty() ? out.null() : out.string(printable(name + " " + about.problem));
  write_integer(out, "size", about.size);
  if (about.records) write_integer(out, "records", about.records);
  if (about.saved) {
    write_integer(out, "tensors", about.saved->tensors);
    write_integer(out, "bytes", about.saved->bytes);
    write_names(out, "keys", about.saved->keys);
  }
  if (about.torchscript) {
    write_torchscript(out, *about.torchscript);
    write_restricted(out, about.restricted);
    write_extra_files(out, about.extra_files);
  }
  out.end_object();
  return out.text();
}

}  // namespace tsrt

tsrt_error* tsrt_inspect(const char* path, char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    const std::string other = tsrt::no_regular_file(path);
    tsrt::Inspection about;
    about.kind = other.starts_with("is a folder") ? "folder" : "special-file";
    about.problem = other;
    if (other.empty()) about = tsrt::inspect(tsrt::open_file(path));
    *json = tsrt::new_string(tsrt::to_json(about, tsrt::concat("'", path, "'")));
  });
}

tsrt_error* tsrt_inspect_buffer(const void* data, size_t size, char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    const auto bytes = tsrt::open_buffer(data, size);
    *json = tsrt::new_string(tsrt::to_json(tsrt::inspect(bytes), bytes->name()));
  });
}
