package org.tsrt;

import static org.tsrt.Memory.check;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;

/**
 * Numbers of one type in some shape: over memory of Java's, made by {@code of}, or with memory of
 * tsrt's, as models return it.
 *
 * <p>close() frees the memory that is tsrt's; a tensor over memory of Java's need not be closed.
 * Any number of threads may read a tensor and give it to calls; nobody must write to its memory
 * while a call reads it.
 */
public final class Tensor extends NativeObject {
  private static final long READ_ONLY = 1;
  private static final long QUANTIZED = 1L << 63;

  /** The address of its tsrt_tensor. */
  final long descriptor;

  private final HostMemory memory; // null when the memory is tsrt's
  private Layout layout; // read when it is first wanted; whoever reads it finds the same

  /** Takes over a tsrt_managed_tensor. */
  Tensor(long address) {
    super("tensor", address, Libtsrt::tsrt_managed_tensor_free);
    descriptor = address + Layout.DESCRIPTOR_OFFSET;
    memory = null;
  }

  Tensor(HostMemory memory) {
    super(new Handle("tensor", memory.descriptor, memory));
    descriptor = memory.descriptor;
    this.memory = memory;
  }

  /**
   * A tensor over the elements of a direct buffer in native order, from its position to its limit.
   * Nothing is copied, and the tensor keeps the buffer. The shape's product has to be the number of
   * elements; no shape is one dimension.
   */
  public static Tensor of(FloatBuffer elements, long... shape) {
    return new Tensor(HostMemory.of(elements, elements.order(), DType.FLOAT32, shape));
  }

  public static Tensor of(DoubleBuffer elements, long... shape) {
    return new Tensor(HostMemory.of(elements, elements.order(), DType.FLOAT64, shape));
  }

  public static Tensor of(LongBuffer elements, long... shape) {
    return new Tensor(HostMemory.of(elements, elements.order(), DType.INT64, shape));
  }

  public static Tensor of(IntBuffer elements, long... shape) {
    return new Tensor(HostMemory.of(elements, elements.order(), DType.INT32, shape));
  }

  public static Tensor of(ShortBuffer elements, long... shape) {
    return new Tensor(HostMemory.of(elements, elements.order(), DType.INT16, shape));
  }

  /** The same for elements of any type, such as {@link DType#UINT8} or {@link DType#COMPLEX64}. */
  public static Tensor of(ByteBuffer bytes, DType dtype, long... shape) {
    return new Tensor(HostMemory.of(bytes, bytes.order(), dtype, shape));
  }

  /**
   * Elements that do not lie row by row: one step along dimension i goes on by strides[i] elements.
   * Without dimensions it is a single element.
   */
  public static Tensor strided(ByteBuffer bytes, DType dtype, long[] shape, long[] strides) {
    return new Tensor(HostMemory.strided(bytes, dtype, shape, strides));
  }

  /** A copy of the array: the collector moves arrays, so that C cannot read them in place. */
  public static Tensor of(float[] elements, long... shape) {
    ByteBuffer copy = Memory.allocate(4L * elements.length);
    copy.asFloatBuffer().put(elements);
    return of(copy, DType.FLOAT32, HostMemory.shapeOf(elements.length, shape));
  }

  /** A copy, as of float[]. */
  public static Tensor of(double[] elements, long... shape) {
    ByteBuffer copy = Memory.allocate(8L * elements.length);
    copy.asDoubleBuffer().put(elements);
    return of(copy, DType.FLOAT64, HostMemory.shapeOf(elements.length, shape));
  }

  /** A copy, as of float[]. */
  public static Tensor of(long[] elements, long... shape) {
    ByteBuffer copy = Memory.allocate(8L * elements.length);
    copy.asLongBuffer().put(elements);
    return of(copy, DType.INT64, HostMemory.shapeOf(elements.length, shape));
  }

  /** A copy, as of float[]. */
  public static Tensor of(int[] elements, long... shape) {
    ByteBuffer copy = Memory.allocate(4L * elements.length);
    copy.asIntBuffer().put(elements);
    return of(copy, DType.INT32, HostMemory.shapeOf(elements.length, shape));
  }

