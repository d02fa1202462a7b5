#include "values/dict.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <new>
#include <utility>

namespace tsrt {
namespace {

using MapEntry = ska_ordered::detailv3::sherwood_v3_entry<std::pair<c10::IValue, c10::IValue>>;

// Is this block of the class of this size? malloc gives a larger one where splitting would leave
// too little.
bool fits(void* block, size_t size) {
#if defined(__GLIBC__)
  return malloc_usable_size(block) <= size + 8;
#else
  return block != nullptr;
#endif
}

// Blocks that are taken and given back, in a list through themselves.
class Reserve {
 public:
  Reserve() = default;
  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;
  ~Reserve() {
    while (first_) ::operator delete(std::exchange(first_, first_->next));
  }

  void fill(size_t size, int wanted) {
    for (int tried = 0; wanted > 0 && tried < most; ++tried) {
      first_ = new (::operator new(size)) Block{first_};
      wanted -= fits(first_, size);
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

// The map asks for a table and an entry when it is made and each time that it is moved, which
// happens twice here, and declares that moving cannot fail. So all this is asked for and given back
// first: malloc keeps what a thread frees for the next requests of that size on the same thread,
// and these then do not fail.
c10::impl::GenericDict new_dict(const c10::TypePtr& key, const c10::TypePtr& value) {
  {
    Reserve reserve;
    reserve.fill(sizeof(MapEntry), 3);
    reserve.fill(ska_ordered::detailv3::min_lookups * sizeof(MapEntry), 3);
  }
  return c10::impl::GenericDict(key, value);
}

}  // namespace tsrt
