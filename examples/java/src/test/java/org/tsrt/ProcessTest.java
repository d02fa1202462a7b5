package org.tsrt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tsrt.Fixtures.assertFails;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.tsrt.TsrtException.Code;

class ProcessTest {
  @Test
  void filesAreInspected() throws Exception {
    byte[] file = Files.readAllBytes(Path.of(Fixtures.KINDS));
    assertTrue(ModelFile.inspect(Fixtures.KINDS).contains("\"torchscript\""));
    assertTrue(ModelFile.inspect(ByteBuffer.wrap(file)).contains("\"torchscript\""));
    assertTrue(ModelFile.inspect(ByteBuffer.wrap(file, 0, 2)).contains("\"kind\""));
    ModelFile.verify(Fixtures.KINDS);
    ModelFile.verify(ByteBuffer.wrap(file));
    assertFails(Code.NOT_A_MODEL, () -> ModelFile.verify(ByteBuffer.wrap(file, 0, 1000)));
    assertFails(Code.NOT_FOUND, () -> ModelFile.inspect("absent.pt"));
    byte[] labels = "Bär\nEule\n".getBytes(StandardCharsets.UTF_8);
    assertArrayEquals(labels, ModelFile.extraFile(Fixtures.KINDS, "labels.txt"));
    assertArrayEquals(labels, ModelFile.extraFile(ByteBuffer.wrap(file), "labels.txt"));
  }

  @Test
  void theProcessIsDescribed() {
    assertTrue(Tsrt.version().matches("\\d+\\.\\d+\\.\\d+.*"), Tsrt.version());
    assertTrue(Tsrt.torchVersion().matches("\\d+\\.\\d+.*"), Tsrt.torchVersion());
    assertTrue(Tsrt.devices().contains("\"cpu\""), Tsrt.devices());
    assertTrue(Tsrt.memory().contains("\"handles\""), Tsrt.memory());
    assertTrue(Tsrt.trustedOperators().contains("aten::add"));
    assertTrue(Tsrt.quantizedEngine().contains("\"supported\""));
    assertFails(Code.INVALID_ARGUMENT, () -> Tsrt.setQuantizedEngine("steam"));
    assertFails(Code.NOT_FOUND, () -> Tsrt.loadLibrary("absent.so"));
    Tsrt.trimMemory();
  }

  @Test
  void seedsMakeRandomNumbersRepeat() {
    try (Model model = Model.load(Fixtures.KINDS)) {
      List<float[]> drawn = new ArrayList<>();
      for (int i = 0; i < 2; ++i) {
        Tsrt.manualSeed(7);
        try (Tensor x = (Tensor) model.run("random")) {
          drawn.add(x.toFloatArray());
        }
      }
      assertArrayEquals(drawn.get(0), drawn.get(1));
    }
  }

  @Test
  void closingFreesEverything() throws Exception {
    collect();
    try (Model model = Model.load(Fixtures.KINDS)) {
      Object result = model.run("echo", List.of(Tuple.of(Tensor.of(new float[3]), "text")));
      ScriptObject tally = (ScriptObject) model.run("tally", 1);
      assertFails(Code.INVALID_ARGUMENT, () -> model.run("tick", result));
      assertTrue(Tsrt.liveHandles() > 0);
      Tsrt.close(result);
      tally.close();
    }
    assertEquals(0, Tsrt.liveHandles());
  }

  @Test
  void whatIsForgottenIsFreedByTheCleaner() throws Exception {
    collect();
    forget();
    assertTrue(Tsrt.liveHandles() > 0);
    collect();
    assertEquals(0, Tsrt.liveHandles());
  }

  /** Has the cleaner free what tests have forgotten. */
  private static void collect() throws InterruptedException {
    for (int i = 0; i < 1000 && Tsrt.liveHandles() > 0; ++i) {
      System.gc();
      Thread.sleep(5);
    }
  }

  private static void forget() {
    Model model = Model.load(Fixtures.KINDS);
    for (int i = 0; i < 100; ++i) {
      assertFalse(((Tensor) model.run("random")).buffer().isReadOnly());
      model.run("tally", i);
    }
  }

  @Test
  void threadsShareAModel() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Model model = Model.load(Fixtures.IDENTITY)) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 8; ++i) {
        float number = i;
        calls.add(threads.submit(() -> {
          for (int k = 0; k < 500; ++k) {
            // Not closed: the cleaner frees them while others run.
            Tensor y = model.forward(Tensor.of(new float[] {number, k}));
            assertArrayEquals(new float[] {number, k}, y.toFloatArray());
            if (k % 100 == 0) System.gc();
          }
        }));
      }
      for (Future<?> call : calls) call.get();
    } finally {
      threads.shutdown();
    }
  }
}
