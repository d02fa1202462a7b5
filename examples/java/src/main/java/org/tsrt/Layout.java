package org.tsrt;

import java.nio.ByteBuffer;

/** What a tsrt_tensor says, as Java reads it. */
final class Layout {
  /** The size of a tsrt_tensor: data, device, ndim and dtype, shape, strides, byte_offset. */
  static final int DESCRIPTOR_BYTES = 48;

  /** Where a tsrt_managed_tensor has its tsrt_tensor and its flags, in bytes. */
  static final int DESCRIPTOR_OFFSET = 32;

  static final int FLAGS_OFFSET = 24;

  private static final int DESCRIPTOR_WORDS = DESCRIPTOR_BYTES / 8;
  static final int CPU = 1;
  private static final int CUDA = 2;
  private static final int CUDA_HOST = 3;

  /** Of the first element: data and byte_offset together. */
  final long address;

  final DType dtype;
  final long[] shape;
  final long[] strides;

  /** How many elements. */
  final long size;

  final boolean rowMajor;
  private final long[] words;

  private Layout(long[] words, long[] shape, long[] strides) {
    this.words = words;
    this.shape = shape;
    this.strides = strides;
    address = words[0] + words[5];
    dtype = DType.of((int) (words[2] >>> 32));
    long product = 1;
    for (long n : shape) product *= n;
    size = product;
    rowMajor = product == 0 || isRowMajor(shape, strides);
  }

  private static boolean isRowMajor(long[] shape, long[] strides) {
    if (strides == null) return true;
    long step = 1;
    for (int i = shape.length - 1; i >= 0; --i) {
      if (shape[i] != 1 && strides[i] != step) return false;
      step *= shape[i];
    }
    return true;
  }

  /** Reads the tsrt_tensor at an address. */
  static Layout read(long descriptor) {
    long[] words = new long[DESCRIPTOR_WORDS];
    Memory.read(descriptor, words);
    int dimensions = (int) words[2];
    return new Layout(words, sizes(words[3], dimensions), sizes(words[4], dimensions));
  }

  private static long[] sizes(long address, int n) {
    if (address == 0) return n == 0 ? new long[0] : null;
    long[] sizes = new long[n];
    Memory.read(address, sizes);
    return sizes;
  }

  void write(ByteBuffer descriptors) {
    for (long word : words) descriptors.putLong(word);
  }

  boolean onHost() {
    int type = (int) words[1];
    return type == CPU || type == CUDA_HOST;
  }

  String device() {
    return switch ((int) words[1]) {
      case CPU, CUDA_HOST -> "cpu";
      case CUDA -> "cuda:" + (words[1] >>> 32);
      default -> "device " + (int) words[1] + ":" + (words[1] >>> 32);
    };
  }

  static int arrayLength(long n) {
    if (n > Integer.MAX_VALUE) {
      throw new IllegalStateException(n + " elements are more than an array or buffer can have");
    }
    return (int) n;
  }

  long bytes() {
    return size * dtype.bytes();
  }

  void require(DType wanted) {
    if (dtype != wanted) {
      throw new IllegalStateException("the elements are " + dtype + ", not " + wanted);
    }
  }

  /** The address of the element that is the `index`th when they are read row by row. */
  long element(long index, DType wanted) {
    require(wanted);
    if (!onHost()) {
      throw new IllegalStateException(
          "the tensor is on " + device() + ": copy(\"cpu\") brings it to the host");
    }
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("element " + index + " of " + size);
    }
    if (rowMajor) return address + index * dtype.bytes();
    long offset = 0;
    for (int i = shape.length - 1; i >= 0; --i) {
      offset += index % shape[i] * strides[i];
      index /= shape[i];
    }
    return address + offset * dtype.bytes();
  }
}
