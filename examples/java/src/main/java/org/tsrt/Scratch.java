package org.tsrt;

import java.nio.ByteBuffer;

/**
 * A thread's memory for what C functions write by pointer, and for the tsrt_tensors of several
 * inputs. It is made once for each thread. What a call has put there is to be read before the next.
 */
final class Scratch {
  /** How many results a call of forward may have. */
  static final int CAPACITY = 256;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private final ByteBuffer results = Memory.allocate(8L * (CAPACITY + 1));
  private final long address = Memory.address(results);
  private ByteBuffer descriptors = Memory.allocate(0);
  private long descriptorsAddress;

  static Scratch get() {
    return OF_THREAD.get();
  }

  /** Room for a pointer, int64_t, size_t or double; behind it, up to CAPACITY more. */
  long out() {
    return address;
  }

  long out(int index) {
    return address + 8L * index;
  }

  long first() {
    return results.getLong(0);
  }

  long get(int index) {
    return results.getLong(8 * index);
  }

  double getDouble(int index) {
    return results.getDouble(8 * index);
  }

  int getInt(int index) {
    return results.getInt(8 * index);
  }

  byte getByte() {
    return results.get(0);
  }

  /** The tsrt_tensors of these tensors, one after the other. */
  long descriptors(Tensor[] tensors) {
    if (tensors.length == 1) return tensors[0].descriptor;
    int bytes = tensors.length * Layout.DESCRIPTOR_BYTES;
    if (descriptors.capacity() < bytes) {
      descriptors = Memory.allocate(bytes);
      descriptorsAddress = Memory.address(descriptors);
    }
    descriptors.clear();
    for (Tensor tensor : tensors) tensor.known().write(descriptors);
    return descriptorsAddress;
  }
}
