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
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.tsrt.TsrtException.Code;

class ModelTest {
  private static final float[] ROWS = {0, 1, 2, 3, 4, 5};
  private static final float[] ANSWER = {3.125f, -1.75f, 7.625f, 0.5f};

  @Test
  void loadsFilesAndBytes() throws Exception {
    byte[] file = Files.readAllBytes(Path.of(Fixtures.TOUR));
    ByteBuffer direct = direct(file.length).put(file).flip();
    try (Model one = Model.load(Path.of(Fixtures.TOUR));
        Model two = Model.load(ByteBuffer.wrap(file), null);
        Model three = Model.load(direct, "threads=1")) {
      for (Model model : List.of(one, two, three)) {
        try (Tensor y = model.forward(Tensor.of(ROWS, 2, 3))) {
          assertArrayEquals(ANSWER, y.toFloatArray());
        }
      }
      assertEquals(0, direct.position());
    }
  }

  @Test
  void failuresSayWhatIsWrong() {
    TsrtException absent = assertFails(Code.NOT_FOUND, () -> Model.load("größe.pt"));
    assertTrue(absent.getMessage().contains("'größe.pt'"), absent.getMessage());
    assertEquals(2, absent.code().number());
    assertFails(Code.NOT_A_MODEL, () -> Model.load("src/test/resources/export.py"));
    assertFails(Code.INVALID_ARGUMENT, () -> Model.load(Fixtures.TOUR, "speed=high"));
    assertThrows(IllegalArgumentException.class, () -> Model.load("a\0b"));
    assertThrows(IllegalArgumentException.class, () -> Model.load("\ud800"));
    assertThrows(NullPointerException.class, () -> Model.load((Path) null));
    assertFails(Code.INVALID_ARGUMENT, () -> Model.load((String) null));
    assertEquals(Code.INTERNAL, Code.of(99));
  }

  @Test
  void anErrorInsideTheModelHasItsTraceback() {
    try (Model model = Model.load(Fixtures.TOUR)) {
      TsrtException error =
          assertFails(Code.MODEL_ERROR, () -> model.run("average", Tensor.of(new float[0])));
      assertTrue(error.detail().contains("there is nothing to average"), error.detail());
      assertEquals(2.0, model.run("average", Tensor.of(new float[] {2})));
    }
  }

