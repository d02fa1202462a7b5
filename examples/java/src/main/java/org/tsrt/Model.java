package org.tsrt;

import static org.tsrt.Memory.check;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/**
 * A model, for any number of threads at once. Methods that only read it run side by side; what
 * changes its state waits for its turn. A {@link #copy} has state of its own.
 *
 * <p>A model file is a program: load only files that you trust, or with "trust=restricted".
 */
public final class Model extends NativeObject {
  private Model(long address) {
    super("model", address, Libtsrt::tsrt_model_free);
  }

  public static Model load(String path) {
    return load(path, null);
  }

  public static Model load(Path path) {
    return load(path.toString(), null);
  }

  /**
   * Loads what torch.jit.save wrote.
   *
   * @param options "key=value,key=value" with keys such as device, threads, timeout, trust: all of
   *     them stand in tsrt.h; may be null
   */
  public static Model load(String path, String options) {
    Scratch scratch = Scratch.get();
    check(Libtsrt.tsrt_model_load(Text.toC(path), Text.toC(options), scratch.out()));
    return new Model(scratch.first());
  }

  /** Loads the bytes of a file, from position to limit; copied if the buffer is not direct. */
  public static Model load(ByteBuffer file, String options) {
    Scratch scratch = Scratch.get();
    Memory.with(file, (address, size) ->
        Libtsrt.tsrt_model_load_buffer(address, size, Text.toC(options), scratch.out()));
    return new Model(scratch.first());
  }

  /** A second model with the same weights in the same memory, and state of its own. */
  public Model copy() {
    Scratch scratch = Scratch.get();
    call(model -> Libtsrt.tsrt_model_clone(model, scratch.out()));
    return new Model(scratch.first());
  }

  /** Another handle to this model and its state, with a timeout and threads of its own. */
  public Model share(String options) {
    Scratch scratch = Scratch.get();
    call(model -> Libtsrt.tsrt_model_share(model, Text.toC(options), scratch.out()));
    return new Model(scratch.first());
  }

  /** Stops the calls that run now, of all threads: they throw, with the code CANCELLED. */
  public void cancel() {
    call(Libtsrt::tsrt_model_cancel);
  }

  /** Moves the model to a device: "cpu", "cuda", "cuda:1". */
  public void to(String device) {
    call(model -> Libtsrt.tsrt_model_to(model, Text.toC(device)));
  }

  /** Puts it into training mode, or into evaluation mode. */
  public void train(boolean training) {
    call(model -> Libtsrt.tsrt_model_train(model, (byte) (training ? 1 : 0)));
  }

  /** Back to the state that it was loaded with. */
  public void reset() {
    call(Libtsrt::tsrt_model_reset);
  }

  /** An attribute, parameter or buffer, such as "count" or "encoder.weight". */
  public Object getAttribute(String name) {
    Scratch scratch = Scratch.get();
    call(model -> Libtsrt.tsrt_model_get_attribute(model, Text.toC(name), scratch.out()));
    return Results.take(scratch.first(), scratch);
  }

  /** Replaces an attribute with a copy of the value. */
  public void setAttribute(String name, Object value) {
    try (Arguments values = new Arguments()) {
      long address = values.make(value);
      call(model -> Libtsrt.tsrt_model_set_attribute(model, Text.toC(name), address));
    }
  }

  /** Runs forward, whose result is a single tensor; for others there is {@link #forwardAll}. */
  public Tensor forward(Tensor... inputs) {
    Scratch scratch = Scratch.get();
    if (forward(inputs, scratch, 1) != 1) {
      throw new IllegalStateException("forward returns no tensors");
    }
    return new Tensor(scratch.first());
  }

  /** Runs forward, whose result is a tensor, or a tuple or list of up to 256. */
  public TensorList forwardAll(Tensor... inputs) {
    Scratch scratch = Scratch.get();
    Tensor[] outputs = new Tensor[forward(inputs, scratch, Scratch.CAPACITY)];
    for (int i = 0; i < outputs.length; ++i) outputs[i] = new Tensor(scratch.get(i));
    return new TensorList(outputs);
  }

  private int forward(Tensor[] inputs, Scratch scratch, int capacity) {
    call(inputs, (model, tensors) -> Libtsrt.tsrt_model_forward(model, tensors, inputs.length,
        scratch.out(), capacity, scratch.out(Scratch.CAPACITY)));
    return (int) scratch.get(Scratch.CAPACITY);
  }

  /** Runs forward and has its one result written into a tensor over memory of the caller's own. */
  public void forwardInto(Tensor output, Tensor... inputs) {
    forwardInto(List.of(output), inputs);
  }

  /** The same for several results. Shapes and types have to be those of the results. */
  public void forwardInto(List<Tensor> outputs, Tensor... inputs) {
    List<Tensor> all = new ArrayList<>(List.of(inputs));
    for (Tensor output : outputs) {
      if (output.isReadOnly()) {
        throw new IllegalArgumentException("the memory of an output is read-only");
      }
      all.add(output);
    }
    call(all.toArray(new Tensor[0]), (model, tensors) -> Libtsrt.tsrt_model_forward_into(model,
        tensors, inputs.length, tensors + (long) inputs.length * Layout.DESCRIPTOR_BYTES,
        outputs.size()));
  }

  /**
   * Runs any method, or that of a submodule by its path.
   *
   * <p>Arguments: null, Boolean, whole numbers (int), Float and Double (float), {@link Complex},
   * strings, {@link Tensor}, {@link Quantized}, {@link List}, {@link Tuple}, {@link Map} (in its
   * order), {@link Device}, {@link DType}, {@link EnumMember}, {@link OpaqueValue}.
   *
   * <p>The result is null, Boolean, Long, Double, or one of the others; {@link Tsrt#close} closes
   * all that there is to close in it.
   */
  public Object run(String method, Object... args) {
    return runWithKwargs(method, Map.of(), args);
  }

  /** The same with named arguments. */
  public Object runWithKwargs(String method, Map<String, ?> kwargs, Object... args) {
    return Arguments.call(handle, Libtsrt::tsrt_model_run, method, kwargs, args);
  }

  /** Everything there is to know of the model, as one JSON object, which tsrt.h explains. */
  public String describe() {
    Scratch scratch = Scratch.get();
    call(model -> Libtsrt.tsrt_model_describe(model, scratch.out()));
    return Text.take(scratch);
  }

  /** One of the files that were saved with the model. */
  public byte[] extraFile(String name) {
    Scratch scratch = Scratch.get();
    call(model -> Libtsrt.tsrt_model_extra_file(
        model, Text.toC(name), scratch.out(0), scratch.out(1)));
    return Memory.take(scratch);
  }

  private void call(LongUnaryOperator function) {
    long model = handle.acquire();
    try {
      check(function.applyAsLong(model));
    } finally {
      handle.release();
    }
  }

  private interface OnTensors {
    long call(long model, long tensors);
  }

  /** With the tsrt_tensors of these tensors, one after the other. */
  private void call(Tensor[] tensors, OnTensors function) {
    long model = handle.acquire();
    try {
      Tensor.acquire(tensors);
      try {
        check(function.call(model, Scratch.get().descriptors(tensors)));
      } finally {
        Tensor.release(tensors);
      }
    } finally {
      handle.release();
    }
  }
}
