// A model's attributes, read and replaced from outside.
#include "model/model.h"
#include "model/watch.h"
#include "tensor/tensor.h"
#include "values/arguments.h"
#include "values/convert.h"
#include "values/release.h"
#include "values/value.h"

namespace tsrt {
namespace {

tsrt_value* get_attribute(const tsrt_model& model, const char* name) {
  const Program& program = *model.program;
  const StateMode mode(program.differentiates());
  c10::IValue value = program.locate(name).value();
  // A copy where the model may give the tensor other memory, which no holder of a view survives.
  const bool copied = program.resizes();
  value = copied ? release(std::move(value), /*to_host=*/false) : look_at(std::move(value));
  return new_value(std::move(value), {model.session, program.device(), !copied});
}

void check_fits(const at::Tensor& parameter, const at::Tensor& given, const char* name) {
  if (parameter.sizes() == given.sizes() && parameter.scalar_type() == given.scalar_type()) return;
  fail(TSRT_INVALID_ARGUMENT, "parameter '", name, "' is ", summary(parameter),
       " and what was given is ", summary(given));
}

c10::IValue fit(const c10::IValue& given, const Place& place, c10::Device device,
                const char* name) {
  if (is_module(place.value()))
    fail(TSRT_INVALID_ARGUMENT, "'", name, "' is a submodule: set its attributes one by one");
  std::string mismatch;
  Loans loans;
  auto value = convert(given, place.type(), device, /*copied=*/true, loans, mismatch);
  if (!value) fail(TSRT_INVALID_ARGUMENT, "attribute '", name, "'", mismatch);
  if (!value->isTensor()) return release(std::move(*value), /*to_host=*/false);  // copies objects
  if (place.is_parameter() && place.value().isTensor() && value->isTensor()) {
    check_fits(place.value().toTensor(), value->toTensor(), name);
    value->toTensor().set_requires_grad(place.value().toTensor().requires_grad());
  }
  return *value;
}

}  // namespace
}  // namespace tsrt

tsrt_error* tsrt_model_get_attribute(tsrt_model* model, const char* name, tsrt_value** value) {
  return tsrt::guard([&] {
    tsrt::require(value, "value is NULL: give a place for the attribute");
    *value = nullptr;
    const tsrt::ModelPtr held = tsrt::hold(model);
    tsrt::require(name && *name, "the name of the attribute is missing");
    const tsrt::Reading reading = tsrt::read(held->context());
    *value = tsrt::get_attribute(*held, name);
  });
}

tsrt_error* tsrt_model_set_attribute(tsrt_model* model, const char* name, const tsrt_value* value) {
  return tsrt::guard([&] {
    const tsrt::ModelPtr held = tsrt::hold(model);
    tsrt::require(name && *name, "the name of the attribute is missing");
    tsrt::unwrap(value);
    const c10::IValue given = tsrt::admit(*value, &held->context());
    const tsrt::Writing writing = tsrt::write(held->context());
    tsrt::Program& program = *held->program;
    const tsrt::StateMode mode(program.differentiates());
    program.set(name, [&](const tsrt::Place& place) {
      return tsrt::fit(given, place, program.device(), name);
    });
  });
}
