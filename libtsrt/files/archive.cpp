#include "files/archive.h"

#include <torch/csrc/jit/serialization/import.h>

#include <optional>

#include "files/attribute_types.h"
#include "files/inspect.h"
#include "files/limits.h"
#include "files/mapped.h"
#include "files/records.h"
#include "files/text.h"
#include "files/verify.h"
#include "guard.h"
#include "trust/restricted.h"

namespace tsrt {
namespace {

// Fails with what is wrong with the file, if looking into it tells.
void refuse(const std::shared_ptr<Bytes>& in, const std::string& detail) {
  Inspection about = inspect(in);
  if (!about.problem.empty())
    throw Failure(about.code, printable(in->name() + " " + about.problem), detail);
}

// LibTorch's word on it is the detail, and the message only where we know no better.
[[noreturn]] void loading_failed(const std::shared_ptr<Bytes>& in) {
  Failure failure = current_failure(TSRT_NOT_A_MODEL);
  const std::string detail = failure.detail.empty() ? failure.message : failure.detail;
  if (failure.code != TSRT_NOT_A_MODEL && failure.code != TSRT_MISSING_OPERATOR) throw failure;
  refuse(in, detail);
  verify(in, detail);
  failure.message = concat(in->name(), " is a TorchScript archive that LibTorch ",
                           tsrt_torch_version(), " cannot load: ", failure.message);
  failure.detail = detail;
  throw failure;
}

std::shared_ptr<const ExtraFiles> extra_files_in(const Records& records) {
  auto files = std::make_shared<ExtraFiles>();
  uint64_t total = 0;
  for (const ZipEntry* entry : records.under(extra_prefix)) {
    if (__builtin_add_overflow(total, entry->size, &total) || total > max_extra_files)
      fail(TSRT_UNSUPPORTED, records.bytes().name(), " has extra files of more than ",
           display_size(max_extra_files), ", which would all be kept in memory");
  }
  for (const ZipEntry* entry : records.under(extra_prefix))
    files->emplace_back(records.short_name(*entry).substr(extra_prefix.size()),
                        contents(records.bytes(), *entry, UINT64_MAX));
  return files;
}

Archive load(const std::shared_ptr<Bytes>& in, c10::Device device, bool restricted) {
  try {
    const Records records(in);
    if (!records.has("constants.pkl") && !records.has("model.json")) refuse(in, {});
    const std::string problem = unsafe_for_libtorch(records);
    if (!problem.empty()) {
      refuse(in, {});
      throw Failure(TSRT_NOT_A_MODEL, printable(in->name() + " " + problem));
    }
    Archive archive{{}, extra_files_in(records)};
    const auto module =
        restricted ? load_restricted(records, device) : torch::jit::load(in, device);
    const std::string mistyped = mistyped_attribute(module);
    if (!mistyped.empty())
      fail(TSRT_NOT_A_MODEL, in->name(), " is a damaged TorchScript archive: ", mistyped,
           "; copy or save it again");
    archive.module = module._ivalue();
    return archive;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const Failure&) {
    throw;
  } catch (...) {
    loading_failed(in);
  }
}

Archive read(const std::shared_ptr<Bytes>& in, c10::Device device, const Options& options) {
  if (!is_zip(in->part(0, 4))) refuse(in, {});
  if (!options.verify) return load(in, device, options.restricted);
  const auto verified = std::make_shared<VerifiedBytes>(in);
  Archive archive = load(verified, device, options.restricted);
  verified->finish();
  return archive;
}

}  // namespace

Archive read_file(const char* path, c10::Device device, const Options& options) {
  const std::string other = no_regular_file(path);
  if (!other.empty()) fail(TSRT_NOT_A_MODEL, "'", path, "' ", other);
  require(!options.mmap || !options.restricted,
          "option mmap is yes and trust restricted: a mapped file can be changed after it was "
          "checked");
  const auto file = open_file(path);
  if (!options.mmap || !device.is_cpu()) return read(file, device, options);
  const auto mapped = std::make_shared<MappedBytes>(file);
  Archive archive = read(mapped, device, options);
  mapped->replace_weights(archive.module, path);
  return archive;
}

Archive read_buffer(const void* data, size_t size, c10::Device device, const Options& options) {
  require(!options.mmap, "option mmap is yes: only a file can be mapped, not a buffer");
  return read(open_buffer(data, size), device, options);
}

}  // namespace tsrt
