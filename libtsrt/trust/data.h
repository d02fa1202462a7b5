// The objects and tensors of an archive, held to the types that its code declares.
#pragma once

#include <ATen/core/jit_type.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "files/pickle.h"
#include "files/records.h"

namespace tsrt {

// What is wrong with a value, and where it is.
struct BadData : std::runtime_error {
  BadData(const std::string& what, std::string where)
      : std::runtime_error(what), where(std::move(where)) {}
  std::string where;
};

// Writes a pickle anew: what a value of a type is to look like and nothing else, so that what
// LibTorch reads is what was checked. LibTorch's reader holds no value to its type, and finds
// attributes of objects by number.
class DataWriter {
 public:
  using FindClass = std::function<c10::TypePtr(const std::string& name)>;

  // Tensors are in `folder`, such as "data/".
  DataWriter(const Pickle& pickle, const Records& records, std::string folder, FindClass find);

  // Throws BadData.
  std::string write(NodeId root, const c10::TypePtr& type);

 private:
  void value(NodeId id, const c10::TypePtr& type);
  void plain(const Node& node, const c10::TypePtr& type);
  bool container(NodeId id, const c10::TypePtr& type);
  void any(NodeId id);
  void pick(NodeId id, const c10::TypePtr& type);
  void list(NodeId id, const c10::TypePtr& type);
  void dict(NodeId id, const c10::TypePtr& type);
  void tuple(NodeId id, const c10::TypePtr& type);
  void object(NodeId id, const c10::TypePtr& type);
  void enumerator(NodeId id, const c10::TypePtr& type);
  void complex(NodeId id);
  void device(NodeId id);
  void tensor(NodeId id);
  void storage(NodeId id);

  NodeId untagged(NodeId id) const;
  const std::vector<NodeId>* called(NodeId id, std::string_view module,
                                    std::string_view name) const;
  bool could_be(NodeId id, const c10::TypePtr& type) const;

  void code(char c) { out_ += c; }
  void number(uint64_t value, size_t bytes);
  void integer(int64_t value);
  void real(double value);
  void text(std::string_view value);
  void global(std::string_view module, std::string_view name);
  void integers(const Node& node);
  uint32_t remember();
  void recall(uint32_t index);
  [[noreturn]] void bad(const std::string& what) const;

  struct Written {
    c10::TypePtr type;
    uint32_t memo;
    bool complete;
  };

  const Pickle& pickle_;
  const Records& records_;
  std::string folder_;
  FindClass find_class_;
  std::string out_;
  std::vector<std::string> path_;
  std::map<NodeId, Written> written_;
  std::map<std::string, uint32_t> globals_;
  struct StoredAs {
    std::string type;
    int64_t elements;
    uint32_t memo;
  };
  std::map<std::string, StoredAs, std::less<>> storages_;
  uint32_t memos_ = 0;
};

}  // namespace tsrt