  @Test
  void forwardTakesAndReturnsSeveral() {
    try (Model model = Model.load(Fixtures.KINDS);
        Tensor x = Tensor.of(ROWS, 2, 3);
        Tensor y = Tensor.of(new float[] {1, 1, 1, 1, 1, 1}, 2, 3);
        TensorList outputs = model.forwardAll(x, y)) {
      assertEquals(2, outputs.size());
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, outputs.get(0).toFloatArray());
      assertArrayEquals(new long[] {3, 2}, outputs.get(1).shape());
      assertArrayEquals(new float[] {-1, 2, 0, 3, 1, 4}, outputs.get(1).toFloatArray());
      assertFails(Code.INVALID_ARGUMENT, () -> model.forward(x, y));
      assertFails(Code.INVALID_ARGUMENT, () -> model.forward(x));

      FloatBuffer sum = floats(new float[6]);
      FloatBuffer difference = floats(new float[6]);
      model.forwardInto(List.of(Tensor.of(sum, 2, 3), Tensor.of(difference, 3, 2)), x, y);
      assertEquals(floats(1, 2, 3, 4, 5, 6), sum);
      assertEquals(floats(-1, 2, 0, 3, 1, 4), difference);
    }
  }

  @Test
  void anOutputCanBeTheNextInput() {
    try (Model model = Model.load(Fixtures.IDENTITY);
        Tensor y = model.forward(Tensor.of(ROWS, 3, 2));
        Tensor z = model.forward(y)) {
      assertArrayEquals(ROWS, z.toFloatArray());
    }
  }

  @Test
  void forwardIntoChecksWhereItWrites() {
    try (Model model = Model.load(Fixtures.IDENTITY)) {
      Tensor x = Tensor.of(ROWS);
      FloatBuffer into = floats(new float[6]);
      assertThrows(IllegalArgumentException.class,
          () -> model.forwardInto(Tensor.of(into.asReadOnlyBuffer()), x));
      assertFails(Code.INVALID_ARGUMENT, () -> model.forwardInto(Tensor.of(into, 2, 3), x));
      model.forwardInto(Tensor.of(into), x);
      assertEquals(floats(ROWS), into);
    }
  }

  @Test
  void whatIsClosedSaysSo() {
    Model model = Model.load(Fixtures.IDENTITY);
    Tensor x = Tensor.of(ROWS);
    Tensor y = model.forward(x);
    y.close();
    y.close();
    assertThrows(IllegalStateException.class, () -> model.forward(y));
    assertThrows(IllegalStateException.class, () -> model.forward(x, y));
    assertThrows(IllegalStateException.class, () -> y.getFloat(0));
    assertThrows(IllegalStateException.class, y::shape);
    assertThrows(IllegalStateException.class, y::buffer);
    assertThrows(IllegalStateException.class, () -> model.run("forward", y));
    model.close();
    model.close();
    assertThrows(IllegalStateException.class, () -> model.forward(x));
    assertThrows(IllegalStateException.class, () -> model.run("forward", x));
    assertThrows(IllegalStateException.class, model::describe);
  }

  @Test
  void copiesHaveStateOfTheirOwnAndSharedOnesNot() {
    try (Model model = Model.load(Fixtures.KINDS);
        Model shared = model.share("timeout=100")) {
      assertEquals(1L, model.run("tick"));
      try (Model copy = model.copy()) {
        assertEquals(2L, copy.run("tick"));
        assertEquals(3L, copy.run("tick"));
      }
      assertEquals(2L, shared.run("tick"));
      assertEquals(3L, model.run("tick"));
      model.reset();
      assertEquals(1L, model.run("tick"));
    }
  }

  @Test
  void attributesAreReadAndReplaced() {
    try (Model model = Model.load(Fixtures.KINDS)) {
      model.setAttribute("count", 40);
      assertEquals(41L, model.run("tick"));
      assertEquals(41L, model.getAttribute("count"));
      try (Tensor weight = (Tensor) model.getAttribute("weight")) {
        assertTrue(weight.isReadOnly());
        assertTrue(weight.buffer().isReadOnly());
        assertArrayEquals(new float[] {1, 2}, weight.toFloatArray());
      }
      model.setAttribute("weight", Tensor.of(new float[] {5, 6}));
      try (Tensor weight = (Tensor) model.getAttribute("weight")) {
        assertEquals(6, weight.getFloat(1));
      }
      assertFails(Code.NOT_FOUND, () -> model.getAttribute("height"));
      assertFails(Code.INVALID_ARGUMENT, () -> model.setAttribute("count", "many"));
    }
  }

  @Test
  void modesAndDevices() {
    try (Model model = Model.load(Fixtures.KINDS)) {
      Tensor x = Tensor.of(new float[] {7});
      model.train(true);
      try (Tensor y = (Tensor) model.run("dropped", x)) {
        assertEquals(0, y.getFloat(0));
      }
      model.train(false);
      model.to("cpu");
      try (Tensor y = (Tensor) model.run("dropped", x)) {
        assertEquals(7, y.getFloat(0));
      }
      assertFails(Code.DEVICE, () -> model.to("cuda:99"));
    }
  }

  @Test
  void callsAreStopped() throws Exception {
    try (Model model = Model.load(Fixtures.KINDS);
        Model hasty = model.share("timeout=0.05")) {
      Tensor x = Tensor.of(new float[] {1});
      assertFails(Code.TIMEOUT, () -> hasty.run("endless", x));
      CompletableFuture<Object> call =
          CompletableFuture.supplyAsync(() -> model.run("endless", x));
      while (!call.isDone()) {
        model.cancel(); // which only stops a call that has begun
        Thread.sleep(5);
      }
      ExecutionException stopped = assertThrows(ExecutionException.class, call::get);
      assertEquals(Code.CANCELLED, ((TsrtException) stopped.getCause()).code());
      assertEquals(1L, model.run("tick"));
    }
  }

  @Test
  void aModelIsClosedWhileItRuns() {
    Model model = Model.load(Fixtures.KINDS, "timeout=0.3");
    CompletableFuture<Object> call =
        CompletableFuture.supplyAsync(() -> model.run("endless", Tensor.of(new float[] {1})));
    model.close();
    // It had begun, or it had not: either is an answer.
    ExecutionException end = assertThrows(ExecutionException.class, call::get);
    assertFalse(end.getCause() instanceof Error, end.toString());
  }

  @Test
  void describesItself() {
    try (Model model = Model.load(Fixtures.KINDS)) {
      assertTrue(model.describe().contains("\"torchscript\""), model.describe());
      byte[] labels = model.extraFile("labels.txt");
      assertEquals("Bär\nEule\n", new String(labels, StandardCharsets.UTF_8));
      assertFails(Code.NOT_FOUND, () -> model.extraFile("absent.txt"));
    }
  }

  @Test
  void namedArguments() {
    try (Model model = Model.load(Fixtures.KINDS)) {
      assertEquals(List.of(1.0, 2.0, 3.0), model.run("order", 1));
      assertEquals(List.of(1.0, 5.0, 4.0), model.runWithKwargs("order", Map.of("c", 4, "b", 5), 1));
      assertFails(Code.INVALID_ARGUMENT, () -> model.runWithKwargs("order", Map.of("d", 4), 1));
      assertFails(Code.NOT_FOUND, () -> model.run("absent"));
    }
  }
}
