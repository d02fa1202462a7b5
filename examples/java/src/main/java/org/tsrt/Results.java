package org.tsrt;

import static org.tsrt.Memory.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Java values made of tsrt_values. */
final class Results {
  /** TSRT_KIND_*, in their order. */
  private enum Kind {
    NONE, BOOL, INT, FLOAT, COMPLEX, STRING, TENSOR, LIST, TUPLE, DICT, DEVICE, OBJECT, OTHER, ENUM;

    private static final Kind[] ALL = values();

    static Kind of(long value) {
      int kind = Libtsrt.tsrt_value_kind(value);
      return kind >= 0 && kind < ALL.length ? ALL[kind] : OTHER;
    }
  }

  private Results() {}

  /** Takes over a tsrt_value. */
  static Object take(long value, Scratch scratch) {
    Kind kind = Kind.of(value);
    // These two own the value from here on.
    if (kind == Kind.OBJECT) return new ScriptObject(value);
    if (kind == Kind.OTHER) return new OpaqueValue(value);
    try {
      return read(value, kind, scratch);
    } finally {
      Libtsrt.tsrt_value_free(value);
    }
  }

  private static Object read(long value, Kind kind, Scratch scratch) {
    long out = scratch.out();
    switch (kind) {
      case NONE:
        return null;
      case BOOL:
        check(Libtsrt.tsrt_value_get_bool(value, out));
        return scratch.getByte() != 0;
      case INT:
        check(Libtsrt.tsrt_value_get_int(value, out));
        return scratch.first();
      case FLOAT:
        check(Libtsrt.tsrt_value_get_float(value, out));
        return scratch.getDouble(0);
      case COMPLEX:
        check(Libtsrt.tsrt_value_get_complex(value, out, scratch.out(1)));
        return new Complex(scratch.getDouble(0), scratch.getDouble(1));
      case STRING:
        return string(value, scratch);
      case TENSOR:
        check(Libtsrt.tsrt_value_get_tensor(value, out));
        return new Tensor(scratch.first());
      case LIST:
        return new ArrayList<>(Arrays.asList(items(value, scratch)));
      case TUPLE:
        return tuple(value, scratch);
      case DICT:
        return dict(value, scratch);
      case DEVICE:
        return new Device(string(value, scratch));
      case ENUM:
        return enumMember(value, scratch);
      default:
        throw new AssertionError(kind);
    }
  }

  static String type(long value, Scratch scratch) {
    check(Libtsrt.tsrt_value_type(value, scratch.out()));
    return Text.fromC(scratch.first());
  }

  static Object attribute(long value, String name, Scratch scratch) {
    check(Libtsrt.tsrt_value_attribute(value, Text.toC(name), scratch.out()));
    return take(scratch.first(), scratch);
  }

  private static String string(long value, Scratch scratch) {
    check(Libtsrt.tsrt_value_get_string(value, scratch.out(0), scratch.out(1)));
    return Text.decode(scratch.get(0), scratch.get(1));
  }

  private static int size(long value, Scratch scratch) {
    check(Libtsrt.tsrt_value_size(value, scratch.out()));
    return Math.toIntExact(scratch.first());
  }

  private static Object[] items(long value, Scratch scratch) {
    Object[] items = new Object[size(value, scratch)];
    for (int i = 0; i < items.length; ++i) {
      check(Libtsrt.tsrt_value_item(value, i, scratch.out()));
      items[i] = take(scratch.first(), scratch);
    }
    return items;
  }

  private static Tuple tuple(long value, Scratch scratch) {
    Object[] items = items(value, scratch);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < items.length; ++i) {
      check(Libtsrt.tsrt_value_field(value, i, scratch.out()));
      if (scratch.first() == 0) return Tuple.named(items, List.of());
      names.add(Text.fromC(scratch.first()));
    }
    return Tuple.named(items, List.copyOf(names));
  }

  private static Map<Object, Object> dict(long value, Scratch scratch) {
    int size = size(value, scratch);
    Map<Object, Object> dict = new LinkedHashMap<>();
    for (int i = 0; i < size; ++i) {
      check(Libtsrt.tsrt_value_entry(value, i, scratch.out(0), scratch.out(1)));
      long key = scratch.get(0);
      long item = scratch.get(1);
      dict.put(take(key, scratch), take(item, scratch));
    }
    return dict;
  }

  private static EnumMember enumMember(long value, Scratch scratch) {
    String name = (String) attribute(value, "name", scratch);
    return new EnumMember(type(value, scratch), name, attribute(value, "value", scratch));
  }

  /** Closes every tensor and object in a result, however deep. */
  static void close(Object result) {
    if (result instanceof NativeObject object) object.close();
    if (result instanceof List<?> list) list.forEach(Results::close);
    if (result instanceof Map<?, ?> map) {
      map.keySet().forEach(Results::close);
      map.values().forEach(Results::close);
    }
  }
}
