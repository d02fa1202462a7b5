package org.tsrt;

import java.lang.ref.Cleaner;
import java.util.function.LongConsumer;

/** An owner of something native: close() frees it, or else the garbage collector does, some day. */
abstract class NativeObject implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  final Handle handle;
  private final Cleaner.Cleanable cleanable;

  NativeObject(String what, long address, LongConsumer free) {
    handle = new Handle(what, address, free);
    cleanable = CLEANER.register(this, handle);
  }

  /** Of something that needs no freeing but what the garbage collector does by itself. */
  NativeObject(Handle handle) {
    this.handle = handle;
    cleanable = handle::close;
  }

  /** Keeps this object, and so what it owns, as long as the other is reachable. */
  final void keepFor(Object other) {
    CLEANER.register(other, this::stay);
  }

  private void stay() {}

  /** Frees it, after calls that are running. Closing twice does nothing. */
  @Override
  public void close() {
    cleanable.clean();
  }
}
