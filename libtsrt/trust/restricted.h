// trust=restricted: models from files that nobody vouches for.
//
// LibTorch's importer does not see such a file. Code is checked by its text, compiled by LibTorch
// and checked again as graphs; the objects are held to their declared types and written anew; and
// from these, LibTorch's reader of pickles makes the module. So there are no two readers that could
// see two things in one file, and what was checked is what runs, also when the file changes.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "files/records.h"
#include "trust/findings.h"

namespace tsrt {

// What stands against loading the archive so, as far as its text tells: nothing is compiled. Never
// throws for what is wrong with the archive.
Findings restricted_findings(const Records& records);

// Fails with TSRT_NOT_TRUSTED, naming the findings.
torch::jit::Module load_restricted(const Records& records, c10::Device device);

}  // namespace tsrt
