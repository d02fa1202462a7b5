#include "files/debug_info.h"

#include <initializer_list>

namespace tsrt {
namespace {

// (table of texts, records) since PyTorch 1.12; before that each record had its text in it.
constexpr std::string_view with_table = "FORMAT_WITH_STRING_TABLE";

class Check {
 public:
  explicit Check(const Pickle& pickle) : pickle_(pickle) {}

  void run() {
    const Node& root = pickle_.root();
    const bool has_table = root.kind == NodeKind::tuple && root.items.size() == 3 &&
                           pickle_[root.items[0]].text == with_table;
    if (has_table) texts_ = &tuple(pickle_[root.items[1]], {}).items;
    for (const NodeId id : tuple(has_table ? pickle_[root.items[2]] : root, {}).items)
      record(tuple(pickle_[id], {2, 3}));
  }

 private:
  [[noreturn]] static void bad() { throw BadPickle("it leads out of the texts that it has"); }

  const Node& tuple(const Node& node, std::initializer_list<size_t> sizes) const {
    bool fits = sizes.size() == 0;
    for (const size_t size : sizes) fits |= node.items.size() == size;
    if (node.kind != NodeKind::tuple || !fits) bad();
    return node;
  }
  uint64_t number(NodeId id, uint64_t limit) const {
    const Node& node = pickle_[id];
    if (node.kind != NodeKind::integer || node.integer < 0) bad();
    if (static_cast<uint64_t>(node.integer) > limit) bad();
    return static_cast<uint64_t>(node.integer);
  }

  // (place in our code, (source, begin, end)[, tag]). LibTorch cuts the end, and not the beginning.
  void record(const Node& record) const {
    const Node& range = tuple(pickle_[record.items[1]], {3});
    const uint64_t end = number(range.items[2], INT64_MAX);
    const uint64_t length = source(tuple(pickle_[range.items[0]], {3}));
    number(range.items[1], end < length ? end : length);
  }

  // (text, name of the file, its first line); with a table the first two are places in it. How long
  // the text is.
  uint64_t source(const Node& source) const {
    if (!texts_) return pickle_[source.items[0]].text.size();
    number(source.items[1], last_text());
    // build_intlist([...])
    const Node& list = pickle_[source.items[0]];
    if (list.kind != NodeKind::object) bad();
    const Node& arguments = tuple(pickle_[list.items[1]], {1});
    const Node& pieces = pickle_[arguments.items[0]];
    if (pieces.kind != NodeKind::list) bad();
    uint64_t length = 0;
    for (const NodeId id : pieces.items)
      length += pickle_[(*texts_)[number(id, last_text())]].text.size();
    return length;
  }

  uint64_t last_text() const {
    if (texts_->empty()) bad();
    return texts_->size() - 1;
  }

  const Pickle& pickle_;
  const std::vector<NodeId>* texts_ = nullptr;
};

}  // namespace

void check_debug_info(const Pickle& pickle) {
  Check(pickle).run();
}

}  // namespace tsrt
