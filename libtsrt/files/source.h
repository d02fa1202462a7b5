// What the code in a TorchScript archive says, from its syntax alone: nothing is compiled.
#pragma once

#include <torch/csrc/jit/frontend/tree.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tsrt {

struct SourceArgument {
  std::string name;
  std::string type;
  std::string value;  // its default, empty without one
  bool keyword_only;
};

struct SourceMethod {
  std::string name;
  std::vector<SourceArgument> arguments;  // without self
  std::string returns;
};

struct SourceClass {
  std::string base;  // "Module", "NamedTuple", ...; empty for a plain class
  std::vector<std::string> parameters;
  std::vector<std::string> buffers;
  std::vector<SourceMethod> methods;
  std::set<std::string> writes;  // attributes that its methods change, such as "h" or "cell.h"
};

struct Source {
  std::map<std::string, SourceClass> classes;  // by their full names: "__torch__.Net"
  std::set<std::string> functions;             // likewise: "__torch__.helper"
  std::set<std::string> operators;             // "aten::add"
  std::set<std::string> devices;               // constants such as "cuda:0"
  std::set<std::string> names;                 // everything under __torch__ that is referred to
};

// The classes and functions in one file; `name` is what places in it are called. Throws
// std::exception for what is no code.
std::vector<torch::jit::TreeRef> parse_source(const std::string& name, const std::string& text);

// Adds what is in one file. `module` is what it defines: "__torch__.torch.nn" for
// code/__torch__/torch/nn.py. Throws std::exception for what is no code.
void read_source(Source& source, const std::string& module, const std::string& text);

}  // namespace tsrt
