// How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks.

using System;
using System.Diagnostics;
using System.Globalization;
using Tsrt;

static class Bench
{
    public static float Seen;

    static void Run(Model model, Tensor x, int calls)
    {
        float sum = 0;
        for (int i = 0; i < calls; ++i)
            using (Tensor y = model.Forward(x)) sum += y.Values<float>()[0];
        Seen = sum;
    }

    static int Main(string[] args)
    {
        if (args.Length != 1)
        {
            Console.Error.WriteLine("usage: Bench identity.pt");
            return 1;
        }
        var blocks = new double[15];
        using (var model = new Model(args[0]))
        using (var x = Tensor.Of(new float[] { 1, 1, 1, 1 }))
        {
            Run(model, x, 20000);
            for (int i = 0; i < blocks.Length; ++i)
            {
                long start = Stopwatch.GetTimestamp();
                Run(model, x, 10000);
                long ticks = Stopwatch.GetTimestamp() - start;
                blocks[i] = ticks * 1e9 / Stopwatch.Frequency / 10000;
            }
        }
        Array.Sort(blocks);
        Console.WriteLine(blocks[7].ToString("F1", CultureInfo.InvariantCulture));
        return 0;
    }
}
