// What a model can do, from C#: the same as in every other language.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Tsrt;

static class Tour
{
    static string Numbers<T>(IEnumerable<T> numbers) where T : IFormattable
    {
        return string.Join(
            " ", numbers.Select(n => n.ToString("F3", CultureInfo.InvariantCulture)));
    }

    static void Show(TsrtException error)
    {
        Console.WriteLine($"error {(int)error.Code}: {error.Message}");
    }

    static int CallOften(Model model, Tensor x, float[] expected)
    {
        int same = 0;
        for (int i = 0; i < 250; ++i)
            using (var y = model.Forward(x))
                if (y.Values<float>().SequenceEqual(expected)) ++same;
        return same;
    }

    /// <summary>One model serves all threads: its forward only reads.</summary>
    static void InParallel(Model model, Tensor x, float[] expected)
    {
        var tasks = new Task<int>[4];
        for (int i = 0; i < tasks.Length; ++i)
            tasks[i] = Task.Run(() => CallOften(model, x, expected));
        int all = tasks.Sum(task => task.Result);
        Console.WriteLine(
            $"parallel: 4 threads, {all} calls, {(all == 1000 ? "all the same" : "OTHERS")}");
    }

    static void Run(string path)
    {
        try { new Model("absent.pt"); }
        catch (TsrtException error) { Show(error); }

        var numbers = new float[,] { { 0, 1, 2 }, { 3, 4, 5 } };
        var into = new float[2, 2];
        using (var model = new Model(path))
        using (var x = Tensor.Of(numbers))
        {
            using (var y = model.Forward(x))
                Console.WriteLine(
                    $"forward: [{string.Join(", ", y.Shape)}] {Numbers(y.Values<float>())}");
            using (var z = Tensor.Of(into)) model.ForwardInto(x, z);
            Console.WriteLine($"into: {Numbers(into.Cast<float>())}");

            var amounts = new Dictionary<string, double> { ["links"] = 1.0, ["rechts"] = 3.0 };
            var shares = (Dictionary<object, object>)model.Run("shares", "größe-", amounts);
            Console.WriteLine("shares: " + string.Join(
                " ", shares.Select(s => s.Key + "=" + Numbers(new[] { (double)s.Value }))));

            Func<float[], double> average = samples => (double)model.Run("average", samples);
            var averages = new[] { 1f, 2f, 3f }.Select(i => average(new[] { i, i }));
            Console.WriteLine($"average: {Numbers(averages)}");
            try { average(new float[0]); }
            catch (TsrtException error) { Show(error); }
            Console.WriteLine($"average: {Numbers(new[] { average(new[] { 4f, 4f }) })}");
            InParallel(model, x, into.Cast<float>().ToArray());
        }
    }

    static int Main(string[] args)
    {
        if (args.Length != 1)
        {
            Console.Error.WriteLine("usage: Tour model.pt");
            return 1;
        }
        Console.OutputEncoding = new UTF8Encoding(false);
        Run(args[0]);
        Console.WriteLine($"live handles: {Library.LiveHandles}");
        return 0;
    }
}
