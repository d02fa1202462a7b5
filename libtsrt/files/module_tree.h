// The modules of a TorchScript archive and what they hold, from its pickle and its code.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "files/saved.h"
#include "files/source.h"

namespace tsrt {

struct NamedTensor {
  std::string name;  // "layer.weight"
  SavedTensor tensor;
};

struct Submodule {
  std::string path;
  std::string type;  // its class
};

struct ModuleTree {
  std::string type;  // the class of the whole
  std::vector<Submodule> submodules;
  std::vector<NamedTensor> parameters;
  std::vector<NamedTensor> buffers;
  std::set<std::string> state;      // what methods change: "cell.h"
  std::set<std::string> setstates;  // classes whose objects are made by code in the archive
};

ModuleTree module_tree(const Pickle& pickle, const Source& source);

}  // namespace tsrt
