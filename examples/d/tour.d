/// A walk through the binding: prints what ../tour/expected.txt says.
module tour;

import core.atomic : atomicOp;
import core.thread : Thread;
import std.format : format;
import std.stdio : stderr, writefln, write, writeln;
import tsrt;

immutable float[3][2] rows = [[0, 1, 2], [3, 4, 5]];

void show(TsrtException error)
{
    writefln!"error %d: %s"(error.code, error.message);
}

void absent()
{
    try
        new Model("absent.pt");
    catch (TsrtException error)
        show(error);
}

void arrays(Model model)
{
    auto y = model.forward(rows[].view);
    writefln!"forward: %s %(%.3f %)"(y.shape, y.values!float);
    float[2][2] mine;
    model.forwardInto([rows[].view], mine[].buffer);
    writefln!"into: %(%(%.3f %) %)"(mine[]);
}

void shares(Model model)
{
    write("shares:");
    foreach (name, share; model.run("shares", "größe-", Value.dict("links", 1.0, "rechts", 3.0)))
        write(format!" %s=%.3f"(name.get!string, share.get!double));
    writeln();
}

void averages(Model model)
{
    double average(float[] samples...)
    {
        return model.run("average", samples.view).get!double;
    }

    writefln!"average: %.3f %.3f %.3f"(average(1, 1), average(2, 2), average(3, 3));
    try
        average();
    catch (TsrtException error)
        show(error);
    writefln!"average: %.3f"(average(4, 4));
}

void parallel(Model model)
{
    const x = rows[].view;
    const answer = model.forward(x).values!float.dup;
    shared int same;
    void work()
    {
        foreach (call; 0 .. 250)
            if (model.forward(x).values!float == answer)
                same.atomicOp!"+="(1);
    }

    Thread[4] threads;
    foreach (ref thread; threads)
        thread = new Thread(&work).start();
    foreach (thread; threads)
        thread.join();
    if (same == 1000)
        writeln("parallel: 4 threads, 1000 calls, all the same");
}

int main(string[] args)
{
    if (args.length != 2)
    {
        stderr.writeln("usage: tour model.pt");
        return 1;
    }
    absent();
    auto model = new Model(args[1]);
    arrays(model);
    shares(model);
    averages(model);
    parallel(model);
    model.close();
    writeln("live handles: ", liveHandles);
    return 0;
}
