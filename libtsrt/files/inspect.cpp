#include "files/inspect.h"

#include "files/file_kind.h"
#include "files/text.h"
#include "guard.h"
#include "json.h"
#include "trust/restricted.h"

namespace tsrt {
namespace {

constexpr size_t head_size = 4096;
constexpr uint64_t max_pickle = uint64_t(64) << 20;

void set_saved(Inspection& about, const Pickle& pickle) {
  about.saved = saved_in(pickle);
  about.kind = about.saved->kind;
  about.problem = about.saved->problem;
}

// Before PyTorch 1.6 torch.save wrote pickles one behind the other: a magic number, a version,
// facts about the machine, and then the object.
void read_bare_pickle(Inspection& about, const Bytes& bytes) {
  constexpr std::string_view magic{"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14};
  const std::string text = bytes.part(0, max_pickle);
  try {
    std::string_view rest = text;
    for (int before = rest.starts_with(magic) ? 3 : 0; before > 0; --before)
      rest.remove_prefix(Pickle(rest).end());
    set_saved(about, Pickle(rest));
  } catch (const BadPickle& error) {
    about.kind = "pickle";
    about.problem = concat(
        "is a Python pickle (an old torch.save, or a state_dict) that cannot be "
        "read (",
        error.what(), "): copy or save it again");
  }
}

void read_saved(Inspection& about, const Records& records) {
  try {
    const std::string text = records.read("data.pkl", max_pickle);
    set_saved(about, Pickle(text));
  } catch (const Damage& damage) {
    about.kind = "damaged-zip";
    about.problem = concat("was written by torch.save and is damaged: ", damage.what(),
                           "; copy or save it again");
  } catch (const TooBig& big) {
    about.kind = "pickle";
    about.problem = concat("was written by torch.save, not by torch.jit.save (", big.what(),
                           ", more than we look into)");
  } catch (const BadPickle& error) {
    about.kind = "damaged-zip";
    about.problem =
        concat("was written by torch.save and is damaged: its record 'data.pkl' is no pickle (",
               error.what(), "); copy or save it again");
  }
}

void read_archive(Inspection& about, const Records& records) {
  about.records = records.entries().size();
  FileKind kind = kind_of_archive(records);
  about.kind = std::move(kind.kind);
  about.problem = std::move(kind.problem);
  if (about.kind.empty()) read_saved(about, records);
  if (about.kind != "torchscript") return;
  about.torchscript = read_torchscript(records);
  about.problem = about.torchscript->problem;
  about.code = about.torchscript->code;
  about.restricted = restricted_findings(records).list();
  for (const ZipEntry* entry : records.under(extra_prefix))
    about.extra_files.push_back(
        {std::string(records.short_name(*entry).substr(extra_prefix.size())), entry->size});
}

void read_zip(Inspection& about, const std::shared_ptr<const Bytes>& bytes) {
  try {
    const Records records(bytes);
    read_archive(about, records);
  } catch (const Damage& damage) {
    if (has_end_of_directory(*bytes)) {
      about.kind = "damaged-zip";
      about.problem = concat("is a damaged zip archive of ", about.size, " bytes: ", damage.what(),
                             "; copy or download it again");
    } else {
      about.kind = "truncated-zip";
      about.problem = concat("is a truncated zip archive of ", about.size,
                             " bytes (its table of contents, which comes last, is missing): copy "
                             "or download it again");
    }
  }
}

}  // namespace

Inspection inspect(const std::shared_ptr<const Bytes>& bytes) {
  Inspection about;
  about.size = bytes->size();
  about.code = TSRT_NOT_A_MODEL;
  const std::string head = bytes->part(0, head_size);
  if (is_zip(head)) {
    read_zip(about, bytes);
  } else if (head.starts_with('\x80')) {
    read_bare_pickle(about, *bytes);
  } else {
    FileKind kind = kind_of_file(head);
    about.kind = std::move(kind.kind);
    about.problem = std::move(kind.problem);
  }
  return about;
}

}  // namespace tsrt
