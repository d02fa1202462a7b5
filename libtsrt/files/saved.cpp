#include "files/saved.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include "files/text.h"
#include "guard.h"

namespace tsrt {
namespace {

struct Element {
  std::string dtype;
  uint64_t size;
};

// The classes of storages that say what is in them.
Element element_of_storage(std::string_view storage) {
  static constexpr struct {
    std::string_view storage, dtype;
    uint64_t size;
  } known[] = {{"FloatStorage", "float32", 4},
               {"DoubleStorage", "float64", 8},
               {"HalfStorage", "float16", 2},
               {"BFloat16Storage", "bfloat16", 2},
               {"LongStorage", "int64", 8},
               {"IntStorage", "int32", 4},
               {"ShortStorage", "int16", 2},
               {"CharStorage", "int8", 1},
               {"ByteStorage", "uint8", 1},
               {"BoolStorage", "bool", 1},
               {"ComplexFloatStorage", "complex64", 8},
               {"ComplexDoubleStorage", "complex128", 16},
               {"QInt8Storage", "qint8", 1},
               {"QUInt8Storage", "quint8", 1},
               {"QInt32Storage", "qint32", 4},
               {"QUInt4x2Storage", "quint4x2", 1}};
  for (const auto& each : known) {
    if (each.storage == storage) return {std::string(each.dtype), each.size};
  }
  return {"uint8", 1};  // an untyped storage counts bytes
}

// torch.float8_e4m3fn and the like: the first number is the number of bits.
Element element_of_dtype(std::string_view dtype) {
  const size_t at = dtype.find_first_of("0123456789");
  size_t bits = 0;
  for (size_t i = at;
       i < dtype.size() && std::isdigit(static_cast<unsigned char>(dtype[i])) && bits < 1000; ++i)
    bits = bits * 10 + static_cast<size_t>(dtype[i] - '0');
  return {std::string(dtype), std::max<uint64_t>(1, bits / 8)};
}

// ('storage', class, key, device, number of elements)
const Node* storage_tuple(const Pickle& pickle, const Node& node) {
  if (node.kind != NodeKind::persistent) return nullptr;
  const Node& tuple = pickle[node.items[0]];
  const bool holds =
      tuple.kind == NodeKind::tuple && tuple.items.size() >= 5 &&
      pickle[tuple.items[0]].text == "storage" && pickle[tuple.items[1]].kind == NodeKind::global &&
      pickle[tuple.items[2]].kind == NodeKind::text &&
      pickle[tuple.items[3]].kind == NodeKind::text &&
      pickle[tuple.items[4]].kind == NodeKind::integer && pickle[tuple.items[4]].integer >= 0;
  return holds ? &tuple : nullptr;
}

// a * b, or all bits when that is too much.
uint64_t times(uint64_t a, uint64_t b) {
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

std::optional<SavedTensor> tensor_with(const Pickle& pickle, const Node& sizes,
                                       const Element& element) {
  if (sizes.kind != NodeKind::tuple && sizes.kind != NodeKind::list) return {};
  SavedTensor tensor{element.dtype, {}, element.size};
  for (const NodeId id : sizes.items) {
    const Node& size = pickle[id];
    if (size.kind != NodeKind::integer || size.integer < 0) return {};
    tensor.shape.push_back(size.integer);
    tensor.bytes = times(tensor.bytes, static_cast<uint64_t>(size.integer));
  }
  return tensor;
}

// Whether the element furthest from the storage's start lies in it. LibTorch does not ask.
bool fits(const Pickle& pickle, const Node& offset, const SavedTensor& tensor, const Node& strides,
          uint64_t elements) {
  if (offset.kind != NodeKind::integer || offset.integer < 0) return false;
  if (strides.items.size() != tensor.shape.size()) return false;
  uint64_t last = static_cast<uint64_t>(offset.integer);
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    const Node& stride = pickle[strides.items[i]];
    if (stride.kind != NodeKind::integer || stride.integer < 0) return false;
    if (tensor.shape[i] == 0) return true;
    const uint64_t reach =
        times(static_cast<uint64_t>(tensor.shape[i]) - 1, static_cast<uint64_t>(stride.integer));
    if (__builtin_add_overflow(last, reach, &last)) return false;
  }
  return last < elements;
}

// _rebuild_tensor_v2(storage, offset, sizes, strides, ...), and its kin.
std::optional<SavedTensor> from_storage(const Pickle& pickle, const Node& arguments) {
  const auto& items = arguments.items;
  if (items.size() < 4) return {};
  const Node* storage = storage_tuple(pickle, pickle[items[0]]);
  if (!storage) return {};
  const Element stored = element_of_storage(pickle[storage->items[1]].name);
  const bool has_dtype = items.size() > 6 && pickle[items[6]].kind == NodeKind::global;
  const Element element = has_dtype ? element_of_dtype(pickle[items[6]].name) : stored;
  auto tensor = tensor_with(pickle, pickle[items[2]], element);
  if (!tensor) return {};
  const uint64_t bytes =
      times(static_cast<uint64_t>(pickle[storage->items[4]].integer), stored.size);
  tensor->fits = fits(pickle, pickle[items[1]], *tensor, pickle[items[3]], bytes / element.size);
  return tensor;
}

}  // namespace

std::optional<SavedTensor> tensor_of(const Pickle& pickle, NodeId id) {
  // A parameter wraps a tensor, and a crafted one itself.
  for (int wrapped = 0; wrapped < 4; ++wrapped) {
    const Node& node = pickle[id];
    if (node.kind != NodeKind::object) return {};
    const Node& callee = pickle[node.items[0]];
    const Node& arguments = pickle[node.items[1]];
    if (callee.kind != NodeKind::global || arguments.kind != NodeKind::tuple) return {};
    const auto& items = arguments.items;
    if (callee.name == "_rebuild_tensor" || callee.name == "_rebuild_tensor_v2" ||
        callee.name == "_rebuild_tensor_v3" || callee.name == "_rebuild_qtensor")
      return from_storage(pickle, arguments);
    if (callee.name == "_rebuild_meta_tensor_no_storage" && items.size() >= 2)
      return tensor_with(pickle, pickle[items[1]], element_of_dtype(pickle[items[0]].name));
    const bool wraps = callee.name.starts_with("_rebuild_parameter");
    if (!wraps || items.empty()) return {};
    id = items[0];
  }
  return {};
}

std::vector<Storage> storages_of(const Pickle& pickle) {
  std::vector<Storage> storages;
  std::map<std::string_view, size_t> seen;  // and where in `storages`
  for (NodeId id = 0; id < pickle.size(); ++id) {
    const Node* tuple = storage_tuple(pickle, pickle[id]);
    if (!tuple) continue;
    const auto item = [&](size_t i) -> const Node& { return pickle[tuple->items[i]]; };
    const uint64_t bytes =
        times(static_cast<uint64_t>(item(4).integer), element_of_storage(item(1).name).size);
    const auto [at, is_new] = seen.emplace(item(2).text, storages.size());
    // LibTorch makes it anew from each mention, with the size that this one says.
    if (is_new)
      storages.push_back({std::string(item(2).text), std::string(item(3).text), bytes});
    else
      storages[at->second].bytes = std::max(storages[at->second].bytes, bytes);
  }
  return storages;
}

std::string class_of(const Pickle& pickle, const Node& node) {
  if (node.kind != NodeKind::object) return {};
  const Node& callee = pickle[node.items[0]];
  if (callee.kind != NodeKind::global) return {};
  return concat(callee.text, '.', callee.name);
}

namespace {

constexpr std::string_view cure = "save it with torch.jit.script(model).save(path)";

// The state of an nn.Module has these.
bool is_module(const Pickle& pickle, const Node& node) {
  if (node.kind != NodeKind::object) return false;
  const Node& state = pickle[node.items[2]];
  return pickle.find(state, "_modules") || pickle.find(state, "_parameters");
}

struct DictFacts {
  size_t tensors = 0;
  size_t others = 0;
  std::string weights;  // the key of a dict of tensors in it
  std::string module;   // the key of a whole module in it
  std::string module_class;
};

size_t count_tensors(const Pickle& pickle, const Node& dict) {
  size_t n = 0;
  for (size_t i = 1; i < dict.items.size(); i += 2)
    n += tensor_of(pickle, dict.items[i]).has_value();
  return n;
}

DictFacts look_into(const Pickle& pickle, const Node& dict) {
  DictFacts facts;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Node& value = pickle[dict.items[i + 1]];
    const std::string key = printable(pickle[dict.items[i]].text);
    if (tensor_of(pickle, dict.items[i + 1])) {
      ++facts.tensors;
      continue;
    }
    ++facts.others;
    if (facts.weights.empty() && value.kind == NodeKind::dict && count_tensors(pickle, value) > 0)
      facts.weights = key;
    if (facts.module.empty() && is_module(pickle, value)) {
      facts.module = key;
      facts.module_class = printable(class_of(pickle, value));
    }
  }
  return facts;
}

void describe_dict(const Pickle& pickle, const Node& dict, const std::string& amount,
                   Saved& saved) {
  const DictFacts facts = look_into(pickle, dict);
  for (size_t i = 0; i < dict.items.size() && saved.keys.size() < 1000; i += 2)
    saved.keys.push_back(printable(pickle[dict.items[i]].text));
  if (!facts.module.empty()) {
    saved.kind = "checkpoint";
    saved.problem = concat("is a checkpoint with a pickled module of the Python class ",
                           facts.module_class, " under '", facts.module, "' (", amount,
                           "), not a TorchScript archive: load it in Python, where that class "
                           "is, and ",
                           cure);
  } else if (!facts.weights.empty() || facts.tensors < facts.others) {
    saved.kind = "checkpoint";
    saved.problem = concat("is a checkpoint (", amount, "; its keys are ", enumerate(saved.keys, 8),
                           "), not a TorchScript archive: build the model in Python, load ",
                           facts.weights.empty() ? "its weights" : "'" + facts.weights + "'",
                           " from this into it, and ", cure);
  } else {
    saved.kind = "state_dict";
    saved.problem = concat("is a state_dict (", amount,
                           "), not a TorchScript archive: build the model in Python, load this "
                           "into it, and ",
                           cure);
  }
}

}  // namespace

