package org.tsrt;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongConsumer;

/**
 * A direct buffer and a tsrt_tensor over it. As what "frees" a tensor's handle it has nothing to
 * do: that the handle refers to it is what keeps the memory until calls with it have ended.
 */
final class HostMemory implements LongConsumer {
  final long descriptor;
  final boolean readOnly;
  private final Buffer elements;
  private final ByteBuffer description;

  private HostMemory(Buffer elements, DType dtype, long[] shape, long[] strides) {
    this.elements = elements;
    readOnly = elements.isReadOnly();
    int n = shape.length;
    description = Memory.allocate(Layout.DESCRIPTOR_BYTES + 16L * n);
    descriptor = Memory.address(description);
    long sizes = descriptor + Layout.DESCRIPTOR_BYTES;
    long data = Memory.address(elements);
    description.putLong(data).putInt(Layout.CPU).putInt(0).putInt(n).putInt(dtype.word());
    description.putLong(sizes).putLong(strides == null ? 0 : sizes + 8L * n).putLong(0);
    for (long size : shape) description.putLong(size);
    if (strides != null) for (long stride : strides) description.putLong(stride);
  }

  /** Over the elements between position and limit. */
  static HostMemory of(Buffer elements, ByteOrder order, DType dtype, long[] shape) {
    require(elements, order, dtype);
    int bytes = elements instanceof ByteBuffer ? dtype.bytes() : 1;
    int n = elements.remaining() / bytes;
    if (n * bytes != elements.remaining()) {
      throw new IllegalArgumentException(elements.remaining() + " bytes are no whole number of "
          + dtype + " elements");
    }
    return new HostMemory(elements.slice(), dtype, shapeOf(n, shape), null);
  }

  static HostMemory strided(ByteBuffer bytes, DType dtype, long[] shape, long[] strides) {
    require(bytes, bytes.order(), dtype);
    if (shape.length != strides.length) {
      throw new IllegalArgumentException(
          shape.length + " sizes and " + strides.length + " strides: give one for each");
    }
    if (end(shape, strides) > bytes.remaining() / dtype.bytes()) {
      throw new IllegalArgumentException(
          "the last element lies behind the end of the buffer, at byte " + bytes.remaining());
    }
    return new HostMemory(bytes.slice(), dtype, shape, strides);
  }

  /** How many elements there are from the first to the last in memory. */
  private static long end(long[] shape, long[] strides) {
    if (product(shape) == 0) return 0;
    long end = 1;
    for (int i = 0; i < shape.length; ++i) {
      if (strides[i] < 0) throw new IllegalArgumentException("a stride is negative: copy first");
      try {
        end = Math.addExact(end, Math.multiplyExact(shape[i] - 1, strides[i]));
      } catch (ArithmeticException e) {
        return Long.MAX_VALUE;
      }
    }
    return end;
  }

  /** The shape that was given for so many elements; one dimension if there was none. */
  static long[] shapeOf(long n, long[] shape) {
    if (shape.length == 0) return new long[] {n};
    if (product(shape) != n) {
      throw new IllegalArgumentException("a shape of " + product(shape) + " elements over " + n
          + ": the sizes' product has to be their number");
    }
    return shape;
  }

  private static long product(long[] shape) {
    long product = 1;
    for (long size : shape) {
      if (size < 0) throw new IllegalArgumentException("a size is negative: " + size);
      if (size > 0 && product > Long.MAX_VALUE / size) {
        throw new IllegalArgumentException("the sizes' product is too large");
      }
      product *= size;
    }
    return product;
  }

  private static void require(Buffer elements, ByteOrder order, DType dtype) {
    if (!elements.isDirect()) {
      throw new IllegalArgumentException("the buffer is not direct: make it with"
          + " ByteBuffer.allocateDirect, or give the array itself, which is copied");
    }
    if (order != ByteOrder.nativeOrder() && dtype.bytes() > 1) {
      throw new IllegalArgumentException("the buffer's order is " + order
          + ": say order(ByteOrder.nativeOrder()) before its elements are written");
    }
  }

  @Override
  public void accept(long descriptor) {}
}
