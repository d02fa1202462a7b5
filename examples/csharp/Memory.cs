// Who owns a tensor's memory: tsrt, or an array of the program that is pinned.

using System;
using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace Tsrt
{
    /// <summary>Frees memory for a Tensor; or, when that was forgotten, for the garbage collector.
    /// </summary>
    internal abstract unsafe class Memory : CriticalFinalizerObject, IDisposable
    {
        /// <summary>Null when it has been freed.</summary>
        public NativeTensor* Tensor { get; protected set; }

        protected abstract void Free();

        public virtual void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        ~Memory()
        {
            if (Tensor != null) Free();
        }
    }

    /// <summary>That of a tensor that a model made.</summary>
    /// <remarks>An object with a finalizer takes long to make, compared with a call of a small
    /// model. So each thread keeps one for its next tensor.</remarks>
    internal sealed unsafe class ModelMemory : Memory
    {
        [ThreadStatic] static ModelMemory spare;
        IntPtr handle;

        public static ModelMemory Of(IntPtr managedTensor)
        {
            ModelMemory memory = spare ?? new ModelMemory();
            spare = null;
            memory.handle = managedTensor;
            memory.Tensor = &((NativeManagedTensor*)managedTensor)->Tensor;
            return memory;
        }

        protected override void Free()
        {
            Tensor = null;
            Native.tsrt_managed_tensor_free(handle);
        }

        public override void Dispose()
        {
            Free();
            spare = this;
        }
    }

    /// <summary>That of an array.</summary>
    internal sealed unsafe class ArrayMemory : Memory
    {
        GCHandle pin;

        public ArrayMemory(Array array, uint dtype, long[] shape)
        {
            pin = GCHandle.Alloc(array, GCHandleType.Pinned);
            int size = sizeof(NativeTensor) + shape.Length * sizeof(long);
            var tensor = (NativeTensor*)Marshal.AllocHGlobal(size);
            *tensor = new NativeTensor
            {
                Data = (void*)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0),
                DeviceType = Native.Cpu,
                NDim = shape.Length,
                DType = dtype,
                Shape = (long*)(tensor + 1),
            };
            for (int i = 0; i < shape.Length; ++i) tensor->Shape[i] = shape[i];
            Tensor = tensor;
        }

        protected override void Free()
        {
            var tensor = (IntPtr)Tensor;
            Tensor = null;
            Marshal.FreeHGlobal(tensor);
            pin.Free();
        }
    }
}
