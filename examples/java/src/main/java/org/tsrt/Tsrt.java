package org.tsrt;

import static org.tsrt.Memory.check;

import java.util.function.LongUnaryOperator;

/** What holds for the whole process. Functions that return JSON are explained in tsrt.h. */
public final class Tsrt {
  private Tsrt() {}

  /** Of the loaded libtsrt, such as "0.1.0". */
  public static String version() {
    return Text.fromC(Libtsrt.tsrt_version());
  }

  /** Of the LibTorch that runs the models. */
  public static String torchVersion() {
    return Text.fromC(Libtsrt.tsrt_torch_version());
  }

  /** The devices that LibTorch can use here, as a JSON array such as ["cpu", "cuda:0"]. */
  public static String devices() {
    return text(Libtsrt::tsrt_devices);
  }

  /** Loads a shared library with operators or classes, before the models that need them. */
  public static void loadLibrary(String path) {
    check(Libtsrt.tsrt_load_library(Text.toC(path)));
  }

  /** Seeds LibTorch's random generators, as torch.manual_seed does. */
  public static void manualSeed(long seed) {
    check(Libtsrt.tsrt_manual_seed(seed));
  }

  /** Chooses the engine of quantized operators, such as "x86", before models are loaded. */
  public static void setQuantizedEngine(String name) {
    check(Libtsrt.tsrt_set_quantized_engine(Text.toC(name)));
  }

  /** The engine of now and those there are, as JSON. */
  public static String quantizedEngine() {
    return text(Libtsrt::tsrt_quantized_engine);
  }

  /** What is in memory now, as JSON. */
  public static String memory() {
    return text(Libtsrt::tsrt_memory);
  }

  /** Gives memory that is kept for later use back to the system. */
  public static void trimMemory() {
    check(Libtsrt.tsrt_trim_memory());
  }

  /** The operators that a model may use which is loaded with trust=restricted, as JSON. */
  public static String trustedOperators() {
    return text(Libtsrt::tsrt_trusted_operators);
  }

  /** How many models, tensors, values and other things of tsrt's have not been freed yet. */
  public static long liveHandles() {
    return Libtsrt.tsrt_live_handles();
  }

  /** Closes every tensor and object in the result of a method: also in lists, tuples and maps. */
  public static void close(Object result) {
    Results.close(result);
  }

  private static String text(LongUnaryOperator function) {
    Scratch scratch = Scratch.get();
    check(function.applyAsLong(scratch.out()));
    return Text.take(scratch);
  }
}
