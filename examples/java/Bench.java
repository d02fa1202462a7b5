import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.tsrt.Model;
import org.tsrt.Tensor;

/** How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks. */
public class Bench {
  private static volatile float seen;

  public static void main(String[] args) {
    if (args.length != 1) {
      System.err.println("usage: Bench identity.pt");
      System.exit(1);
    }
    FloatBuffer ones = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Tensor x = Tensor.of(ones.put(new float[] {1, 1, 1, 1}).flip());
    double[] blocks = new double[15];
    try (Model model = Model.load(args[0])) {
      run(model, x, 20000);
      for (int i = 0; i < blocks.length; ++i) {
        long start = System.nanoTime();
        run(model, x, 10000);
        blocks[i] = (System.nanoTime() - start) / 10000.0;
      }
    }
    Arrays.sort(blocks);
    System.out.printf(Locale.ROOT, "%.1f%n", blocks[7]);
  }

  private static void run(Model model, Tensor x, int calls) {
    float sum = 0;
    for (int i = 0; i < calls; ++i) {
      try (Tensor y = model.forward(x)) {
        sum += y.getFloat(0);
      }
    }
    seen = sum;
  }
}
