package org.tsrt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tsrt.Fixtures.assertFails;
import static org.tsrt.Fixtures.direct;
import static org.tsrt.Fixtures.floats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tsrt.TsrtException.Code;

class TensorTest {
  private static Model identity;

  @BeforeAll
  static void load() {
    identity = Model.load(Fixtures.IDENTITY);
  }

  @AfterAll
  static void close() {
    identity.close();
  }

  @Test
  void arraysOfEachTypeGoThroughAModel() {
    try (Tensor y = identity.forward(Tensor.of(new double[] {1, 2}))) {
      assertArrayEquals(new double[] {1, 2}, y.toDoubleArray());
      assertEquals(2, y.getDouble(1));
      assertEquals(2, y.doubleBuffer().get(1));
    }
    try (Tensor y = identity.forward(Tensor.of(new long[] {1, Long.MIN_VALUE}))) {
      assertArrayEquals(new long[] {1, Long.MIN_VALUE}, y.toLongArray());
      assertEquals(Long.MIN_VALUE, y.getLong(1));
      assertEquals(1, y.longBuffer().get(0));
    }
    try (Tensor y = identity.forward(Tensor.of(new int[] {1, -2}))) {
      assertArrayEquals(new int[] {1, -2}, y.toIntArray());
      assertEquals(-2, y.getInt(1));
      assertEquals(-2, y.intBuffer().get(1));
    }
    try (Tensor y = identity.forward(Tensor.of(new boolean[] {true, false}))) {
      assertEquals(DType.BOOL, y.dtype());
      assertArrayEquals(new boolean[] {true, false}, y.toBooleanArray());
      assertTrue(y.getBoolean(0));
    }
  }

  @Test
  void everyElementTypeComesBack() {
    for (DType dtype : DType.values()) {
      ByteBuffer bytes = direct(2 * dtype.bytes());
      try (Tensor y = identity.forward(Tensor.of(bytes, dtype))) {
        assertEquals(dtype, y.dtype());
        assertArrayEquals(new long[] {2}, y.shape());
        assertEquals(2 * dtype.bytes(), y.toByteArray().length);
      }
    }
  }

  @Test
  void buffersAreReadInPlaceFromTheirPosition() {
    FloatBuffer data = floats(9, 1, 2, 9);
    data.position(1).limit(3);
    Tensor x = Tensor.of(data);
    data.put(1, 5);
    try (Tensor y = identity.forward(x)) {
      assertArrayEquals(new float[] {5, 2}, y.toFloatArray());
    }
    assertEquals(1, data.position());
    assertEquals(DType.INT16, Tensor.of(direct(4).asShortBuffer()).dtype());
    assertEquals(DType.INT32, Tensor.of(direct(4).asIntBuffer()).dtype());
    assertEquals(DType.INT64, Tensor.of(direct(8).asLongBuffer()).dtype());
    assertEquals(DType.FLOAT64, Tensor.of(direct(8).asDoubleBuffer()).dtype());
  }

  @Test
  void shapes() {
    try (Tensor y = identity.forward(Tensor.of(new float[0], 0, 3))) {
      assertArrayEquals(new long[] {0, 3}, y.shape());
      assertEquals(0, y.size());
      assertEquals(0, y.toFloatArray().length);
      assertEquals(0, y.floatBuffer().remaining());
      assertThrows(IndexOutOfBoundsException.class, () -> y.getFloat(0));
    }
    ByteBuffer seven = direct(4).putFloat(0, 7);
    Tensor scalar = Tensor.strided(seven, DType.FLOAT32, new long[0], new long[0]);
    try (Tensor y = identity.forward(scalar)) {
      assertEquals(0, y.shape().length);
      assertEquals(7, y.getFloat(0));
    }
  }

