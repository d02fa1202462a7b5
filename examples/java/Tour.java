import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.tsrt.Model;
import org.tsrt.Tensor;
import org.tsrt.Tsrt;
import org.tsrt.TsrtException;

/** What a model can do, from Java: the same as in every other language. */
public class Tour {
  private static final PrintStream out = // UTF-8, whatever the locale is
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println("usage: Tour model.pt");
      System.exit(1);
    }
    Locale.setDefault(Locale.ROOT); // whose numbers have a point
    try (Model absent = Model.load("absent.pt")) {
      out.println(absent.describe());
    } catch (TsrtException error) {
      show(error);
    }
    try (Model model = Model.load(args[0])) {
      forward(model);
    }
    out.println("live handles: " + Tsrt.liveHandles());
  }

  private static void forward(Model model) throws Exception {
    FloatBuffer data = floats(6).put(new float[] {0, 1, 2, 3, 4, 5}).flip();
    Tensor x = Tensor.of(data, 2, 3);
    try (Tensor y = model.forward(x)) {
      out.println("forward: " + Arrays.toString(y.shape()) + numbers(y.toFloatArray()));
    }
    float[] into = new float[4];
    FloatBuffer memory = floats(4);
    model.forwardInto(Tensor.of(memory, 2, 2), x);
    memory.get(into);
    out.println("into:" + numbers(into));

    Map<String, Double> amounts = new LinkedHashMap<>(); // in their order
    amounts.put("links", 1.0);
    amounts.put("rechts", 3.0);
    Map<?, ?> shares = (Map<?, ?>) model.run("shares", "größe-", amounts);
    out.print("shares:");
    shares.forEach((name, share) -> out.printf(" %s=%.3f", name, share));
    out.println();

    out.print("average:");
    for (int i = 1; i <= 3; ++i) out.printf(" %.3f", average(model, i));
    out.println();
    try {
      model.run("average", Tensor.of(new float[0]));
    } catch (TsrtException error) {
      show(error); // raised in the model, which stays usable
    }
    out.printf("average: %.3f%n", average(model, 4));
    inParallel(model, x, into);
  }

  /** Of all samples so far, which the model remembers. */
  private static double average(Model model, float sample) {
    return (double) model.run("average", Tensor.of(new float[] {sample, sample}));
  }

  /** One model serves all threads: its forward only reads. */
  private static void inParallel(Model model, Tensor x, float[] expected) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<Integer>> counts = new ArrayList<>();
    for (int i = 0; i < 4; ++i) counts.add(threads.submit(() -> callOften(model, x, expected)));
    int same = 0;
    for (Future<Integer> count : counts) same += count.get();
    threads.shutdown();
    String verdict = same == 1000 ? "all the same" : "OTHERS";
    out.println("parallel: 4 threads, " + same + " calls, " + verdict);
  }

  private static int callOften(Model model, Tensor x, float[] expected) {
    int same = 0;
    for (int i = 0; i < 250; ++i) {
      try (Tensor y = model.forward(x)) {
        if (Arrays.equals(y.toFloatArray(), expected)) ++same;
      }
    }
    return same;
  }

  /** Memory that C can use in place: direct, in the machine's order of bytes. */
  private static FloatBuffer floats(int n) {
    return ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static void show(TsrtException error) {
    out.println("error " + error.code().number() + ": " + error.getMessage());
  }

  private static String numbers(float[] numbers) {
    StringBuilder text = new StringBuilder();
    for (float number : numbers) text.append(String.format(" %.3f", number));
    return text.toString();
  }
}
