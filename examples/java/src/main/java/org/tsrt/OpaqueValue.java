package org.tsrt;

import static org.tsrt.Memory.check;

/** A value that has no form in Java: it can be held and given back to methods. */
public sealed class OpaqueValue extends NativeObject permits ScriptObject {
  /** Takes over a tsrt_value. */
  OpaqueValue(long value) {
    super("value", value, Libtsrt::tsrt_value_free);
  }

  /** In TorchScript's notation, such as "__torch__.Decoder". */
  public final String type() {
    Scratch scratch = Scratch.get();
    long value = handle.acquire();
    try {
      return Results.type(value, scratch);
    } finally {
      handle.release();
    }
  }

  /** {"type": ..., "methods": [names], "attributes": [names]}. */
  public final String describe() {
    Scratch scratch = Scratch.get();
    long value = handle.acquire();
    try {
      check(Libtsrt.tsrt_value_describe(value, scratch.out()));
    } finally {
      handle.release();
    }
    return Text.take(scratch);
  }
}
