// Which types of .NET stand for which element types.

using System;
using System.Collections.Generic;
using System.Linq;

namespace Tsrt
{
    /// <summary>What is known of the element type that T stands for.</summary>
    internal static class Element<T> where T : struct
    {
        public static readonly uint DType = ElementTypes.DType(typeof(T));
        public static readonly Func<IntPtr, long, T> Read =
            (Func<IntPtr, long, T>)ElementTypes.Reader(typeof(T));
    }

    internal static unsafe class ElementTypes
    {
        static readonly Dictionary<Type, uint> DTypes = new Dictionary<Type, uint>
        {
            [typeof(float)] = Code(2, 32),
            [typeof(double)] = Code(2, 64),
            [typeof(sbyte)] = Code(0, 8),
            [typeof(short)] = Code(0, 16),
            [typeof(int)] = Code(0, 32),
            [typeof(long)] = Code(0, 64),
            [typeof(byte)] = Code(1, 8),
            [typeof(bool)] = Code(6, 8),
        };

        // Generic code cannot read through a pointer to T in the C# that Mono's compiler knows.
        static readonly Dictionary<Type, Delegate> Readers = new Dictionary<Type, Delegate>
        {
            [typeof(float)] = (Func<IntPtr, long, float>)((data, i) => ((float*)data)[i]),
            [typeof(double)] = (Func<IntPtr, long, double>)((data, i) => ((double*)data)[i]),
            [typeof(sbyte)] = (Func<IntPtr, long, sbyte>)((data, i) => ((sbyte*)data)[i]),
            [typeof(short)] = (Func<IntPtr, long, short>)((data, i) => ((short*)data)[i]),
            [typeof(int)] = (Func<IntPtr, long, int>)((data, i) => ((int*)data)[i]),
            [typeof(long)] = (Func<IntPtr, long, long>)((data, i) => ((long*)data)[i]),
            [typeof(byte)] = (Func<IntPtr, long, byte>)((data, i) => ((byte*)data)[i]),
            [typeof(bool)] = (Func<IntPtr, long, bool>)((data, i) => ((byte*)data)[i] != 0),
        };

        public static uint DType(Type type)
        {
            uint dtype;
            if (DTypes.TryGetValue(type, out dtype)) return dtype;
            throw new NotSupportedException($"tensors cannot have elements of type {type}");
        }

        public static bool Has(Type type) => DTypes.ContainsKey(type);

        public static Delegate Reader(Type type) => Readers[type];

        public static Type Find(uint dtype) => DTypes.FirstOrDefault(p => p.Value == dtype).Key;

        public static string Name(uint dtype)
        {
            return Find(dtype)?.ToString() ?? $"of a type that .NET has not (code {dtype & 255}, "
                + $"{dtype >> 8 & 255} bits)";
        }

        static uint Code(uint code, uint bits) => code | bits << 8 | 1 << 16;
    }
}
