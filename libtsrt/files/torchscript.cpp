#include "files/torchscript.h"

#include <caffe2/serialize/versions.h>

#include <algorithm>
#include <charconv>
#include <new>

#include "files/debug_info.h"
#include "files/nesting.h"
#include "files/operators.h"
#include "files/text.h"
#include "files/well_formed.h"
#include "guard.h"
#include "tsrt.h"

namespace tsrt {
namespace {

constexpr uint64_t max_pickle = uint64_t(64) << 20;
constexpr uint64_t max_checked_pickle = uint64_t(1) << 30;
constexpr uint64_t max_code = uint64_t(16) << 20;  // of all files together
constexpr std::string_view custom_prefix = "__torch__.torch.classes.";

class Reader {
 public:
  explicit Reader(const Records& records) : records_(records) {}

  TorchScript run() {
    facts_.lite_interpreter = records_.has("bytecode.pkl");
    version();
    code();
    const bool legacy = records_.has("model.json");
    pickle("data.pkl", "data/", !legacy);
    pickle("constants.pkl", "constants/", !legacy);
    classes();
    operators();
    return std::move(facts_);
  }

  // What LibTorch must not be given.
  std::string unsafe() {
    version();  // LibTorch's reader, which refuses it, then loses its table of contents
    safe("data.pkl", "data/");
    safe("constants.pkl", "constants/");
    for (const ZipEntry* entry : records_.under("code/")) {
      if (entry->name.ends_with(".debug_pkl")) safe(records_.short_name(*entry), {});
      if (entry->name.ends_with(".py")) shallow(*entry);
    }
    return facts_.problem;
  }

 private:
  // One whose tensors lie in a folder; without a folder it is debug information.
  void safe(std::string_view record, std::string_view folder) {
    if (!records_.has(record)) return;
    try {
      const std::string bytes =
          records_.read(record, folder.empty() ? max_pickle : max_checked_pickle);
      check_well_formed(bytes);
      if (bytes.size() > max_pickle) return;
      const Pickle pickle(bytes);
      if (folder.empty()) return check_debug_info(pickle);
      check_tensors(pickle, folder, /*missing_counts=*/false);
    } catch (const Damage& damage) {
      damaged(damage.what());
    } catch (const TooBig& big) {
      damaged(big.what(), ", more than any model");
    } catch (const PickleTooBig&) {
      // It is well-formed; whether its tensors fit is not looked into.
    } catch (const BadPickle& error) {
      no_pickle(record, error);
    }
  }

  // LibTorch's parser calls itself for each level, and looks at no limit.
  void shallow(const ZipEntry& entry) {
    try {
      const std::string text = contents(records_.bytes(), entry, max_code);
      if (!too_deep(std::make_shared<torch::jit::Source>(text, entry.name, 1))) return;
      damaged("its record '", printable(entry.name), "' is no code (it is nested too deep)");
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const Damage& damage) {
      damaged(damage.what());
    } catch (const TooBig& big) {
      damaged(big.what(), ", more than any model");
    } catch (const std::exception&) {
      // LibTorch itself will say what is wrong with it.
    }
  }

  void no_pickle(std::string_view record, const BadPickle& error) {
    damaged("its record '", printable(records_.full_name(record)), "' is no pickle of torch.jit (",
            error.what(), ")");
  }

  // The first problem is the one that counts: others may follow from it.
  template <class... Parts>
  void problem(int32_t code, const Parts&... parts) {
    if (!facts_.problem.empty()) return;
    facts_.code = code;
    facts_.problem = concat(parts...);
  }
  template <class... Parts>
  void damaged(const Parts&... parts) {
    problem(TSRT_NOT_A_MODEL, "is a damaged TorchScript archive: ", parts...,
            "; copy or save it again");
  }

  void version() {
    const std::string_view record = records_.has(".data/version") ? ".data/version" : "version";
    if (!records_.has(record) && records_.has("model.json")) return;
    try {
      const std::string text = records_.read(record, 64);
      int64_t number = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
      if (parsed.ec == std::errc()) facts_.version = number;
      if (number < static_cast<int64_t>(caffe2::serialize::kMinSupportedFileFormatVersion))
        damaged("its record '", printable(records_.full_name(record)), "' is no number");
      if (number > static_cast<int64_t>(caffe2::serialize::kMaxSupportedFileFormatVersion))
        problem(TSRT_UNSUPPORTED, "was written by a newer PyTorch than LibTorch ",
                tsrt_torch_version(), " can read (its format has version ", number,
                "): use a newer LibTorch, or save it with an older PyTorch");
    } catch (const TooBig&) {
      damaged("its record '", printable(records_.full_name(record)), "' is no number");
    } catch (const Damage& damage) {
      damaged(damage.what());
    }
  }

