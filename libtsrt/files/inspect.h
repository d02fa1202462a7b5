// What a file is and contains, found without executing any of it. The one place that knows: load
// errors are made from it, too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "files/bytes.h"
#include "files/saved.h"
#include "files/torchscript.h"
#include "trust/findings.h"

namespace tsrt {

struct ExtraFile {
  std::string name;
  uint64_t size;
};

struct Inspection {
  std::string kind;
  std::string problem;  // a phrase that follows the file's name; empty when it can be loaded
  int32_t code = 0;     // the error code for that
  uint64_t size = 0;
  uint64_t records = 0;
  std::optional<Saved> saved;
  std::optional<TorchScript> torchscript;
  std::vector<ExtraFile> extra_files;
  std::vector<Finding> restricted;  // what stands against trust=restricted
};

Inspection inspect(const std::shared_ptr<const Bytes>& bytes);

// The same as a JSON object; `name` is what the file is called in the problem.
std::string to_json(const Inspection& inspection, const std::string& name);

}  // namespace tsrt
