// Objects of TorchScript and C++ classes: their methods and attributes.
#include "json.h"
#include "model/run.h"
#include "model/state.h"
#include "values/release.h"

namespace tsrt {
namespace {

ObjectPtr object_of(const tsrt_value* value) {
  check_kind(unwrap(value), unwrap(value).isObject(), "an object");
  return value->value.toObject();
}

c10::IValue attribute(const c10::IValue& value, const char* name) {
  if (value.isObject()) {
    const auto object = value.toObject();
    return object->getSlot(slot_of(*object, name));
  }
  check_kind(value, value.isEnum(), "an object or enum member");
  const auto member = value.toEnumHolder();
  if (std::string_view(name) == "name") return member->name();
  if (std::string_view(name) == "value") return member->value();
  fail(TSRT_NOT_FOUND, "an enum member has no attribute '", name, "': it has name, value");
}

void write_names(Json& out, const char* key, const std::vector<std::string>& names) {
  out.key(key);
  out.begin_array();
  for (const auto& name : names) out.string(name);
  out.end_array();
}

std::string describe_value(const c10::IValue& value) {
  std::vector<std::string> methods;
  std::vector<std::string> attributes;
  if (value.isObject()) {
    const auto type = value.toObjectRef().type();
    for (const auto* method : type->methods()) methods.push_back(method->name());
    for (const auto& each : type->getAttributes()) attributes.push_back(each.getName());
  } else if (value.isEnum()) {
    attributes = {"name", "value"};
  }
  Json out;
  out.begin_object();
  out.key("type");
  out.string(value.type()->annotation_str());
  write_names(out, "methods", methods);
  write_names(out, "attributes", attributes);
  out.end_object();
  return out.text();
}

}  // namespace
}  // namespace tsrt

tsrt_error* tsrt_value_call(const tsrt_value* object, const char* method, const tsrt_value* args,
                            const tsrt_value* kwargs, tsrt_value** result) {
  return tsrt::guard([&] {
    tsrt::require(result, "result is NULL: give a place for the result");
    *result = nullptr;
    tsrt::require(method, "method is NULL: give a name");
    // Copies, so that the handle may be freed while the method runs.
    const tsrt::ObjectPtr self = tsrt::object_of(object);
    const tsrt::Origin origin = object->origin;
    auto& function = tsrt::method_of(*self, method);
    const auto arguments = tsrt::arguments_of(args, kwargs, origin.context());
    const tsrt::Call call(*origin.session, [&](bool) {
      return tsrt::Target{&origin.context()->method(function), self};
    });
    *result = tsrt::run_on_values(call, {origin.session, origin.device}, arguments);
  });
}

tsrt_error* tsrt_value_attribute(const tsrt_value* object, const char* name,
                                 tsrt_value** attribute) {
  return tsrt::guard([&] {
    tsrt::require(attribute, "attribute is NULL: give a place for it");
    *attribute = nullptr;
    tsrt::require(name, "the name of the attribute is missing");
    const c10::IValue& from = tsrt::unwrap(object);
    const tsrt::Origin& origin = object->origin;
    tsrt::Reading reading;
    if (origin.session) reading = tsrt::read(*origin.context());
    auto found = tsrt::release(tsrt::attribute(from, name), /*to_host=*/false);
    *attribute = tsrt::new_value(std::move(found), {origin.session, origin.device});
  });
}

tsrt_error* tsrt_value_describe(const tsrt_value* value, char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    *json = tsrt::new_string(tsrt::describe_value(tsrt::unwrap(value)));
  });
}
