#include "model/choice.h"

#include <ATen/Version.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "guard.h"
#include "version.h"

namespace tsrt {
namespace {

std::string head() {
  return concat("tsrt-plans 1 for LibTorch ", tsrt_torch_version(), " on ",
                at::get_cpu_capability());
}

Choice parse(const std::string& text, std::string_view where) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  require(line.rfind("tsrt-plans 1 ", 0) == 0, where,
          " does not begin with 'tsrt-plans 1': tune the model again and save its plans");
  Choice choice;
  if (line != head()) return choice;
  for (std::string method, plan; lines >> method >> plan;) choice.emplace(method, plan);
  return choice;
}

}  // namespace

std::string to_text(const Choice& choice) {
  std::string text = head() + "\n";
  for (const auto& [method, plan] : choice) text += concat(method, ' ', plan, '\n');
  return text;
}

Choice choice_in(const ExtraFiles& files) {
  for (const auto& [name, contents] : files) {
    if (name == choice_record) return parse(contents, choice_record);
  }
  return {};
}

Choice read_choice(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) fail(TSRT_NOT_FOUND, "the file of plans '", path, "' cannot be read");
  return parse(text, path);
}

}  // namespace tsrt
