#include "trust/restricted.h"

#include <caffe2/serialize/versions.h>
#include <torch/csrc/jit/serialization/import_source.h>
#include <torch/csrc/jit/serialization/unpickler.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>

#include "files/saved.h"
#include "files/text.h"
#include "guard.h"
#include "trust/code.h"
#include "trust/data.h"
#include "trust/graphs.h"
#include "trust/guards.h"

namespace tsrt {
namespace {

using torch::jit::CompilationUnit;

constexpr uint64_t max_code = uint64_t(16) << 20;    // of all records together
constexpr uint64_t max_pickle = uint64_t(64) << 20;  // of one

// "__torch__.net" for code/__torch__/net.py; empty when LibTorch would not look for such a record.
std::string module_of(std::string_view record) {
  constexpr std::string_view prefix = "code/", suffix = ".py";
  if (!record.starts_with(prefix) || !record.ends_with(suffix)) return {};
  std::string module(record.substr(prefix.size(), record.size() - prefix.size() - suffix.size()));
  for (char& c : module) {
    if (c == '/')
      c = '.';
    else if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_')
      return {};
  }
  return module;
}

class Loader {
 public:
  Loader(const Records& records, Findings& findings) : records_(records), findings_(findings) {}

  // Each step needs that nothing was found before.
  void check(std::optional<c10::Device> device) {
    device_ = device;
    names();
    version();
    if (findings_.empty()) code();
    if (findings_.empty() && device_) constants();
    if (findings_.empty() && device_) data();
  }

  torch::jit::Module load() { return torch::jit::Module(unpickle(data_, "data/").toObject()); }

 private:
  void names() {
    if (!records_.in_one_folder()) findings_.add("is not all in one folder", "table of contents");
    for (const ZipEntry& entry : records_.entries()) {
      const std::string_view name = records_.short_name(entry);
      if (records_.find(name) != &entry)
        findings_.add("has two records of one name", printable(entry.name));
    }
    if (records_.has("model.json")) findings_.add("is of PyTorch before 1.4", "model.json");
  }

  void version() {
    const std::string_view record = records_.has(".data/version") ? ".data/version" : "version";
    const std::string text = records_.read(record, 64);
    const auto end = std::find(text.begin(), text.end(), '\n') - text.begin();
    const auto [at, error] = std::from_chars(text.data(), text.data() + end, version_);
    if (error != std::errc() || at != text.data() + end ||
        version_ < caffe2::serialize::kMinSupportedFileFormatVersion ||
        version_ > caffe2::serialize::kMaxSupportedFileFormatVersion)
      findings_.add("is of a format that this LibTorch does not read", std::string(record));
    if (records_.has("byteorder") && records_.read("byteorder", 16) != "little")
      findings_.add("has numbers of another byte order", "byteorder");
  }

  void code() {
    CodeCheck check(findings_);
    uint64_t total = 0;
    for (const ZipEntry* entry : records_.under("code/")) {
      const std::string name(records_.short_name(*entry));
      if (!name.ends_with(".py")) continue;
      const std::string module = module_of(name);
      if (module.empty()) {
        findings_.add("has code under a name that no class has", printable(name));
        continue;
      }
      std::string text = contents(records_.bytes(), *entry, max_code - total);
      total += text.size();
      try {
        check.add(name, module, text);
      } catch (const std::bad_alloc&) {
        throw;
      } catch (const std::exception& error) {
        const std::string_view why = error.what();
        findings_.add(concat("is no code: ", printable(why.substr(0, why.find('\n')))), name);
      }
      sources_.emplace(module, std::make_shared<torch::jit::Source>(std::move(text), name, 1));
    }
    check.finish();
  }

  // All that it can be is tensors: anything else would need classes whose code is compiled with
  // these constants.
  void constants() {
    const std::string pickle = records_.read("constants.pkl", max_pickle);
    const Pickle nodes(pickle);
    known_globals(nodes, "constants.pkl");
    if (!findings_.empty()) return;
    const std::vector<c10::TypePtr> types(nodes.root().items.size(), c10::TensorType::get());
    const std::string written =
        write(nodes, "constants.pkl", "constants/", c10::TupleType::create(types));
    if (!findings_.empty()) return;
    constants_ = unpickle(written, "constants/").toTupleRef().elements().vec();
  }

  void data() {
    const std::string pickle = records_.read("data.pkl", max_pickle);
    const Pickle nodes(pickle);
    known_globals(nodes, "data.pkl");
    const std::string root = class_of(nodes, nodes.root());
    if (!root.starts_with("__torch__.") && root != "__torch__")
      findings_.add("is no module", "data.pkl");
    if (!findings_.empty()) return;
    for (NodeId id = 0; id < nodes.size(); ++id) {
      const std::string name = class_of(nodes, nodes[id]);
      if (name.starts_with("__torch__.")) find_class(name);
    }
    check_graphs(*unit_, findings_);
    const auto type = find_class(root)->cast<c10::ClassType>();
    if (!type || !type->is_module()) findings_.add("is no module", "data.pkl");
    if (findings_.empty()) data_ = write(nodes, "data.pkl", "data/", type);
    if (findings_.empty()) add_guards(*unit_);
  }

