// Values: what methods take and return when that is more than tensors.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Tsrt
{
    /// <summary>A value that .NET has no type for, such as an object of a TorchScript class. It can
    /// be passed back.</summary>
    public sealed unsafe class Value : SafeHandle
    {
        internal Value(IntPtr value) : base(IntPtr.Zero, true) { SetHandle(value); }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>The type's name in TorchScript, such as "__torch__.Decoder".</summary>
        public override string ToString()
        {
            IntPtr name;
            TsrtException.Check(Native.tsrt_value_type(Opened(), &name));
            string type = Text.FromUtf8(name);
            GC.KeepAlive(this);
            return type;
        }

        internal IntPtr Opened()
        {
            if (IsClosed) throw new ObjectDisposedException(nameof(Value));
            return handle;
        }

        protected override bool ReleaseHandle()
        {
            Native.tsrt_value_free(handle);
            return true;
        }
    }

    /// <summary>The tsrt_values of one call, which are freed together.</summary>
    internal sealed unsafe class Values : IDisposable
    {
        const int MaxDepth = 200; // a list may contain itself
        int depth;
        readonly List<IntPtr> made = new List<IntPtr>();
        readonly List<Tensor> pinned = new List<Tensor>(); // disposed after the call
        readonly List<object> lent = new List<object>(); // the caller's, kept until then

        public void Dispose()
        {
            foreach (IntPtr value in made) Native.tsrt_value_free(value);
            foreach (Tensor tensor in pinned) tensor.Dispose();
            GC.KeepAlive(lent);
        }

        /// <summary>What Model.Run says of its arguments.</summary>
        public IntPtr Make(object x)
        {
            IntPtr value;
            if (x == null) TsrtException.Check(Native.tsrt_value_new_none(&value));
            else if (x is bool b)
                TsrtException.Check(Native.tsrt_value_new_bool((byte)(b ? 1 : 0), &value));
            else if (x is float || x is double)
                TsrtException.Check(Native.tsrt_value_new_float(Convert.ToDouble(x), &value));
            else if (x is string text)
            {
                byte[] utf8 = Text.ToSizedUtf8(text);
                TsrtException.Check(
                    Native.tsrt_value_new_string(utf8, (UIntPtr)utf8.Length, &value));
            }
            else if (IsInteger(x))
                TsrtException.Check(Native.tsrt_value_new_int(Convert.ToInt64(x), &value));
            else return MakeNested(x);
            return Keep(value);
        }

        IntPtr MakeNested(object x)
        {
            if (++depth > MaxDepth) throw new ArgumentException("values are nested too deeply");
            IntPtr value = MakeOther(x);
            --depth;
            return value;
        }

        IntPtr MakeOther(object x)
        {
            if (x is Value value) return Lend(value).Opened();
            if (x is Tensor lentTensor) return MakeTensor(Lend(lentTensor));
            if (x is IDictionary) return MakeDict((IDictionary)x);
            if (x is Array && ElementTypes.Has(x.GetType().GetElementType()))
            {
                Tensor tensor = Tensor.Of((Array)x);
                pinned.Add(tensor);
                return MakeTensor(tensor);
            }
            if (x is object[] && x.GetType() == typeof(object[])) return MakeTuple((object[])x);
            if (x is IList) return MakeList((IList)x);
            throw new ArgumentException($"a model cannot be given values of type {x.GetType()}");
        }

        public IntPtr MakeTuple(object[] items)
        {
            IntPtr value;
            TsrtException.Check(
                Native.tsrt_value_new_tuple(MakeAll(items), (UIntPtr)items.Length, &value));
            return Keep(value);
        }

        IntPtr MakeList(IList items)
        {
            IntPtr value;
            TsrtException.Check(
                Native.tsrt_value_new_list(MakeAll(items), (UIntPtr)items.Count, &value));
            return Keep(value);
        }

        IntPtr MakeDict(IDictionary dict)
        {
            IntPtr value;
            TsrtException.Check(Native.tsrt_value_new_dict(
                MakeAll(dict.Keys), MakeAll(dict.Values), (UIntPtr)dict.Count, &value));
            return Keep(value);
        }

        IntPtr MakeTensor(Tensor tensor)
        {
            IntPtr value;
            TsrtException.Check(Native.tsrt_value_new_tensor(Tensor.Pointer(tensor), &value));
            return Keep(value);
        }

        IntPtr[] MakeAll(ICollection items)
        {
            var values = new IntPtr[items.Count];
            int i = 0;
            foreach (object item in items) values[i++] = Make(item);
            return values;
        }

        IntPtr Keep(IntPtr value)
        {
            made.Add(value);
            return value;
        }

        T Lend<T>(T owner)
        {
            lent.Add(owner);
            return owner;
        }

        static bool IsInteger(object x)
        {
            TypeCode code = Type.GetTypeCode(x.GetType());
            return code >= TypeCode.SByte && code <= TypeCode.UInt64 && !(x is Enum);
        }

        /// <summary>What the value, which is freed, stands for.</summary>
        public object Read(IntPtr value)
        {
            Kind kind = (Kind)Native.tsrt_value_kind(value);
            if (!Enum.IsDefined(typeof(Kind), kind)) return new Value(value);
            Keep(value);
            switch (kind)
            {
                case Kind.None: return null;
                case Kind.Bool: return ReadBool(value);
                case Kind.Int: return ReadInt(value);
                case Kind.Float: return ReadFloat(value);
                case Kind.Tensor: return ReadTensor(value);
                case Kind.List: return new List<object>(ReadItems(value));
                case Kind.Tuple: return ReadItems(value);
                case Kind.Dict: return ReadDict(value);
                default: return ReadString(value);
            }
        }

        // The others are handed out as a Value.
        enum Kind
        {
            None = 0, Bool = 1, Int = 2, Float = 3, String = 5, Tensor = 6, List = 7, Tuple = 8,
            Dict = 9, Device = 10,
        }

        static object ReadBool(IntPtr value)
        {
            byte b;
            TsrtException.Check(Native.tsrt_value_get_bool(value, &b));
            return b != 0;
        }

        static object ReadInt(IntPtr value)
        {
            long i;
            TsrtException.Check(Native.tsrt_value_get_int(value, &i));
            return i;
        }

        static object ReadFloat(IntPtr value)
        {
            double f;
            TsrtException.Check(Native.tsrt_value_get_float(value, &f));
            return f;
        }

        static object ReadString(IntPtr value)
        {
            IntPtr text;
            UIntPtr size;
            TsrtException.Check(Native.tsrt_value_get_string(value, &text, &size));
            return Text.FromUtf8(text, (long)size);
        }

        static object ReadTensor(IntPtr value)
        {
            IntPtr tensor;
            TsrtException.Check(Native.tsrt_value_get_tensor(value, &tensor));
            return new Tensor(tensor);
        }

        static int Size(IntPtr value)
        {
            UIntPtr size;
            TsrtException.Check(Native.tsrt_value_size(value, &size));
            return checked((int)size);
        }

        object[] ReadItems(IntPtr value)
        {
            var items = new object[Size(value)];
            for (int i = 0; i < items.Length; ++i)
            {
                IntPtr item;
                TsrtException.Check(Native.tsrt_value_item(value, (UIntPtr)i, &item));
                items[i] = Read(item);
            }
            return items;
        }

        // A Dictionary enumerates in the order of insertion as long as nothing is removed.
        Dictionary<object, object> ReadDict(IntPtr value)
        {
            int size = Size(value);
            var dict = new Dictionary<object, object>(size);
            for (int i = 0; i < size; ++i)
            {
                IntPtr key, item;
                TsrtException.Check(Native.tsrt_value_entry(value, (UIntPtr)i, &key, &item));
                object name = Read(key);
                dict[name] = Read(item);
            }
            return dict;
        }
    }
}
