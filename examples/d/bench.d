/// Prints what a call takes, in nanoseconds: the median of 15 blocks of 10,000 calls.
module bench;

import core.time : MonoTime;
import std.algorithm.sorting : sort;
import std.stdio : stderr, writefln;
import tsrt;

enum calls = 10_000;

/// Nanoseconds a call, over one block of them.
double blockTime(Model model, ref double total)
{
    float[4] ones = 1;
    const x = ones[].view;
    const before = MonoTime.currTime;
    foreach (call; 0 .. calls)
    {
        auto y = model.forward(x);
        total += y.values!float[0];
    }
    return (MonoTime.currTime - before).total!"nsecs" / cast(double) calls;
}

int main(string[] args)
{
    if (args.length != 2)
    {
        stderr.writeln("usage: bench identity.pt");
        return 1;
    }
    auto model = new Model(args[1]);
    scope (exit)
        model.close();
    double total = 0;
    foreach (warmup; 0 .. 2)
        blockTime(model, total);
    double[15] times;
    foreach (ref time; times)
        time = blockTime(model, total);
    assert(total == 17 * calls);
    writefln!"%.1f"(times[].sort()[7]);
    return 0;
}