  // What TorchScript itself writes, and classes, which find_class looks at.
  void known_globals(const Pickle& pickle, const char* record) {
    static constexpr std::string_view known[] = {"torch._utils", "torch.jit._pickle", "builtins",
                                                 "collections", "torch"};
    for (NodeId id = 0; id < pickle.size(); ++id) {
      const Node& node = pickle[id];
      if (node.kind != NodeKind::global) continue;
      const std::string name = printable(concat(node.text, '.', node.name));
      const bool is_class =
          name.starts_with("__torch__.") && record != std::string_view("constants.pkl");
      const bool strange = std::any_of(name.begin(), name.end(), [](unsigned char c) {
        return !std::isalnum(c) && c != '_' && c != '.';
      });
      if (strange)  // LibTorch parses it
        findings_.add("refers to a name that no class has", record);
      else if (name.starts_with("__torch__.torch.classes"))
        findings_.add("has an object of the C++ class " + name.substr(24), record);
      else if (!is_class &&
               std::find(std::begin(known), std::end(known), node.text) == std::end(known))
        findings_.add("refers to " + name, record);
      else if (node.text == "builtins" && node.name != "complex")
        findings_.add("refers to " + name, record);
    }
  }

  std::string write(const Pickle& pickle, const char* record, const char* folder,
                    const c10::TypePtr& type) {
    try {
      DataWriter writer(pickle, records_, folder,
                        [&](const auto& name) { return find_class(name); });
      return writer.write(pickle.root_id(), type);
    } catch (const BadData& error) {
      findings_.add(error.what(), concat(record, ": ", error.where));
    }
    return {};
  }

  c10::TypePtr find_class(const std::string& name) { return importer().loadType(name); }

  torch::jit::SourceImporter& importer() {
    if (!importer_) {
      const auto source = [this](const std::string& module) {
        const auto found = sources_.find(module);
        return found == sources_.end() ? nullptr : found->second;
      };
      importer_.emplace(unit_, &constants_, source, version_);
    }
    return *importer_;
  }

  // Makes what a pickle says that has been written by us.
  c10::IValue unpickle(std::string_view pickle, std::string folder) {
    const auto read = [pickle](char* to, size_t n) mutable {
      n = std::min(n, pickle.size());
      std::memcpy(to, pickle.data(), n);
      pickle.remove_prefix(n);
      return n;
    };
    const auto resolve = [this](const c10::QualifiedName& name) {
      return c10::StrongTypePtr(unit_, importer().loadType(name));
    };
    const auto make = [](const c10::StrongTypePtr& type, const c10::IValue& state) {
      const auto& made = type.type_->expectRef<c10::ClassType>();
      auto object = c10::ivalue::Object::create(type, made.numAttributes());
      const auto attributes = state.toGenericDict();
      for (size_t i = 0; i < made.numAttributes(); ++i)
        object->setSlot(i, attributes.at(made.getAttributeName(i)));
      return object;
    };
    torch::jit::Unpickler reader(
        read, resolve, make, [&](const std::string& key) { return tensor_data(folder + key); },
        device_);
    reader.set_version(version_);
    return reader.parse_ivalue();
  }

  // Not more than the file has, and read in one piece, for VerifiedBytes to see it pass.
  at::DataPtr tensor_data(const std::string& name) {
    const ZipEntry* entry = records_.find(name);
    if (!entry) throw Damage(concat("its record '", printable(name), "' is missing"));
    at::DataPtr data = c10::GetAllocator(c10::kCPU)->allocate(entry->size);
    read_into(records_.bytes(), *entry, static_cast<char*>(data.get()));
    return data;
  }

  const Records& records_;
  Findings& findings_;
  std::optional<c10::Device> device_;
  uint64_t version_ = 0;
  std::map<std::string, std::shared_ptr<torch::jit::Source>> sources_;
  std::vector<c10::IValue> constants_;
  std::shared_ptr<CompilationUnit> unit_ = std::make_shared<CompilationUnit>();
  std::optional<torch::jit::SourceImporter> importer_;
  std::string data_;
};

// "calls aten::from_file (code/__torch__/net.py:12), ... and 3 more"
std::string sentence(const Findings& findings) {
  constexpr size_t most = 3;
  std::string text;
  for (size_t i = 0; i < std::min(most, findings.list().size()); ++i) {
    const Finding& each = findings.list()[i];
    text += concat(i ? ", " : "", each.what, " (", each.where, ")");
  }
  if (findings.size() > most) text += concat(" and ", findings.size() - most, " more");
  return text;
}

std::string listing(const Findings& findings) {
  std::string text;
  for (const auto& [what, where] : findings.list()) text += concat(where, ": ", what, '\n');
  return text;
}

}  // namespace

Findings restricted_findings(const Records& records) {
  Findings findings;
  try {
    Loader(records, findings).check({});
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    const std::string_view why = error.what();
    findings.add("cannot be read: " + printable(why.substr(0, why.find('\n'))), "the archive");
  }
  return findings;
}

torch::jit::Module load_restricted(const Records& records, c10::Device device) {
  Findings findings;
  Loader loader(records, findings);
  loader.check(device);
  if (findings.empty()) return loader.load();
  throw Failure(
      TSRT_NOT_TRUSTED,
      concat(records.bytes().name(), " is refused by trust=restricted: it ", sentence(findings),
             "; tsrt_inspect lists all; load it with trust=full only if you would run "
             "a program from the same source"),
      listing(findings));
}

}  // namespace tsrt
