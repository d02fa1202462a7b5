#include "values/dict.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <new>
#include <utility>

namespace tsrt {
namespace {

using Entry = ska_ordered::detailv3::sherwood_v3_entry<std::pair<c10::IValue, c10::IValue>>;

// Is this block of the size class that an entry asks for? malloc gives a larger one where splitting
// would leave too little.
bool fits(void* block) {
#if defined(__GLIBC__)
  return malloc_usable_size(block) <= sizeof(Entry) + 8;
#else
  return block != nullptr;
#endif
}

// Blocks for entries that are taken and given back, in a list through themselves.
class Reserve {
 public:
  Reserve() = default;
  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;
  ~Reserve() {
    while (first_) ::operator delete(std::exchange(first_, first_->next));
  }

  void fill(int wanted) {
    for (int tried = 0; wanted > 0 && tried < most; ++tried) {
      first_ = new (::operator new(sizeof(Entry))) Block{first_};
      wanted -= fits(first_);
    }
  }

 private:
  struct Block {
    Block* next;
  };
  static constexpr int most = 10000;  // for a malloc that has no such class
  Block* first_ = nullptr;
};

}  // namespace

// The map asks for an entry when it is made and each time that it is moved, which happens twice
// here, and declares that moving cannot fail. So these three are asked for and given back first:
// malloc keeps what a thread frees for the next requests of that size on the same thread, and these
// then do not fail.
c10::impl::GenericDict new_dict(const c10::TypePtr& key, const c10::TypePtr& value) {
  Reserve().fill(3);
  return c10::impl::GenericDict(key, value);
}

}  // namespace tsrt
