package org.tsrt;

import java.util.AbstractList;

/** Several outputs; close() closes all of them. */
public final class TensorList extends AbstractList<Tensor> implements AutoCloseable {
  private final Tensor[] tensors;

  TensorList(Tensor[] tensors) {
    this.tensors = tensors;
  }

  @Override
  public Tensor get(int index) {
    return tensors[index];
  }

  @Override
  public int size() {
    return tensors.length;
  }

  @Override
  public void close() {
    for (Tensor tensor : tensors) tensor.close();
  }
}
