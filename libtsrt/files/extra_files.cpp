// Files that were saved with a model.
#include <algorithm>
#include <cstring>

#include "files/inspect.h"
#include "files/limits.h"
#include "files/records.h"
#include "files/text.h"
#include "guard.h"
#include "model/model.h"
#include "model/watch.h"

namespace tsrt {
namespace {

void give(const std::string& contents, char** data, size_t* size) {
  *data = new_string(contents);
  *size = contents.size();
}

void check_arguments(const char* name, char** data, size_t* size) {
  require(data, "data is NULL: give a place for the contents");
  *data = nullptr;
  require(size, "size is NULL: give a place for the number of bytes");
  *size = 0;
  require(name, "name is NULL: give the name of the extra file");
}

template <class Names>
[[noreturn]] void not_found(const std::string& what, const char* name, const Names& names) {
  fail(TSRT_NOT_FOUND, what, " has no extra file '", printable(name), "'",
       names.empty() ? " and no other either" : ": it has " + enumerate(names));
}

void read_extra_file(const std::shared_ptr<Bytes>& bytes, const char* name, char** data,
                     size_t* size) {
  const auto refuse = [&](const Inspection& about) {
    throw Failure(about.code, printable(bytes->name() + " " + about.problem));
  };
  if (!is_zip(bytes->part(0, 4))) refuse(inspect(bytes));
  try {
    const Records records(bytes);
    if (const ZipEntry* entry = records.find(std::string(extra_prefix) + name))
      return give(contents(*bytes, *entry, max_extra_files), data, size);
    std::vector<std::string> names;
    for (const ZipEntry* entry : records.under(extra_prefix))
      names.emplace_back(records.short_name(*entry).substr(extra_prefix.size()));
    not_found(bytes->name(), name, names);
  } catch (const TooBig& big) {
    fail(TSRT_UNSUPPORTED, bytes->name(), " has too big an extra file: ", big.what());
  } catch (const Damage& damage) {
    fail(TSRT_NOT_A_MODEL, bytes->name(), " is damaged: ", damage.what(),
         "; copy or save it again");
  }
}

}  // namespace
}  // namespace tsrt

tsrt_error* tsrt_extra_file(const char* path, const char* name, char** data, size_t* size) {
  return tsrt::guard([&] {
    tsrt::check_arguments(name, data, size);
    const std::string other = tsrt::no_regular_file(path);
    if (!other.empty()) tsrt::fail(TSRT_NOT_A_MODEL, "'", path, "' ", other);
    tsrt::read_extra_file(tsrt::open_file(path), name, data, size);
  });
}

tsrt_error* tsrt_extra_file_buffer(const void* file, size_t file_size, const char* name,
                                   char** data, size_t* size) {
  return tsrt::guard([&] {
    tsrt::check_arguments(name, data, size);
    tsrt::read_extra_file(tsrt::open_buffer(file, file_size), name, data, size);
  });
}

tsrt_error* tsrt_model_extra_file(tsrt_model* model, const char* name, char** data, size_t* size) {
  return tsrt::guard([&] {
    tsrt::check_arguments(name, data, size);
    const tsrt::ModelPtr held = tsrt::hold(model);
    const tsrt::Reading reading = tsrt::read(held->context());
    std::vector<std::string> names;
    for (const auto& [each, contents] : held->program->extra_files()) {
      if (each == name) return tsrt::give(contents, data, size);
      names.push_back(each);
    }
    tsrt::not_found("the model", name, names);
  });
}
