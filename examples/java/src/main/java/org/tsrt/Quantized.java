package org.tsrt;

/**
 * A quantized tensor: its elements are (integer - zero point) * scale. As an argument it is copied.
 *
 * @param integers of int8, uint8 or int32
 * @param scales float64: one, or as many as {@code integers} has along {@code axis}
 * @param zeroPoints int64, likewise
 * @param axis the dimension along which they differ; -1 when there is one of each
 */
public record Quantized(Tensor integers, Tensor scales, Tensor zeroPoints, int axis)
    implements AutoCloseable {
  @Override
  public void close() {
    integers.close();
    scales.close();
    zeroPoints.close();
  }
}
