#include "file_kind.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <c10/util/StringUtil.h>

namespace tsrt {
namespace {

constexpr std::string_view cure = "save the model with torch.jit.script(model).save(path)";

constexpr std::string_view end_of_archive{"PK\x05\x06", 4};

bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](unsigned char c) {
    return c >= 0x80 || std::isprint(c) || std::isspace(c);
  });
}

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

std::string first_entry(std::string_view head) {
  if (head.size() < 30) return {};
  const size_t length = static_cast<unsigned char>(head[26]) | static_cast<unsigned char>(head[27])
                                                                   << 8;
  return std::string(head.substr(30, length));
}

}  // namespace

bool is_zip(const std::string& head) {
  return begins(head, {"PK\x03\x04", 4}) || begins(head, end_of_archive);
}

std::string describe_file(const std::string& head) {
  const std::string_view view = head;
  if (begins(view, "version https://git-lfs"))
    return "is a git-LFS pointer, not the model itself: run `git lfs pull`";
  if (view.size() > 8 && view.substr(4, 2) == "ET")
    return c10::str("is an ExecuTorch program, not a TorchScript archive: ", cure);
  if (is_onnx(view)) return c10::str("is an ONNX model, not a TorchScript archive: ", cure);
  if (begins(view, "\x80"))
    return c10::str(
        "is a Python pickle (an old torch.save, or a state_dict), not a TorchScript "
        "archive: load it in Python and ",
        cure);
  if (begins(view, "\x89HDF"))
    return c10::str("is an HDF5 file, not a TorchScript archive: ", cure);
  if (is_safetensors(view))
    return c10::str(
        "is a safetensors file, which holds weights and no code: load them into the "
        "model in Python and ",
        cure);
  if (begins(view, "\x1f\x8b")) return "is gzip-compressed: decompress it first";
  if (is_text(view)) return c10::str("is a text file, not a TorchScript archive: ", cure);
  return c10::str("is not a TorchScript archive (it is no zip file): ", cure);
}

std::string describe_refused_zip(const std::string& head, const std::string& tail, size_t size) {
  if (begins(head, end_of_archive)) return c10::str("is an empty zip archive: ", cure);
  if (tail.find(end_of_archive) == std::string::npos)
    return c10::str("is a truncated zip archive of ", size, " bytes: copy or download it again");
  if (tail.find("MAR-INF/") != std::string::npos)
    return "is a TorchServe .mar archive: unzip it and load the model file in it";
  const std::string first = first_entry(head);
  if (first.find('/') == std::string::npos)
    return c10::str("is a zip archive but not a TorchScript one (its first entry is '", first,
                    "'): ", cure);
  return c10::str("is a damaged zip archive of ", size, " bytes: copy or download it again");
}

std::string describe_archive(const std::vector<std::string>& records) {
  const auto has = [&](std::string_view name) {
    return std::find(records.begin(), records.end(), name) != records.end();
  };
  const auto has_prefix = [&](std::string_view prefix) {
    return std::any_of(records.begin(), records.end(),
                       [&](const std::string& record) { return begins(record, prefix); });
  };
  if (has("constants.pkl") || has("model.json")) return {};
  if (has_prefix("data/aotinductor/"))
    return c10::str("is an AOTInductor package, not a TorchScript archive: ", cure);
  if (has("models/model.json") || has("serialized_exported_program.json"))
    return c10::str("was written by torch.export, not by torch.jit: ", cure);
  if (has(".data/extern_modules"))
    return c10::str("is a torch.package archive: load it in Python and ", cure);
  if (has("data.pkl"))
    return c10::str(
        "was written by torch.save (a state_dict, a checkpoint or a tensor) and holds "
        "no code: load it into the model in Python and ",
        cure);
  return c10::str("is a zip archive but not a TorchScript one (no constants.pkl in it): ", cure);
}

}  // namespace tsrt
