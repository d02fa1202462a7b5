#include "values/dict.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <new>
#include <utility>

namespace tsrt {
namespace {

using Entry = ska_ordered::detailv3::sherwood_v3_entry<std::pair<c10::IValue, c10::IValue>>;

// Would malloc give a block of this one's own size class again for an entry? One that it could not
// split is larger.
bool fits(void* block) {
#if defined(__GLIBC__)
  return malloc_usable_size(block) <= sizeof(Entry) + 8;
#else
  return block != nullptr;
#endif
}

// Blocks for entries that are taken and given back.
class Reserve {
 public:
  explicit Reserve(int wanted) {
    while (wanted > 0 && n_ < most) {
      blocks_[n_] = ::operator new(sizeof(Entry));
      wanted -= fits(blocks_[n_++]);
    }
  }
  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;
  ~Reserve() {
    while (n_ > 0) ::operator delete(blocks_[--n_]);
  }

 private:
  static constexpr int most = 32;
  void* blocks_[most];
  int n_ = 0;
};

}  // namespace

// The map asks for an entry when it is made and each time that it is moved, which happens twice
// here, and declares that moving cannot fail. So these three are asked for and given back first:
// malloc keeps what a thread frees for the next requests of that size on the same thread, and these
// then do not fail.
c10::impl::GenericDict new_dict(const c10::TypePtr& key, const c10::TypePtr& value) {
  static_cast<void>(Reserve(3));
  return c10::impl::GenericDict(key, value);
}

}  // namespace tsrt
