package org.tsrt;

import java.util.Map;

/** An object of a TorchScript class, or of a C++ class. It outlives the model that made it. */
public final class ScriptObject extends OpaqueValue {
  ScriptObject(long value) {
    super(value);
  }

  /** Calls a method; arguments and result are as of {@link Model#run}. */
  public Object call(String method, Object... args) {
    return callWithKwargs(method, Map.of(), args);
  }

  /** The same with named arguments. */
  public Object callWithKwargs(String method, Map<String, ?> kwargs, Object... args) {
    return Arguments.call(handle, Libtsrt::tsrt_value_call, method, kwargs, args);
  }

  /** A copy of an attribute. */
  public Object attribute(String name) {
    Scratch scratch = Scratch.get();
    long value = handle.acquire();
    try {
      return Results.attribute(value, name, scratch);
    } finally {
      handle.release();
    }
  }
}