  /** A copy, as of float[]. */
  public static Tensor of(boolean[] elements, long... shape) {
    ByteBuffer copy = Memory.allocate(elements.length);
    for (boolean element : elements) copy.put((byte) (element ? 1 : 0));
    return of(copy.flip(), DType.BOOL, HostMemory.shapeOf(elements.length, shape));
  }

  /** How many elements it has along each dimension; an array of the caller's own. */
  public long[] shape() {
    return layout().shape.clone();
  }

  /** How many elements it has. */
  public long size() {
    return layout().size;
  }

  public DType dtype() {
    return layout().dtype;
  }

  /** Such as "cpu" or "cuda:0". */
  public String device() {
    return layout().device();
  }

  /** Whether the elements lie one after the other, row by row. */
  public boolean isRowMajor() {
    return layout().rowMajor;
  }

  /** Whether its memory must not be written to, as that of a model's weights. */
  public boolean isReadOnly() {
    return memory != null ? memory.readOnly : (flags() & READ_ONLY) != 0;
  }

  /** Whether the elements are integers that stand for numbers: see {@link #dequantize}. */
  public boolean isQuantized() {
    return (flags() & QUANTIZED) != 0;
  }

  /** Element {@code index}, row by row, of a tensor on the host that has this type. */
  public float getFloat(long index) {
    handle.acquire();
    try {
      return Memory.getFloat(known().element(index, DType.FLOAT32));
    } finally {
      handle.release();
    }
  }

  public double getDouble(long index) {
    handle.acquire();
    try {
      return Memory.getDouble(known().element(index, DType.FLOAT64));
    } finally {
      handle.release();
    }
  }

  public long getLong(long index) {
    handle.acquire();
    try {
      return Memory.getLong(known().element(index, DType.INT64));
    } finally {
      handle.release();
    }
  }

  public int getInt(long index) {
    handle.acquire();
    try {
      return Memory.getInt(known().element(index, DType.INT32));
    } finally {
      handle.release();
    }
  }

  public boolean getBoolean(long index) {
    handle.acquire();
    try {
      return Memory.getByte(known().element(index, DType.BOOL)) != 0;
    } finally {
      handle.release();
    }
  }

  /** All elements, row by row, copied from wherever they lie. The tensor has to be of this type. */
  public float[] toFloatArray() {
    float[] elements = new float[count(DType.FLOAT32)];
    rows(address -> Memory.read(address, elements));
    return elements;
  }

  public double[] toDoubleArray() {
    double[] elements = new double[count(DType.FLOAT64)];
    rows(address -> Memory.read(address, elements));
    return elements;
  }

  public long[] toLongArray() {
    long[] elements = new long[count(DType.INT64)];
    rows(address -> Memory.read(address, elements));
    return elements;
  }

  public int[] toIntArray() {
    int[] elements = new int[count(DType.INT32)];
    rows(address -> Memory.read(address, elements));
    return elements;
  }

  public boolean[] toBooleanArray() {
    byte[] bytes = new byte[count(DType.BOOL)];
    rows(address -> Memory.read(address, bytes));
    boolean[] elements = new boolean[bytes.length];
    for (int i = 0; i < bytes.length; ++i) elements[i] = bytes[i] != 0;
    return elements;
  }

  /** The bytes of all elements, whatever their type, row by row in native order. */
  public byte[] toByteArray() {
    byte[] bytes = new byte[Layout.arrayLength(layout().bytes())];
    rows(address -> Memory.read(address, bytes));
    return bytes;
  }

  /**
   * The tensor's own memory, in native order: nothing is copied. It keeps the tensor from being
   * collected; once the tensor has been closed, it must not be used any more.
   *
   * @throws IllegalStateException if the elements do not lie row by row on the host: {@code
   *     copy("cpu")} makes a tensor where they do
   */
  public ByteBuffer buffer() {
    handle.acquire();
    try {
      Layout layout = known();
      if (!layout.onHost() || !layout.rowMajor) {
        throw new IllegalStateException("the elements do not lie row by row on the host, but on "
            + layout.device() + ": copy(\"cpu\") makes a tensor where they do");
      }
      ByteBuffer buffer = Memory.buffer(layout.address, layout.bytes());
      keepFor(buffer);
      return isReadOnly() ? buffer.asReadOnlyBuffer().order(buffer.order()) : buffer;
    } finally {
      handle.release();
    }
  }

