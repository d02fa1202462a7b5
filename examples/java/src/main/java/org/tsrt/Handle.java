package org.tsrt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.function.LongConsumer;

/**
 * Something native that is freed when it has been closed and no call uses it any more. So neither
 * close() on another thread nor the cleaner can free what a call is working with.
 */
final class Handle implements Runnable {
  private static final VarHandle USES;

  static {
    try {
      USES = MethodHandles.lookup().findVarHandle(Handle.class, "uses", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int OPEN = 1;
  private static final int USE = 2;

  private final String what;
  private final long address;
  private final LongConsumer free;

  @SuppressWarnings("unused") // read and written through USES
  private volatile int uses = OPEN;

  Handle(String what, long address, LongConsumer free) {
    this.what = what;
    this.address = address;
    this.free = free;
  }

  /** The address, which stays good until {@link #release}. */
  long acquire() {
    int seen;
    do {
      seen = (int) USES.getAcquire(this);
      if ((seen & OPEN) == 0) throw new IllegalStateException("the " + what + " is closed");
    } while (!USES.compareAndSet(this, seen, seen + USE));
    return address;
  }

  void release() {
    if ((int) USES.getAndAdd(this, -USE) == USE) free.accept(address);
    Reference.reachabilityFence(this);
  }

  void close() {
    int seen;
    do {
      seen = (int) USES.getAcquire(this);
      if ((seen & OPEN) == 0) return;
    } while (!USES.compareAndSet(this, seen, seen - OPEN));
    if (seen == OPEN) free.accept(address);
  }

  /** What the cleaner does. */
  @Override
  public void run() {
    close();
  }
}
