package org.tsrt;

import java.util.AbstractList;
import java.util.List;

/** A tuple, plain or named. It cannot be changed. */
public final class Tuple extends AbstractList<Object> {
  private final Object[] items;
  private final List<String> fieldNames;

  private Tuple(Object[] items, List<String> fieldNames) {
    this.items = items;
    this.fieldNames = fieldNames;
  }

  public static Tuple of(Object... items) {
    return new Tuple(items.clone(), List.of());
  }

  static Tuple named(Object[] items, List<String> fieldNames) {
    return new Tuple(items, fieldNames);
  }

  /** Those of a named tuple; none of a plain one. */
  public List<String> fieldNames() {
    return fieldNames;
  }

  /** The field of a named tuple. */
  public Object get(String fieldName) {
    int index = fieldNames.indexOf(fieldName);
    if (index < 0) {
      throw new IllegalArgumentException("no field '" + fieldName + "' among " + fieldNames);
    }
    return items[index];
  }

  @Override
  public Object get(int index) {
    return items[index];
  }

  @Override
  public int size() {
    return items.length;
  }
}
