/**
 * Runs serialized PyTorch models on memory that Java has.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
 * try (Model model = Model.load("model.pt"); Tensor y = model.forward(x)) {
 *   System.out.println(y.getFloat(0));
 * }
 * }</pre>
 *
 * <p>What tsrt refuses, or a model raises, is a {@link org.tsrt.TsrtException}; a wrong argument
 * that Java can see itself is an IllegalArgumentException, and the use of something closed an
 * IllegalStateException. All classes may be used from any thread. What was opened or returned is
 * freed by close(); where that was forgotten, the garbage collector does it later.
 */
package org.tsrt;