  /** {@link #buffer} as floats, of a tensor of float32. */
  public FloatBuffer floatBuffer() {
    layout().require(DType.FLOAT32);
    return buffer().asFloatBuffer();
  }

  public DoubleBuffer doubleBuffer() {
    layout().require(DType.FLOAT64);
    return buffer().asDoubleBuffer();
  }

  public LongBuffer longBuffer() {
    layout().require(DType.INT64);
    return buffer().asLongBuffer();
  }

  public IntBuffer intBuffer() {
    layout().require(DType.INT32);
    return buffer().asIntBuffer();
  }

  /** A row-major copy on a device: "cpu", "cuda", "cuda:1". */
  public Tensor copy(String device) {
    Scratch scratch = Scratch.get();
    handle.acquire();
    try {
      check(Libtsrt.tsrt_tensor_copy(descriptor, Text.toC(device), scratch.out()));
    } finally {
      handle.release();
    }
    return new Tensor(scratch.first());
  }

  /** Another tensor over the same memory, which lives until the last of them is closed. */
  public Tensor share() {
    if (memory != null) return new Tensor(memory);
    Scratch scratch = Scratch.get();
    check(with(address -> Libtsrt.tsrt_managed_tensor_share(address, scratch.out())));
    return new Tensor(scratch.first());
  }

  /** The numbers that a quantized tensor stands for, in float32. */
  public Tensor dequantize() {
    requireQuantized();
    Scratch scratch = Scratch.get();
    check(with(address -> Libtsrt.tsrt_managed_tensor_dequantize(address, scratch.out())));
    return new Tensor(scratch.first());
  }

  /** The integers of a quantized tensor, and what they stand for. */
  public Quantized quantization() {
    requireQuantized();
    Scratch scratch = Scratch.get();
    check(with(address -> Libtsrt.tsrt_managed_tensor_quantization(
        address, scratch.out(0), scratch.out(1), scratch.out(2))));
    int axis = scratch.getInt(2);
    Tensor scales = new Tensor(scratch.get(0));
    Tensor zeroPoints = new Tensor(scratch.get(1));
    return new Quantized(share(), scales, zeroPoints, axis);
  }

  private void requireQuantized() {
    if (!isQuantized()) throw new IllegalStateException("the tensor is not quantized");
  }

  private long with(LongUnaryOperator function) {
    long address = handle.acquire();
    try {
      return function.applyAsLong(address);
    } finally {
      handle.release();
    }
  }

  private long flags() {
    if (memory != null) return 0;
    return with(address -> Memory.getLong(address + Layout.FLAGS_OFFSET));
  }

  private Layout layout() {
    handle.acquire();
    try {
      return known();
    } finally {
      handle.release();
    }
  }

  /** The layout, for those who have acquired the handle. */
  Layout known() {
    Layout known = layout;
    if (known == null) layout = known = Layout.read(descriptor);
    return known;
  }

  /** How long an array of all elements is, which have to be of this type. */
  private int count(DType dtype) {
    Layout layout = layout();
    layout.require(dtype);
    return Layout.arrayLength(layout.size);
  }

  /** Reads at the address of the elements, or of a row-major copy of them on the host. */
  private void rows(LongConsumer read) {
    handle.acquire();
    try {
      Layout layout = known();
      if (layout.size == 0) return;
      if (layout.onHost() && layout.rowMajor) {
        read.accept(layout.address);
      } else {
        try (Tensor copy = copy("cpu")) {
          copy.rows(read);
        }
      }
    } finally {
      handle.release();
    }
  }

  /** Acquires all of them or, when one is closed or null, none. */
  static void acquire(Tensor[] tensors) {
    int n = 0;
    try {
      for (; n < tensors.length; ++n) tensors[n].handle.acquire();
    } catch (RuntimeException e) {
      while (n-- > 0) tensors[n].handle.release();
      throw e;
    }
  }

  static void release(Tensor[] tensors) {
    for (Tensor tensor : tensors) tensor.handle.release();
  }
}
