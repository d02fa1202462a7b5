// Tensors: arrays of the program, which tsrt reads and writes in place, and what models return.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace Tsrt
{
    /// <summary>A tensor on memory that it owns or pins until it is disposed. No thread may dispose
    /// it while another one uses it.</summary>
    public sealed unsafe class Tensor : IDisposable
    {
        Memory memory; // null when disposed
        Tensor rowMajor; // a copy, made when the values of what lies otherwise are wanted

        /// <summary>That a model made.</summary>
        internal Tensor(IntPtr managedTensor) { memory = ModelMemory.Of(managedTensor); }

        Tensor(Memory memory) { this.memory = memory; }

        /// <summary>A tensor over an array, which may have several dimensions. The array is pinned
        /// and not copied: what is written to one shows in the other.</summary>
        /// <param name="shape">if it is another one than the array's</param>
        public static Tensor Of(Array array, params long[] shape)
        {
            if (array == null) throw new ArgumentNullException(nameof(array));
            uint dtype = ElementTypes.DType(array.GetType().GetElementType());
            if (shape == null || shape.Length == 0) shape = ShapeOf(array);
            CheckCount(array, shape);
            return new Tensor(new ArrayMemory(array, dtype, shape));
        }

        public void Dispose()
        {
            Interlocked.Exchange(ref memory, null)?.Dispose();
            rowMajor?.Dispose();
        }

        public long[] Shape
        {
            get
            {
                NativeTensor* tensor = Pointer(this);
                var shape = new long[tensor->NDim];
                for (int i = 0; i < shape.Length; ++i) shape[i] = tensor->Shape[i];
                GC.KeepAlive(this);
                return shape;
            }
        }

        /// <summary>Such as typeof(float); null if .NET has no such type.</summary>
        public Type ElementType
        {
            get
            {
                Type type = ElementTypes.Find(Pointer(this)->DType);
                GC.KeepAlive(this);
                return type;
            }
        }

        /// <summary>The elements, row by row, in the tensor's own memory. (What does not lie row by
        /// row, or is not on the CPU, is copied once.)</summary>
        public TensorView<T> Values<T>() where T : struct
        {
            NativeTensor* tensor = Pointer(this);
            if (tensor->DType != Element<T>.DType)
                throw new InvalidCastException("the tensor's elements are "
                    + $"{ElementTypes.Name(tensor->DType)}, not {typeof(T)}");
            if (tensor->DeviceType != Native.Cpu || !IsRowMajor(tensor))
                return RowMajor().Values<T>();
            var view = new TensorView<T>(
                this, (IntPtr)((byte*)tensor->Data + tensor->ByteOffset), CountElements(tensor));
            GC.KeepAlive(this);
            return view;
        }

        /// <summary>For a caller that keeps the tensor alive while it uses the pointer.</summary>
        internal static NativeTensor* Pointer(Tensor tensor)
        {
            if (tensor == null) throw new ArgumentNullException(nameof(tensor));
            Memory memory = tensor.memory;
            NativeTensor* pointer = memory == null ? null : memory.Tensor;
            if (pointer == null) throw new ObjectDisposedException(nameof(Tensor));
            return pointer;
        }

        Tensor RowMajor()
        {
            if (rowMajor != null) return rowMajor;
            IntPtr copy;
            TsrtException.Check(
                Native.tsrt_tensor_copy(Pointer(this), Text.ToUtf8("cpu"), &copy));
            GC.KeepAlive(this);
            return rowMajor = new Tensor(copy);
        }

        static long[] ShapeOf(Array array)
        {
            var shape = new long[array.Rank];
            for (int i = 0; i < shape.Length; ++i) shape[i] = array.GetLongLength(i);
            return shape;
        }

        static void CheckCount(Array array, long[] shape)
        {
            double count = 1; // cannot overflow, and is exact for what fits
            foreach (long size in shape) count *= size;
            if (count == array.LongLength && Array.TrueForAll(shape, size => size >= 0)) return;
            throw new ArgumentException(
                $"the shape [{string.Join(", ", shape)}] does not fit {array.LongLength} elements");
        }

        static long CountElements(NativeTensor* tensor)
        {
            long count = 1;
            for (int i = 0; i < tensor->NDim; ++i) count *= tensor->Shape[i];
            return count;
        }

        static bool IsRowMajor(NativeTensor* tensor)
        {
            if (tensor->Strides == null) return true;
            long step = 1;
            for (int i = tensor->NDim - 1; i >= 0; --i)
            {
                if (tensor->Shape[i] != 1 && tensor->Strides[i] != step) return false;
                step *= tensor->Shape[i];
            }
            return true;
        }
    }

    /// <summary>The elements of a tensor, which it keeps. After the tensor has been disposed, an
    /// ObjectDisposedException is what reading gives.</summary>
    public unsafe struct TensorView<T> : IReadOnlyList<T> where T : struct
    {
        readonly Tensor owner;
        readonly IntPtr data;

        internal TensorView(Tensor owner, IntPtr data, long count)
        {
            this.owner = owner;
            this.data = data;
            LongCount = count;
        }

        public long LongCount { get; }

        public int Count => checked((int)LongCount);

        public T this[int index] => this[(long)index];

        public T this[long index]
        {
            get
            {
                if ((ulong)index >= (ulong)LongCount)
                    throw new ArgumentOutOfRangeException(nameof(index));
                Tensor.Pointer(owner);
                T value = Element<T>.Read(data, index);
                GC.KeepAlive(owner);
                return value;
            }
        }

        public T[] ToArray()
        {
            if (owner != null) Tensor.Pointer(owner);
            var array = new T[LongCount];
            if (array.Length == 0) return array;
            long bytes = Buffer.ByteLength(array);
            GCHandle pin = GCHandle.Alloc(array, GCHandleType.Pinned);
            Buffer.MemoryCopy((void*)data, (void*)pin.AddrOfPinnedObject(), bytes, bytes);
            pin.Free();
            GC.KeepAlive(owner);
            return array;
        }

        public IEnumerator<T> GetEnumerator()
        {
            for (long i = 0; i < LongCount; ++i) yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
