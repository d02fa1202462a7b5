package org.tsrt;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Native memory by its address. */
final class Memory {
  /* All memory: an offset from address 0 is an address, and no Pointer is made for each read. */
  private static final Pointer ALL = new Pointer(0);

  private Memory() {}

  /** Throws the tsrt_error, unless it is NULL. */
  static void check(long error) {
    if (error != 0) throw TsrtException.take(error);
  }

  static Pointer at(long address) {
    return new Pointer(address);
  }

  /** Where a direct buffer begins. The address is good for as long as the buffer is reachable. */
  static long address(Buffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }

  /** Fresh memory, which the garbage collector frees with the buffer. */
  static ByteBuffer allocate(long bytes) {
    return ByteBuffer.allocateDirect(Layout.arrayLength(bytes)).order(ByteOrder.nativeOrder());
  }

  /** A function that has an error or none of so many bytes. */
  interface OfBytes {
    long apply(long address, long size);
  }

  /** Has a function work on the bytes from a buffer's position to its limit. */
  static void with(ByteBuffer bytes, OfBytes function) {
    ByteBuffer direct = bytes.slice();
    if (!bytes.isDirect()) {
      direct = allocate(bytes.remaining());
      direct.put(bytes.duplicate());
    }
    try {
      check(function.apply(address(direct), direct.capacity()));
    } finally {
      Reference.reachabilityFence(direct);
    }
  }

  /** The bytes that a function has put at scratch's start, with their number; they are freed. */
  static byte[] take(Scratch scratch) {
    long data = scratch.get(0);
    try {
      return bytes(data, scratch.get(1));
    } finally {
      Libtsrt.tsrt_string_free(data);
    }
  }

  /** A buffer over memory that somebody else owns. */
  static ByteBuffer buffer(long address, long bytes) {
    if (Layout.arrayLength(bytes) == 0) return allocate(0);
    return ALL.getByteBuffer(address, bytes).order(ByteOrder.nativeOrder());
  }

  static byte[] bytes(long address, long size) {
    return size == 0 ? new byte[0] : ALL.getByteArray(address, Layout.arrayLength(size));
  }

  static void read(long address, byte[] into) {
    ALL.read(address, into, 0, into.length);
  }

  static void read(long address, int[] into) {
    ALL.read(address, into, 0, into.length);
  }

  static void read(long address, long[] into) {
    ALL.read(address, into, 0, into.length);
  }

  static void read(long address, float[] into) {
    ALL.read(address, into, 0, into.length);
  }

  static void read(long address, double[] into) {
    ALL.read(address, into, 0, into.length);
  }

  static byte getByte(long address) {
    return ALL.getByte(address);
  }

  static int getInt(long address) {
    return ALL.getInt(address);
  }

  static long getLong(long address) {
    return ALL.getLong(address);
  }

  static float getFloat(long address) {
    return ALL.getFloat(address);
  }

  static double getDouble(long address) {
    return ALL.getDouble(address);
  }
}
