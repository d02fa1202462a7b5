#include "archive.h"

#include <caffe2/serialize/file_adapter.h>
#include <caffe2/serialize/in_memory_adapter.h>
#include <caffe2/serialize/inline_container.h>
#include <sys/stat.h>
#include <torch/csrc/jit/serialization/import.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "file_kind.h"
#include "guard.h"

namespace tsrt {
namespace {

using caffe2::serialize::FileAdapter;
using caffe2::serialize::MemoryReadAdapter;
using caffe2::serialize::PyTorchStreamReader;
using caffe2::serialize::ReadAdapterInterface;

[[noreturn]] void not_a_model(const std::string& name, const std::string& why,
                              const std::string& detail = {}) {
  throw Failure(TSRT_NOT_A_MODEL, name + " " + why, detail);
}

constexpr size_t part_size = 4096;

std::string read_part(const ReadAdapterInterface& in, size_t begin) {
  std::string part(std::min(in.size() - begin, part_size), '\0');
  part.resize(in.read(begin, part.data(), part.size(), "part"));
  return part;
}

// LibTorch's reader checks the version of the format before anything else.
void refuse_newer(const std::string& name, const std::string& report) {
  if (report.find("maximum supported version") == std::string::npos) return;
  fail(TSRT_UNSUPPORTED, name, " was written by a newer PyTorch than LibTorch ",
       tsrt_torch_version(), " can read: use a newer LibTorch, or save it with an older PyTorch");
}

// The records of a zip archive, or an error when it has no readable table of contents.
std::vector<std::string> list_records(const std::shared_ptr<ReadAdapterInterface>& in,
                                      const std::string& head, const std::string& name) {
  try {
    return PyTorchStreamReader(in).getAllRecords();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    const Failure failure = current_failure(TSRT_NOT_A_MODEL);
    refuse_newer(name, failure.message);
    const std::string tail = read_part(*in, in->size() - std::min(in->size(), part_size));
    not_a_model(name, describe_refused_zip(head, tail, in->size()), failure.message);
  }
}

// What LibTorch says when loading fails, put so that it helps.
[[noreturn]] void loading_failed(const std::string& name) {
  Failure failure = current_failure(TSRT_NOT_A_MODEL);
  if (failure.detail.empty()) failure.detail = failure.message;
  const auto named = [&](const char* marker) {
    const size_t at = failure.detail.find(marker);
    if (at == std::string::npos) return std::string();
    const size_t begin = at + std::strlen(marker);
    std::string word =
        failure.detail.substr(begin, failure.detail.find_first_of(" \n'", begin) - begin);
    while (!word.empty() && word.back() == '.') word.pop_back();
    return word;
  };
  const std::string missing_op = named("Unknown builtin op: ");
  const std::string missing_class = named("Unknown type name '__torch__.torch.classes.");
  if (!missing_op.empty() || !missing_class.empty()) {
    failure.code = TSRT_MISSING_OPERATOR;
    failure.message = name + " needs " +
                      (missing_op.empty() ? "class " + missing_class : "operator " + missing_op) +
                      ", which LibTorch " + tsrt_torch_version() +
                      " does not have: load the library that defines it before the model";
  } else if (failure.code == TSRT_NOT_A_MODEL) {
    failure.message =
        name + " is a damaged TorchScript archive: " + failure.message + "; copy or save it again";
  }
  throw failure;
}

Archive read(const std::shared_ptr<ReadAdapterInterface>& in, const std::string& name,
             c10::Device device) {
  if (in->size() == 0) not_a_model(name, "is empty (0 bytes): copy or save it again");
  const std::string head = read_part(*in, 0);
  if (!is_zip(head)) not_a_model(name, describe_file(head));
  const auto records = list_records(in, head, name);
  const std::string other = describe_archive(records);
  if (!other.empty()) not_a_model(name, other);
  try {
    Archive archive{torch::jit::load(in, device), {}};
    for (const auto& record : records) {
      if (record.rfind("extra/", 0) == 0) archive.extra_files.push_back(record.substr(6));
    }
    return archive;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    loading_failed(name);
  }
}

void check_readable(const char* path, const std::string& name) {
  struct stat status{};
  if (stat(path, &status) != 0) {
    const int why = errno;
    const char* advice =
        path[0] != '/' && why == ENOENT ? " (looked for in the working folder)" : "";
    fail(TSRT_NOT_FOUND, "cannot open ", name, ": ", std::strerror(why), advice);
  }
  if (S_ISDIR(status.st_mode)) not_a_model(name, "is a folder: give the model file in it");
  if (!S_ISREG(status.st_mode)) not_a_model(name, "is not a regular file: read it into a buffer");
  if (access(path, R_OK) != 0)
    fail(TSRT_NOT_FOUND, "cannot open ", name, ": ", std::strerror(errno));
}

}  // namespace

Archive read_file(const char* path, c10::Device device) {
  require(path && *path, "the path of the model is missing");
  const std::string name = c10::str("'", path, "'");
  check_readable(path, name);
  return read(std::make_shared<FileAdapter>(path), name, device);
}

Archive read_buffer(const void* data, size_t size, c10::Device device) {
  require(data || size == 0, "data is NULL and size is ", size);
  require(size <= PTRDIFF_MAX, "size is ", size, ", more than any buffer has");
  return read(std::make_shared<MemoryReadAdapter>(data, static_cast<off_t>(size)), "the buffer",
              device);
}

}  // namespace tsrt
