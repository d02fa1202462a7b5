/** What tsrt made and is to be freed once: by close, or when its owner has been collected. */
export class Handle {
  #pointer;
  #free;
  #what;
  #calls = 0;
  #closed = false;

  constructor(pointer, free, what) {
    this.#pointer = pointer;
    this.#free = free;
    this.#what = what;
  }

  get pointer() {
    if (this.#closed) throw new Error(`the ${this.#what} is closed`);
    return this.#pointer;
  }

  /** Puts freeing off until giveBack: for calls on other threads. */
  borrow() {
    const pointer = this.pointer;
    this.#calls++;
    return pointer;
  }

  giveBack() {
    this.#calls--;
    this.#freeWhenUnused();
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    forgotten.unregister(this);
    this.#freeWhenUnused();
  }

  #freeWhenUnused() {
    if (this.#closed && this.#calls === 0) this.#free(this.#pointer);
  }
}

// A safety net: a running call holds the owner, so it is never collected under it.
const forgotten = new FinalizationRegistry((handle) => handle.close());

/** Makes the handle for `owner` to hold. */
export function owned(owner, pointer, free, what) {
  const handle = new Handle(pointer, free, what);
  forgotten.register(owner, handle, handle);
  return handle;
}
