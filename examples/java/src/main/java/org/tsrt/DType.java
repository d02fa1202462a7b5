package org.tsrt;

/** The types that elements of tensors can have. */
public enum DType {
  BOOL(6, 8),
  UINT8(1, 8),
  UINT16(1, 16),
  UINT32(1, 32),
  UINT64(1, 64),
  INT8(0, 8),
  INT16(0, 16),
  INT32(0, 32),
  INT64(0, 64),
  FLOAT16(2, 16),
  FLOAT32(2, 32),
  FLOAT64(2, 64),
  BFLOAT16(4, 16),
  FLOAT8_E4M3FN(10, 8),
  FLOAT8_E4M3FNUZ(11, 8),
  FLOAT8_E5M2(12, 8),
  FLOAT8_E5M2FNUZ(13, 8),
  FLOAT8_E8M0FNU(14, 8),
  COMPLEX32(5, 32),
  COMPLEX64(5, 64),
  COMPLEX128(5, 128);

  private static final DType[] ALL = values();

  private final int code;
  private final int bits;

  DType(int code, int bits) {
    this.code = code;
    this.bits = bits;
  }

  /** Of one element. */
  public int bytes() {
    return bits / 8;
  }

  /** A tsrt_dtype as an int: code and bits, a byte each, and two bytes of lanes, which are 1. */
  int word() {
    return code | bits << 8 | 1 << 16;
  }

  static DType of(int word) {
    if (word == FLOAT32.word()) return FLOAT32;
    for (DType dtype : ALL) {
      if (dtype.word() == word) return dtype;
    }
    throw new IllegalStateException("elements of an unknown type: " + Integer.toHexString(word));
  }
}
