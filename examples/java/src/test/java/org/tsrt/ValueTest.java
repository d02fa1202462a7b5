package org.tsrt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tsrt.Fixtures.assertFails;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tsrt.TsrtException.Code;

class ValueTest {
  private Model model;

  @BeforeEach
  void load() {
    model = Model.load(Fixtures.KINDS);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void plainValuesComeBackAsTheyWere() {
    assertNull(model.run("echo", (Object) null));
    assertNull(model.run("echo", (Object[]) null));
    for (Object x : List.of(true, false, Long.MIN_VALUE, 0.1, Double.NaN, new Complex(1, -2), "",
        "größe 😀", "a\0b", List.of(), Tuple.of(), Tuple.of(1L, "two", 3.0), List.of(1L, 2L),
        List.of(List.of("a"), List.of("b", "c")), Map.of("a", 1L), Map.of(1L, List.of(true)))) {
      assertEquals(x, model.run("echo", x));
    }
    assertEquals(7L, model.run("echo", 7));
    assertEquals(7L, model.run("echo", (byte) 7));
    assertEquals(0.5, model.run("echo", 0.5f));
    assertEquals(Arrays.asList(1.0, null), model.run("echo", Tuple.of(1.0, null)));
  }

  @Test
  void mapsKeepTheirOrder() {
    Map<String, Long> map = new LinkedHashMap<>();
    for (String key : List.of("z", "a", "m", "b")) map.put(key, (long) key.charAt(0));
    Map<?, ?> echo = (Map<?, ?>) model.run("echo", map);
    assertEquals(new ArrayList<>(map.keySet()), new ArrayList<>(echo.keySet()));
  }

  @Test
  void tensorsInContainers() {
    Map<String, Tensor> row = Map.of("x", Tensor.of(new float[] {1, 2}));
    Object result = model.run("echo", List.of(row, row));
    List<?> list = (List<?>) result;
    Tensor x = (Tensor) ((Map<?, ?>) list.get(1)).get("x");
    assertArrayEquals(new float[] {1, 2}, x.toFloatArray());
    Tsrt.close(result);
    assertThrows(IllegalStateException.class, () -> x.getFloat(0));
  }

  @Test
  void namedTuplesHaveFields() {
    Tuple range = (Tuple) model.run("widen", Tuple.of(1, 2));
    assertEquals(List.of("low", "high"), range.fieldNames());
    assertEquals(0L, range.get("low"));
    assertEquals(2.5, range.get(1));
    assertThrows(IllegalArgumentException.class, () -> range.get("middle"));
    assertEquals(List.of(), ((Tuple) model.run("echo", Tuple.of(1))).fieldNames());
    assertEquals(List.of("low", "high"), ((Tuple) model.run("widen", range)).fieldNames());
  }

  @Test
  void devicesTypesAndEnumMembers() {
    assertEquals(new Device("cpu"), model.run("place", "cpu"));
    assertEquals(new Device("cpu"), model.run("place", new Device("cpu")));
    try (Tensor y = (Tensor) model.run("cast", Tensor.of(new float[] {1.5f}), DType.INT64)) {
      assertArrayEquals(new long[] {1}, y.toLongArray());
    }
    EnumMember green = (EnumMember) model.run("other", "RED");
    assertEquals("GREEN", green.name());
    assertEquals(2L, green.value());
    assertTrue(green.type().endsWith("Color"), green.type());
    assertEquals("RED", ((EnumMember) model.run("other", green)).name());
    assertFails(Code.INVALID_ARGUMENT, () -> model.run("other", "BLUE"));
  }

  @Test
  void objectsOutliveTheirModel() {
    ScriptObject tally = (ScriptObject) model.run("tally", 10);
    assertEquals(13L, model.run("feed", tally, 3));
    model.close();
    try (tally) {
      assertEquals(15L, tally.call("add", 2));
      assertEquals(25L, tally.callWithKwargs("add", Map.of("times", 5), 2));
      assertEquals(25L, tally.attribute("total"));
      assertTrue(tally.type().endsWith("Tally"), tally.type());
      assertTrue(tally.describe().contains("\"add\""), tally.describe());
      assertFails(Code.NOT_FOUND, () -> tally.call("absent"));
      assertFails(Code.NOT_FOUND, () -> tally.attribute("absent"));
    }
    assertThrows(IllegalStateException.class, () -> tally.call("add", 1));
  }

  @Test
  void quantizedTensors() {
    try (Tensor q = (Tensor) model.run("quantize", Tensor.of(new float[] {1, 2.6f, -3}));
        Tensor numbers = q.dequantize();
        Quantized parts = q.quantization();
        Tensor back = (Tensor) model.run("dequantize", q);
        Tensor made = (Tensor) model.run("dequantize", parts)) {
      assertTrue(q.isQuantized());
      assertEquals(DType.UINT8, q.dtype());
      assertArrayEquals(new byte[] {12, 15, 4}, q.toByteArray());
      assertArrayEquals(new float[] {1, 2.5f, -3}, numbers.toFloatArray());
      assertEquals(0.5, parts.scales().getDouble(0));
      assertEquals(10, parts.zeroPoints().getLong(0));
      assertEquals(-1, parts.axis());
      assertArrayEquals(numbers.toFloatArray(), back.toFloatArray());
      assertArrayEquals(numbers.toFloatArray(), made.toFloatArray());
    }
  }

  @Test
  void whatCannotBeAnArgument() {
    IllegalArgumentException array =
        assertThrows(IllegalArgumentException.class, () -> model.run("echo", new float[1]));
    assertTrue(array.getMessage().contains("Tensor.of"), array.getMessage());
    assertThrows(IllegalArgumentException.class, () -> model.run("echo", 'c'));
    assertThrows(IllegalArgumentException.class, () -> model.run("echo", List.of(new Object())));
    assertThrows(IllegalArgumentException.class, () -> model.run("echo", "\ud800"));
    assertFails(Code.INVALID_ARGUMENT, () -> model.run("tick", 1));
    assertEquals("still there", model.run("echo", "still there"));
  }
}
