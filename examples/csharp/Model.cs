// Models.

using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tsrt
{
    internal sealed class ModelHandle : SafeHandle
    {
        public ModelHandle(IntPtr model) : base(IntPtr.Zero, true) { SetHandle(model); }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            Native.tsrt_model_free(handle);
            return true;
        }
    }

    /// <summary>A model, for all threads at once. It is freed when it has been disposed and the
    /// calls that run on it have returned.</summary>
    public sealed unsafe class Model : IDisposable
    {
        const int Capacity = 64;
        readonly ModelHandle handle;

        // Keeps Mono from inlining a method, and looking for libtsrt, before there is any model.
        static Model() { }

        /// <param name="path">of a TorchScript archive</param>
        /// <param name="options">such as "threads=1,timeout=0.5"; see tsrt_model_load</param>
        public Model(string path, string options = null)
        {
            if (path == null) throw new ArgumentNullException(nameof(path));
            Library.Open();
            handle = Load(path, options);
        }

        [MethodImpl(MethodImplOptions.NoInlining)] // see Library.Open
        static ModelHandle Load(string path, string options)
        {
            IntPtr model;
            TsrtException.Check(
                Native.tsrt_model_load(Text.ToUtf8(path), Text.ToUtf8(options), &model));
            return new ModelHandle(model);
        }

        Model(ModelHandle handle) { this.handle = handle; }

        public void Dispose() => handle.Dispose();

        /// <summary>Another model with a state of its own, and the same weights.</summary>
        public Model Clone()
        {
            IntPtr clone;
            TsrtException.Check(Native.tsrt_model_clone(handle, &clone));
            return new Model(new ModelHandle(clone));
        }

        /// <summary>Stops the calls that other threads are in; they fail with ErrorCode.Cancelled.
        /// </summary>
        public void Cancel() => TsrtException.Check(Native.tsrt_model_cancel(handle));

        /// <summary>All there is to know of the model, as JSON.</summary>
        public string Describe()
        {
            IntPtr json;
            TsrtException.Check(Native.tsrt_model_describe(handle, &json));
            try { return Text.FromUtf8(json); }
            finally { Native.tsrt_string_free(json); }
        }

        /// <summary>Runs forward on one tensor, for one output: the caller's to dispose.</summary>
        public Tensor Forward(Tensor input)
        {
            IntPtr output;
            UIntPtr n;
            TsrtException.Check(Native.tsrt_model_forward(
                handle, Tensor.Pointer(input), (UIntPtr)1, &output, (UIntPtr)1, &n));
            GC.KeepAlive(input);
            if (output == IntPtr.Zero) throw new InvalidOperationException("forward has no output");
            return new Tensor(output);
        }

        /// <summary>Runs forward on any number of tensors, for up to 64 outputs.</summary>
        public Tensor[] ForwardAll(params Tensor[] inputs)
        {
            if (inputs == null) throw new ArgumentNullException(nameof(inputs));
            NativeTensor* tensors = stackalloc NativeTensor[inputs.Length];
            Describe(inputs, tensors);
            IntPtr* outputs = stackalloc IntPtr[Capacity];
            UIntPtr n;
            TsrtException.Check(Native.tsrt_model_forward(
                handle, tensors, (UIntPtr)inputs.Length, outputs, (UIntPtr)Capacity, &n));
            GC.KeepAlive(inputs);
            var result = new Tensor[(int)n];
            for (int i = 0; i < result.Length; ++i) result[i] = new Tensor(outputs[i]);
            return result;
        }

        /// <summary>Runs forward and writes its result to the output's memory: with Tensor.Of, to
        /// an array of the program.</summary>
        public void ForwardInto(Tensor input, Tensor output)
        {
            ForwardInto(new[] { input }, new[] { output });
        }

        public void ForwardInto(Tensor[] inputs, Tensor[] outputs)
        {
            if (inputs == null) throw new ArgumentNullException(nameof(inputs));
            if (outputs == null) throw new ArgumentNullException(nameof(outputs));
            NativeTensor* from = stackalloc NativeTensor[inputs.Length];
            NativeTensor* to = stackalloc NativeTensor[outputs.Length];
            Describe(inputs, from);
            Describe(outputs, to);
            TsrtException.Check(Native.tsrt_model_forward_into(
                handle, from, (UIntPtr)inputs.Length, to, (UIntPtr)outputs.Length));
            GC.KeepAlive(inputs);
            GC.KeepAlive(outputs);
        }

        /// <summary>Runs any method. Arguments and results are null, bool, long, double, string,
        /// Tensor, List&lt;object&gt;, object[] (a tuple), Dictionary&lt;object, object&gt;, or
        /// Value. An argument may also be any integer, float, an array of numbers or bools (as a
        /// tensor), or another list or dictionary.</summary>
        public object Run(string method, params object[] args)
        {
            return RunNamed(method, args ?? new object[] { null }, null);
        }

        /// <summary>The same with arguments by name.</summary>
        public object RunNamed(string method, object[] args, IDictionary<string, object> kwargs)
        {
            if (method == null) throw new ArgumentNullException(nameof(method));
            if (args == null) throw new ArgumentNullException(nameof(args));
            using (var values = new Values())
            {
                IntPtr tuple = values.MakeTuple(args);
                IntPtr dict = kwargs == null ? IntPtr.Zero : values.Make(kwargs);
                IntPtr result;
                TsrtException.Check(Native.tsrt_model_run(
                    handle, Text.ToUtf8(method), tuple, dict, &result));
                return values.Read(result);
            }
        }

        static void Describe(Tensor[] tensors, NativeTensor* descriptions)
        {
            for (int i = 0; i < tensors.Length; ++i) descriptions[i] = *Tensor.Pointer(tensors[i]);
        }
    }
}
