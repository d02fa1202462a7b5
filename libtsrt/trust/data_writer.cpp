// Tensors, and how things are written.

#include <algorithm>
#include <bit>
#include <limits>

#include "files/saved.h"
#include "files/text.h"
#include "guard.h"
#include "trust/data.h"

namespace tsrt {
namespace {

constexpr size_t max_dimensions = 64;
constexpr uint64_t max_elements = uint64_t(1) << 48;

// Those of dense tensors. Quantized ones are refused: their kernels trust what is in them.
uint64_t element_size(std::string_view storage) {
  static constexpr std::pair<std::string_view, uint64_t> sizes[] = {
      {"FloatStorage", 4},    {"DoubleStorage", 8},       {"HalfStorage", 2},
      {"BFloat16Storage", 2}, {"LongStorage", 8},         {"IntStorage", 4},
      {"ShortStorage", 2},    {"CharStorage", 1},         {"ByteStorage", 1},
      {"BoolStorage", 1},     {"ComplexFloatStorage", 8}, {"ComplexDoubleStorage", 16}};
  for (const auto& [name, size] : sizes) {
    if (name == storage) return size;
  }
  return 0;
}

}  // namespace

// _rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks)
void DataWriter::tensor(NodeId id) {
  const auto* arguments = called(id, "torch._utils", "_rebuild_tensor_v2");
  if (!arguments) bad("is no dense tensor");
  if (arguments->size() != 6) bad("is a tensor with more than a dense one has");
  const auto tensor = tensor_of(pickle_, id);
  if (!tensor || !tensor->fits) bad("is a tensor that reaches beyond its storage");
  uint64_t elements = 1;
  for (const int64_t size : tensor->shape) {
    if (__builtin_mul_overflow(elements, std::max<int64_t>(size, 1), &elements) ||
        elements > max_elements)
      bad("is a tensor with too many elements");
  }
  if (tensor->shape.size() > max_dimensions) bad("is a tensor with too many dimensions");
  const auto argument = [&](size_t i) -> const Node& { return pickle_[(*arguments)[i]]; };
  if (argument(4).kind != NodeKind::boolean) bad("is a damaged tensor");
  global("torch._utils", "_rebuild_tensor_v2");
  code('(');
  storage((*arguments)[0]);
  integer(argument(1).integer);
  integers(argument(2));
  integers(argument(3));
  code(argument(4).integer ? '\x88' : '\x89');
  global("collections", "OrderedDict");
  out_ += ")RtR";
}

// ('storage', class, key, device, elements), which tensor_of has looked at.
void DataWriter::storage(NodeId id) {
  const auto& items = pickle_[pickle_[id].items[0]].items;
  const std::string_view type = pickle_[items[1]].name;
  const std::string_view key = pickle_[items[2]].text;
  const int64_t elements = pickle_[items[4]].integer;
  const uint64_t size = element_size(type);
  if (pickle_[items[1]].text != "torch" || size == 0)
    bad(concat("is a tensor of ", printable(type), ", which is refused"));
  const auto known = storages_.find(key);
  if (known != storages_.end()) {
    if (known->second.type != type || known->second.elements != elements)
      bad("is a tensor in a storage of two sizes or types");
    return recall(known->second.memo);
  }
  const ZipEntry* entry = records_.find(folder_ + std::string(key));
  uint64_t bytes;
  if (elements > 0 && (__builtin_mul_overflow(static_cast<uint64_t>(elements), size, &bytes) ||
                       !entry || entry->size < bytes))
    bad(concat("is a tensor whose record '", printable(folder_ + std::string(key)),
               "' is missing or too short"));
  code('(');
  text("storage");
  global("torch", type);
  text(key);
  text("cpu");
  integer(elements);
  out_ += "tQ";
  storages_.emplace(key, StoredAs{std::string(type), elements, remember()});
}

void DataWriter::integers(const Node& node) {
  code('(');
  for (const NodeId id : node.items) integer(pickle_[id].integer);
  code('t');
}

void DataWriter::number(uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out_ += static_cast<char>(value >> 8 * i);
}

void DataWriter::integer(int64_t value) {
  if (value >= std::numeric_limits<int32_t>::min() &&
      value <= std::numeric_limits<int32_t>::max()) {
    code('J');
    return number(static_cast<uint64_t>(value), 4);
  }
  out_ += "\x8a\x08";
  number(static_cast<uint64_t>(value), 8);
}

void DataWriter::real(double value) {
  code('G');
  const auto bits = std::bit_cast<uint64_t>(value);
  for (size_t i = 8; i-- > 0;) out_ += static_cast<char>(bits >> 8 * i);
}

void DataWriter::text(std::string_view value) {
  code('X');
  number(value.size(), 4);
  out_ += value;
}

void DataWriter::global(std::string_view module, std::string_view name) {
  const std::string line = concat(module, '\n', name, '\n');
  const auto known = globals_.find(line);
  if (known != globals_.end()) return recall(known->second);
  code('c');
  out_ += line;
  globals_.emplace(line, remember());
}

uint32_t DataWriter::remember() {
  code('r');
  number(memos_, 4);
  return memos_++;
}

void DataWriter::recall(uint32_t index) {
  code('j');
  number(index, 4);
}

}  // namespace tsrt