Saved saved_in(const Pickle& pickle) {
  Saved saved;
  for (NodeId id = 0; id < pickle.size(); ++id) {
    const Node& node = pickle[id];
    // A parameter is counted as the tensor in it.
    if (node.kind == NodeKind::object && !pickle[node.items[0]].name.starts_with("_rebuild_param"))
      saved.tensors += tensor_of(pickle, id).has_value();
  }
  for (const Storage& storage : storages_of(pickle)) saved.bytes += storage.bytes;
  const std::string amount = concat(saved.tensors, saved.tensors == 1 ? " tensor, " : " tensors, ",
                                    display_size(saved.bytes));
  const Node& root = pickle.root();
  if (root.kind == NodeKind::dict && saved.tensors > 0) {
    describe_dict(pickle, root, amount, saved);
  } else if (is_module(pickle, root)) {
    saved.kind = "module-pickle";
    saved.problem = concat("is a pickled module of the Python class ",
                           printable(class_of(pickle, root)), " (", amount,
                           "), which torch.save wrote without its code: load it in Python, where "
                           "that class is, and ",
                           cure);
  } else if (saved.tensors > 0) {
    saved.kind = saved.tensors == 1 ? "tensor" : "tensors";
    saved.problem = concat("is ", saved.tensors == 1 ? "a tensor" : "a collection of tensors",
                           " that torch.save wrote (", amount,
                           "), not a TorchScript archive: give the model's file instead");
  } else {
    saved.kind = "pickle";
    saved.problem =
        concat("is a Python pickle, not a TorchScript archive: load it in Python and ", cure);
  }
  return saved;
}

}  // namespace tsrt
