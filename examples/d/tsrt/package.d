/// Runs serialized PyTorch models: a binding of libtsrt.
module tsrt;

import std.string : fromStringz;
import tsrt.capi;
public import tsrt.errors : ErrorCode, TsrtException;
public import tsrt.tensors;
public import tsrt.values;
import tsrt.errors : check, zeroEnded;
import tsrt.handles : Handle, toHandle, toValue;

/** A model. Any number of threads may call it at a time. `close` frees it, and else the garbage
 * collector; calls that other threads are in end as if it had not been. */
final class Model
{
    private CModel* handle;

    /// Options such as "threads=1,timeout=0.5": see tsrt_model_load in tsrt.h.
    this(string path, string options = "") @trusted
    {
        if (tsrt_abi_version() != abiVersion)
            throw new TsrtException(ErrorCode.unsupported,
                "this is another libtsrt than the program was built for");
        check(tsrt_model_load(path.zeroEnded, options.zeroEnded, &handle));
    }

    private this(CModel* handle) @safe
    {
        this.handle = handle;
    }

    ~this() @trusted
    {
        close();
    }

    /// Calls of a closed model are errors.
    void close() @trusted
    {
        tsrt_model_free(handle);
        handle = null;
    }

    /// A model with the same weights and state of its own.
    Model clone() @trusted
    {
        CModel* copy;
        check(tsrt_model_clone(handle, &copy));
        return new Model(copy);
    }

    /// For models that return one tensor.
    Tensor forward(scope const View[] inputs...) @trusted
    {
        CManagedTensor* output;
        size_t n;
        check(tsrt_model_forward(handle, cast(const CTensor*) inputs.ptr, inputs.length, &output,
                1, &n));
        Tensor tensor;
        tensor.own(output);
        return tensor;
    }

    /** For models that return several tensors: `Tensor[2] y; model.forwardAll(y, x.view)`. Returns
     * how many there are. */
    size_t forwardAll(scope Tensor[] outputs, scope const View[] inputs...) @trusted
    {
        auto handles = new CManagedTensor*[outputs.length];
        size_t n;
        check(tsrt_model_forward(handle, cast(const CTensor*) inputs.ptr, inputs.length,
                handles.ptr, handles.length, &n));
        foreach (i, ref output; outputs[0 .. n])
            output.own(handles[i]);
        return n;
    }

    /// Writes the results into memory of the program's own, of just their shapes and types.
    void forwardInto(scope const View[] inputs, scope const Buffer[] outputs...) @trusted
    {
        check(tsrt_model_forward_into(handle, cast(const CTensor*) inputs.ptr, inputs.length,
                cast(const CTensor*) outputs.ptr, outputs.length));
    }

    /// Any method, on anything that a Value can be made of.
    Value run(Args...)(string method, Args args) @trusted
    {
        return runNamed(method, Value.tuple(args), Value.init);
    }

    /// The same with some of the arguments by their names: `args` is a tuple, `kwargs` a dict.
    Value runNamed(string method, Value args, Value kwargs) @trusted
    {
        auto positions = args.toHandle, names = Handle.init, result = Handle.init;
        if (kwargs.kind != Kind.none)
            names = kwargs.toHandle;
        check(tsrt_model_run(handle, method.zeroEnded, positions.p, names.p, &result.p));
        return result.toValue;
    }

    /// Everything there is to know of the model, as JSON.
    string describe() @trusted
    {
        char* json;
        check(tsrt_model_describe(handle, &json));
        scope (exit)
            tsrt_string_free(json);
        return json.fromStringz.idup;
    }

    /// Stops the calls that other threads are in.
    void cancel() @trusted
    {
        check(tsrt_model_cancel(handle));
    }
}

string tsrtVersion() @trusted
{
    return tsrt_version().fromStringz.idup;
}

/// How many things of tsrt's have not been freed.
long liveHandles() @trusted
{
    return tsrt_live_handles();
}
