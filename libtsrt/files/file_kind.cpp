#include "files/file_kind.h"

#include <algorithm>
#include <cctype>

#include "files/text.h"
#include "guard.h"

namespace tsrt {
namespace {

constexpr std::string_view cure = "save the model with torch.jit.script(model).save(path)";
constexpr std::string_view unpack = "decompress it and load the model file in it";

struct Magic {
  size_t at;
  std::string_view bytes;
  std::string_view kind;
  std::string_view is;  // "an HDF5 file, not a TorchScript archive"
  std::string_view advice;
};

constexpr std::string_view lite_advice =
    "it has no code that this LibTorch runs: save the model with "
    "torch.jit.script(model).save(path)";

// The first that fits counts.
constexpr Magic magics[] = {
    {0, "version https://git-lfs", "git-lfs", "a git-LFS pointer, not the model itself",
     "run `git lfs pull`"},
    {4, "PTMF", "lite-interpreter", "a lite-interpreter (mobile) model", lite_advice},
    {4, "ET1", "executorch", "an ExecuTorch program, not a TorchScript archive", cure},
    {0, "\x89HDF", "hdf5", "an HDF5 file, not a TorchScript archive", cure},
    {0, "\x1f\x8b", "gzip", "gzip-compressed", unpack},
    {0, "BZh", "bzip2", "bzip2-compressed", unpack},
    {0,
     {"\xfd"
      "7zXZ\0",
      6},
     "xz",
     "xz-compressed",
     unpack},
    {0, "\x28\xb5\x2f\xfd", "zstd", "zstd-compressed", unpack},
    {0, "7z\xbc\xaf", "7z", "a 7-Zip archive", unpack},
    {257, "ustar", "tar", "a tar archive", unpack},
    {0,
     "\x7f"
     "ELF",
     "elf", "a shared library or program, not a TorchScript archive", cure},
    {0, "GGUF", "gguf", "a GGUF file, which holds weights and no code", cure},
    {4, "TFL3", "tflite", "a TensorFlow Lite model, not a TorchScript archive", cure},
    {0, "\x93NUMPY", "npy", "a NumPy array, not a TorchScript archive", cure},
};

// ONNX is a protobuf that opens with its version number and soon names the producer and operators.
bool is_onnx(std::string_view head) {
  if (head.size() < 4 || head[0] != '\x08') return false;
  return head.find("onnx") != std::string_view::npos ||
         head.find("pytorch") != std::string_view::npos ||
         (static_cast<unsigned char>(head[1]) < 20 && (head[2] == '\x12' || head[2] == ':'));
}

bool is_safetensors(std::string_view head) {
  return head.size() > 9 && head[8] == '{' && head[6] == '\0' && head[7] == '\0';
}

// A number of tensors, then for each its name, after the name's length.
bool is_torchsharp(std::string_view head) {
  if (head.size() < 3 || head[0] == '\0') return false;
  const size_t length = static_cast<unsigned char>(head[1]);
  if (length == 0 || length > 127 || head.size() < 2 + length + 2) return false;
  const std::string_view name = head.substr(2, length);
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; });
}

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](unsigned char c) {
    return c >= 0x80 || std::isprint(c) || std::isspace(c);
  });
}

FileKind kind_of_text(std::string_view head) {
  std::string start(head.substr(0, 200));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (start.find("<!doctype html") != std::string::npos || start.find("<html") != std::string::npos)
    return {
        "html",
        "is a web page, perhaps of an error or a login, not the model itself: download it again"};
  return {"text", concat("is a text file, not a TorchScript archive: ", cure)};
}

}  // namespace

FileKind kind_of_file(std::string_view head) {
  if (head.empty()) return {"empty", "is empty (0 bytes): copy or save it again"};
  for (const Magic& each : magics) {
    if (head.size() >= each.at && head.substr(each.at).starts_with(each.bytes))
      return {std::string(each.kind), concat("is ", each.is, ": ", each.advice)};
  }
  if (is_onnx(head)) return {"onnx", concat("is an ONNX model, not a TorchScript archive: ", cure)};
  if (is_safetensors(head))
    return {"safetensors", concat("is a safetensors file, which holds weights and no code: load "
                                  "them into the model in Python and ",
                                  cure)};
  if (is_text(head)) return kind_of_text(head);
  if (is_torchsharp(head))
    return {"torchsharp", concat("holds weights that TorchSharp saved, and no code: load them "
                                 "into the model in Python and ",
                                 cure)};
  return {"unknown", concat("is not a TorchScript archive (it is no zip file): ", cure)};
}

FileKind kind_of_archive(const Records& records) {
  const auto is = [](const char* kind, const auto&... parts) {
    return FileKind{kind, concat("is ", parts...)};
  };
  if (records.entries().empty()) return is("zip", "an empty zip archive: ", cure);
  if (records.has("constants.pkl") || records.has("model.json")) return {"torchscript", ""};
  if (records.has("bytecode.pkl"))
    return is("lite-interpreter", "a lite-interpreter (mobile) model: ", lite_advice);
  if (records.has_under("data/aotinductor/"))
    return is("aotinductor", "an AOTInductor package, not a TorchScript archive: ", cure);
  if (records.has("models/model.json") || records.has("serialized_exported_program.json"))
    return {"export", concat("was written by torch.export, not by torch.jit: ", cure)};
  if (records.has(".data/extern_modules"))
    return is("torch.package", "a torch.package archive: load it in Python and ", cure);
  if (records.has("data.pkl")) return {};
  if (records.has_under("MAR-INF/"))
    return is("torchserve", "a TorchServe .mar archive: unzip it and load the model file in it");
  const std::string first = printable(records.entries()[0].name);
  const bool arrays = std::all_of(records.entries().begin(), records.entries().end(),
                                  [](const auto& entry) { return entry.name.ends_with(".npy"); });
  if (arrays)
    return is("npz",
              "a zip archive but not a TorchScript one: it holds NumPy arrays (.npz): ", cure);
  if (first.ends_with(".pt") || first.ends_with(".pth"))
    return is("zip", "a zip archive but not a TorchScript one: unzip it and load '", first,
              "' from it");
  return is("zip", "a zip archive but not a TorchScript one (its first record is '", first,
            "', and no record is constants.pkl): ", cure);
}

}  // namespace tsrt
