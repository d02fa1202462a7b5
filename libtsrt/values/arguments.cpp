#include "values/arguments.h"

#include <ATen/core/Dict.h>
#include <ATen/core/jit_type.h>

#include <algorithm>

#include "guard.h"
#include "model/watch.h"
#include "values/convert.h"
#include "values/release.h"

namespace tsrt {
namespace {

using c10::IValue;
using c10::TypeKind;

const IValue* find_named(const Arguments& arguments, const std::string& name) {
  for (const auto& [key, value] : arguments.named) {
    if (key == name) return &value;
  }
  return nullptr;
}

void check_names(const c10::FunctionSchema& schema, const Arguments& arguments) {
  const size_t takes = schema.arguments().size() - 1;
  if (arguments.positional.size() > takes)
    fail(TSRT_INVALID_ARGUMENT, schema.name(), " takes ", takes,
         takes == 1 ? " argument and " : " arguments and ", arguments.positional.size(),
         " were given: ", signature(schema));
  for (const auto& [name, value] : arguments.named) {
    const auto index = schema.argumentIndexWithName(name);
    if (!index || *index == 0)
      fail(TSRT_INVALID_ARGUMENT, schema.name(), " has no argument '", name,
           "': ", signature(schema));
    require(static_cast<size_t>(*index) > arguments.positional.size(), schema.name(),
            " got its argument '", name, "' twice, by position and by name");
  }
}

}  // namespace

IValue admit(const tsrt_value& value, const Context* context) {
  Context* origin = value.origin.context();
  if (!origin || origin == context) return value.value;
  const Reading reading = read(*origin);
  return release(value.value, /*to_host=*/false);
}

Arguments arguments_of(const tsrt_value* args, const tsrt_value* kwargs, const Context* context) {
  Arguments arguments;
  if (args) {
    const IValue given = admit(*args, context);
    if (!given.isTuple() && !given.isList())
      fail(TSRT_INVALID_ARGUMENT, "args is ", kind_name(given), ", not a tuple or list");
    arguments.positional = items_of(given).vec();
  }
  if (kwargs) {
    const IValue given = admit(*kwargs, context);
    if (!given.isGenericDict())
      fail(TSRT_INVALID_ARGUMENT, "kwargs is ", kind_name(given), ", not a dict");
    for (const auto& entry : given.toGenericDict()) {
      require(entry.key().isString(), "kwargs has a key that is no string");
      arguments.named.emplace_back(entry.key().toStringRef(), entry.value());
    }
  }
  return arguments;
}

void bind_arguments(const c10::FunctionSchema& schema, const Effects& effects, c10::Device device,
                    const Arguments& arguments, Loans& loans, std::vector<IValue>& stack) {
  check_names(schema, arguments);
  for (size_t i = 1; i < schema.arguments().size(); ++i) {
    const c10::Argument& argument = schema.arguments()[i];
    const IValue* given = i <= arguments.positional.size() ? &arguments.positional[i - 1]
                                                           : find_named(arguments, argument.name());
    if (!given) {
      if (!argument.default_value())
        fail(TSRT_INVALID_ARGUMENT, schema.name(), " needs its argument '", argument.name(),
             "': ", signature(schema));
      stack.push_back(*argument.default_value());
      continue;
    }
    std::string mismatch;
    auto converted =
        convert(*given, argument.type(), device, effects.copies_argument[i - 1], loans, mismatch);
    if (!converted)
      fail(TSRT_INVALID_ARGUMENT, schema.name(), ": argument '", argument.name(), "'", mismatch,
           ": ", signature(schema));
    stack.push_back(std::move(*converted));
  }
}

Outputs outputs_of(const c10::TypePtr& type) {
  const auto is_tensor = [](const c10::TypePtr& each) {
    return each->kind() == c10::TypeKind::TensorType;
  };
  if (is_tensor(type)) return {Outputs::tensor, 1};
  const auto inner = type->containedTypes();
  const bool plain = std::all_of(inner.begin(), inner.end(), is_tensor);
  if (plain && type->kind() == TypeKind::TupleType) return {Outputs::tuple, inner.size()};
  if (plain && type->kind() == TypeKind::ListType) return {Outputs::list, std::nullopt};
  return {Outputs::value, std::nullopt};
}

std::string signature(const c10::FunctionSchema& schema) {
  std::string text = schema.name() + "(";
  for (size_t i = 1; i < schema.arguments().size(); ++i) {
    const c10::Argument& argument = schema.arguments()[i];
    text += (i > 1 ? ", " : "") + argument.name() + ": " + argument.type()->annotation_str();
    if (argument.default_value()) text += concat(" = ", *argument.default_value());
  }
  return text + ")";
}

}  // namespace tsrt