  void code() {
    uint64_t total = 0;
    for (const ZipEntry* entry : records_.under("code/")) {
      const std::string_view name = records_.short_name(*entry);
      if (name.ends_with(".debug_pkl")) {
        facts_.debug_info = true;
        safe(name, {});
      }
      if (!name.ends_with(".py")) continue;
      std::string module(name.substr(5, name.size() - 8));
      std::replace(module.begin(), module.end(), '/', '.');
      try {
        const std::string text = contents(records_.bytes(), *entry, max_code - total);
        total += text.size();
        read_source(facts_.source, module, text);
      } catch (const std::bad_alloc&) {
        throw;
      } catch (const TooBig&) {
        facts_.not_read.push_back(entry->name);
      } catch (const Damage& damage) {
        damaged(damage.what());
      } catch (const std::exception& error) {
        const std::string_view text = error.what();
        const size_t end = text.find_first_of("\n");
        damaged("its record '", printable(entry->name), "' is no code (",
                printable(text.substr(0, end)), ")");
      }
    }
  }

  void pickle(std::string_view record, std::string_view folder, bool needed) {
    if (!needed && !records_.has(record)) return;
    try {
      const std::string bytes = records_.read(record, max_pickle);
      check_well_formed(bytes);
      const Pickle pickle(bytes);
      check_tensors(pickle, folder, /*missing_counts=*/true);
      for (NodeId id = 0; id < pickle.size(); ++id) {
        const Node& node = pickle[id];
        if (node.kind == NodeKind::global && node.text.starts_with("__torch__"))
          facts_.source.names.insert(concat(node.text, '.', node.name));
      }
      if (record == "data.pkl") facts_.tree = module_tree(pickle, facts_.source);
    } catch (const Damage& damage) {
      damaged(damage.what());
    } catch (const PickleTooBig&) {
      facts_.not_read.push_back(records_.full_name(record));
    } catch (const TooBig&) {
      facts_.not_read.push_back(records_.full_name(record));
      if (first_byte(records_.bytes(), *records_.find(record)) != '\x80')
        damaged("its record '", printable(records_.full_name(record)), "' is no pickle");
    } catch (const BadPickle& error) {
      no_pickle(record, error);
    }
  }

  void check_tensors(const Pickle& pickle, std::string_view folder, bool missing_counts) {
    for (const Storage& storage : storages_of(pickle))
      check_storage(storage, folder, missing_counts);
    for (NodeId id = 0; id < pickle.size(); ++id) {
      const auto tensor = tensor_of(pickle, id);
      if (tensor && !tensor->fits)
        damaged("a tensor of ", display_size(tensor->bytes), " reaches beyond its storage");
    }
  }

  void check_storage(const Storage& storage, std::string_view folder, bool missing_counts) {
    facts_.saved_devices.insert(printable(storage.device));
    facts_.bytes += storage.bytes;
    const ZipEntry* entry = records_.find(concat(folder, storage.key));
    const std::string name = records_.full_name(concat(folder, storage.key));
    if (!entry && !missing_counts) return;
    if (!entry) {
      damaged("its record '", printable(name), "' is missing, with ", display_size(storage.bytes),
              " of a tensor");
    } else if (entry->size < storage.bytes) {
      damaged("its record '", printable(name), "' has ", entry->size, " bytes, and a tensor needs ",
              storage.bytes);
    } else {
      try {
        data_offset(records_.bytes(), *entry);
      } catch (const Damage& damage) {
        damaged(damage.what());
      }
    }
  }

  // A name may be that of a class, of a function, or of something in a class.
  bool defined(std::string name) const {
    while (true) {
      if (facts_.source.classes.count(name) || facts_.source.functions.count(name)) return true;
      const size_t dot = name.rfind('.');
      if (dot == std::string::npos) return false;
      name.resize(dot);
    }
  }

  void classes() {
    for (const std::string& name : facts_.source.names) {
      if (name.starts_with(custom_prefix)) {
        const size_t space_end = name.find('.', custom_prefix.size());
        if (space_end == std::string::npos) continue;
        facts_.custom_classes.insert(name.substr(0, name.find('.', space_end + 1)));
      } else if (!defined(name) && !records_.has("model.json")) {
        damaged("it needs ", printable(name), ", and the code of that is not in it");
      }
    }
    for (const std::string& name : facts_.custom_classes) {
      if (!has_custom_class(name))
        facts_.missing_classes.push_back(name.substr(custom_prefix.size()));
    }
  }

  void operators() {
    for (const std::string& name : facts_.source.operators) {
      if (!has_operator(name)) facts_.missing_operators.push_back(name);
    }
    const auto& operators = facts_.missing_operators;
    const auto& types = facts_.missing_classes;
    if (operators.empty() && types.empty()) return;
    std::string needs;
    if (!operators.empty())
      needs = (operators.size() == 1 ? "operator " : "operators ") + enumerate(operators);
    if (!types.empty())
      needs += (needs.empty() ? "" : " and ") +
               std::string(types.size() == 1 ? "class " : "classes ") + enumerate(types);
    std::vector<std::string> missing = operators;
    missing.insert(missing.end(), types.begin(), types.end());
    problem(TSRT_MISSING_OPERATOR, "needs ", needs, ", which LibTorch ", tsrt_torch_version(),
            " does not have: ", advice_for(missing));
  }

  const Records& records_;
  TorchScript facts_;
};

}  // namespace

TorchScript read_torchscript(const Records& records) {
  return Reader(records).run();
}

std::string unsafe_for_libtorch(const Records& records) {
  return Reader(records).unsafe();
}

}  // namespace tsrt
