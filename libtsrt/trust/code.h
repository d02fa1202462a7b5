// Whether code does only what is harmless, by its text: nothing is compiled.
#pragma once

#include <torch/csrc/jit/frontend/tree_views.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "trust/findings.h"

namespace tsrt {

class CodeCheck {
 public:
  explicit CodeCheck(Findings& findings) : findings_(findings) {}

  // The text of one record; `module` is what it defines: "__torch__.net" for
  // code/__torch__/net.py.
  void add(const std::string& record, const std::string& module, const std::string& text);

  // To be called when everything has been added, since records refer to each other.
  void finish();

 private:
  using TreeRef = torch::jit::TreeRef;

  void declare(const std::string& module, const TreeRef& definition);
  void check_chains();
  void check_class(const TreeRef& tree);
  void check_function(const TreeRef& tree);
  void check_default(const TreeRef& tree);
  void check_body(const TreeRef& tree);
  void check_name(const std::string& name, const TreeRef& tree, bool called);
  void check_division(const TreeRef& dividend, const TreeRef& divisor);
  void check_getattr(const TreeRef& call);
  void check_member(const std::string& name, const TreeRef& tree);
  void check_new_name(const std::string& name, const TreeRef& tree);
  bool is_defined(std::string name) const;
  void found(const std::string& what, const TreeRef& tree);

  Findings& findings_;
  std::vector<TreeRef> definitions_;
  std::map<std::string, std::set<std::string>> refers_to_;  // what each definition names
  std::set<std::string> defined_;  // classes and functions: "__torch__.net.Net"
  std::set<std::string> members_;  // methods and attributes of all classes
};

}  // namespace tsrt