  @Test
  void whatDoesNotLieRowByRow() {
    ByteBuffer bytes = direct(24);
    for (int i = 0; i < 6; ++i) bytes.putFloat(4 * i, i);
    Tensor columns = Tensor.strided(bytes, DType.FLOAT32, new long[] {3, 2}, new long[] {1, 3});
    float[] expected = {0, 3, 1, 4, 2, 5};
    assertFalse(columns.isRowMajor());
    assertThrows(IllegalStateException.class, columns::buffer);
    for (int i = 0; i < 6; ++i) assertEquals(expected[i], columns.getFloat(i));
    assertArrayEquals(expected, columns.toFloatArray());
    try (Tensor y = identity.forward(columns); Tensor copy = columns.copy("cpu")) {
      assertArrayEquals(expected, y.toFloatArray());
      assertTrue(copy.isRowMajor());
      assertEquals(floats(expected), copy.floatBuffer());
    }
  }

  @Test
  void wrongMemoryIsRefused() {
    float[] two = {1, 2};
    assertThrows(IllegalArgumentException.class, () -> Tensor.of(two, 3));
    assertThrows(IllegalArgumentException.class, () -> Tensor.of(two, -1, -2));
    assertThrows(IllegalArgumentException.class, () -> Tensor.of(two, 1L << 40, 1L << 40));
    assertThrows(IllegalArgumentException.class, () -> Tensor.of(FloatBuffer.wrap(two)));
    assertThrows(IllegalArgumentException.class,
        () -> Tensor.of(ByteBuffer.allocateDirect(8).order(ByteOrder.BIG_ENDIAN), DType.FLOAT32));
    assertThrows(IllegalArgumentException.class, () -> Tensor.of(direct(7), DType.FLOAT32));
    assertThrows(IllegalArgumentException.class,
        () -> Tensor.strided(direct(8), DType.FLOAT32, new long[] {2}, new long[] {2}));
    assertThrows(IllegalArgumentException.class,
        () -> Tensor.strided(direct(8), DType.FLOAT32, new long[] {2}, new long[] {-1}));
    assertThrows(IllegalArgumentException.class,
        () -> Tensor.strided(direct(8), DType.FLOAT32, new long[] {2}, new long[0]));
    assertThrows(IllegalArgumentException.class, () -> Tensor.strided(direct(8), DType.FLOAT32,
        new long[] {2, 1L << 40}, new long[] {1, 1L << 40}));
    ByteBuffer odd = direct(9).position(1);
    assertFails(Code.INVALID_ARGUMENT,
        () -> identity.forward(Tensor.of(odd.slice().order(odd.order()), DType.FLOAT32)));
    assertThrows(NullPointerException.class, () -> identity.forward((Tensor) null));
  }

  @Test
  void theElementTypeHasToBeRight() {
    Tensor x = Tensor.of(new float[] {1});
    assertThrows(IllegalStateException.class, () -> x.getLong(0));
    assertThrows(IllegalStateException.class, x::toDoubleArray);
    assertThrows(IllegalStateException.class, x::intBuffer);
  }

  @Test
  void aBufferKeepsItsTensor() {
    FloatBuffer[] buffers = new FloatBuffer[100];
    for (int i = 0; i < buffers.length; ++i) {
      buffers[i] = identity.forward(Tensor.of(new float[] {i, i + 1})).floatBuffer();
      if (i % 20 == 0) System.gc();
    }
    System.gc();
    for (int i = 0; i < buffers.length; ++i) assertEquals(floats(i, i + 1), buffers[i]);
  }

  @Test
  void sharedMemoryLivesUntilTheLastIsClosed() {
    Tensor y = identity.forward(Tensor.of(new float[] {1, 2}));
    try (Tensor shared = y.share()) {
      y.floatBuffer().put(0, 8);
      y.close();
      assertEquals(8, shared.getFloat(0));
    }
  }

  @Test
  void copiesGoToDevicesThatAreThere() {
    Tensor x = Tensor.of(new float[] {1, 2});
    try (Tensor copy = x.copy("cpu")) {
      assertEquals("cpu", copy.device());
      assertArrayEquals(new float[] {1, 2}, copy.toFloatArray());
    }
    assertFails(Code.DEVICE, () -> x.copy("cuda:99"));
    assertThrows(IllegalArgumentException.class, () -> x.copy("cpu\0"));
    assertThrows(IllegalStateException.class, x::dequantize);
  }
}
