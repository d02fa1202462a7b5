// What a file has that trust=restricted refuses, and where.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tsrt {

struct Finding {
  std::string what;   // "calls aten::from_file"
  std::string where;  // "code/__torch__/net.py:12"
};

class Findings {
 public:
  // Each one once; a crafted file has as many as it likes, so that most are only counted.
  void add(std::string what, std::string where) {
    if (!seen_.insert(what + '\n' + where).second) return;
    if (list_.size() < max_listed)
      list_.push_back({std::move(what), std::move(where)});
    else
      ++unlisted_;
    if (seen_.size() > max_remembered) seen_.clear();
  }

  bool empty() const { return list_.empty(); }
  size_t size() const { return list_.size() + unlisted_; }
  const std::vector<Finding>& list() const { return list_; }

 private:
  static constexpr size_t max_listed = 1000;
  static constexpr size_t max_remembered = 10'000;
  std::vector<Finding> list_;
  std::set<std::string> seen_;
  size_t unlisted_ = 0;
};

}  // namespace tsrt
