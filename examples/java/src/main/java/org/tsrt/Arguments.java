package org.tsrt;

import static org.tsrt.Memory.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The tsrt_values made of Java's for one call, and the handles that they use. */
final class Arguments implements AutoCloseable {
  private final Scratch scratch = Scratch.get();
  private final List<Long> made = new ArrayList<>();
  private final List<Handle> used = new ArrayList<>();

  /** tsrt_model_run or tsrt_value_call. */
  interface Method {
    long call(long handle, byte[] method, long args, long kwargs, long result);
  }

  static Object call(
      Handle handle, Method function, String method, Map<String, ?> kwargs, Object[] args) {
    // A null alone is taken by Java for the array; who writes run("m", null) means one argument.
    Object[] all = args != null ? args : new Object[] {null};
    long address = handle.acquire();
    try (Arguments values = new Arguments()) {
      long tuple = all.length == 0 ? 0 : values.make(Tuple.of(all));
      long dict = kwargs.isEmpty() ? 0 : values.make(kwargs);
      long out = values.scratch.out();
      check(function.call(address, Text.toC(method), tuple, dict, out));
      return Results.take(values.scratch.first(), values.scratch);
    } finally {
      handle.release();
    }
  }

  /** A tsrt_value for this; borrowed from these arguments. */
  long make(Object x) {
    if (x instanceof Tensor tensor) return tensor(tensor);
    if (x instanceof Quantized quantized) return quantized(quantized);
    if (x instanceof OpaqueValue value) return use(value.handle);
    if (x instanceof Tuple tuple) {
      long[] items = items(tuple);
      return made(Libtsrt.tsrt_value_new_tuple(items, items.length, scratch.out()));
    }
    if (x instanceof List<?> list) {
      long[] items = items(list);
      return made(Libtsrt.tsrt_value_new_list(items, items.length, scratch.out()));
    }
    if (x instanceof Map<?, ?> map) return dict(map);
    return plain(x);
  }

  private long dict(Map<?, ?> map) {
    List<Object> keys = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    map.forEach((key, value) -> {
      keys.add(key);
      values.add(value);
    });
    return made(Libtsrt.tsrt_value_new_dict(
        items(keys), items(values), keys.size(), scratch.out()));
  }

  private long plain(Object x) {
    long out = scratch.out();
    if (x == null) return made(Libtsrt.tsrt_value_new_none(out));
    if (x instanceof Boolean b) return made(Libtsrt.tsrt_value_new_bool((byte) (b ? 1 : 0), out));
    if (x instanceof Long || x instanceof Integer || x instanceof Short || x instanceof Byte) {
      return made(Libtsrt.tsrt_value_new_int(((Number) x).longValue(), out));
    }
    if (x instanceof Double || x instanceof Float) {
      return made(Libtsrt.tsrt_value_new_float(((Number) x).doubleValue(), out));
    }
    if (x instanceof Complex z) {
      return made(Libtsrt.tsrt_value_new_complex(z.real(), z.imaginary(), out));
    }
    if (x instanceof CharSequence text) return string(text.toString());
    if (x instanceof Device device) return string(device.name());
    if (x instanceof EnumMember member) return string(member.name());
    if (x instanceof DType dtype) return made(Libtsrt.tsrt_value_new_dtype(dtype.word(), out));
    throw new IllegalArgumentException("a method cannot take a " + x.getClass().getTypeName()
        + (x.getClass().isArray() ? ": Tensor.of makes a tensor of an array, List.of a list" : ""));
  }

  private long string(String text) {
    byte[] bytes = Text.encode(text);
    return made(Libtsrt.tsrt_value_new_string(bytes, bytes.length, scratch.out()));
  }

  private long tensor(Tensor tensor) {
    if (tensor.isQuantized()) {
      try (Quantized parts = tensor.quantization()) {
        return quantized(parts);
      }
    }
    use(tensor.handle);
    return made(Libtsrt.tsrt_value_new_tensor(tensor.descriptor, scratch.out()));
  }

  private long quantized(Quantized q) {
    use(q.integers().handle);
    use(q.scales().handle);
    use(q.zeroPoints().handle);
    return made(Libtsrt.tsrt_value_new_quantized(q.integers().descriptor, q.scales().descriptor,
        q.zeroPoints().descriptor, q.axis(), scratch.out()));
  }

  private long[] items(List<?> list) {
    Object[] items = list.toArray(); // which another thread cannot change meanwhile
    long[] values = new long[items.length];
    for (int i = 0; i < items.length; ++i) values[i] = make(items[i]);
    return values;
  }

  private long made(long error) {
    check(error);
    long value = scratch.first();
    made.add(value);
    return value;
  }

  private long use(Handle handle) {
    long address = handle.acquire();
    used.add(handle);
    return address;
  }

  @Override
  public void close() {
    made.forEach(Libtsrt::tsrt_value_free);
    used.forEach(Handle::release);
  }
}
