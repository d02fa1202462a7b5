// The functions and structs of tsrt.h that this binding uses, as C has them. Everything is
// blittable, so that the runtime passes it on as it is.

using System;
using System.Runtime.InteropServices;

namespace Tsrt
{
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct NativeTensor
    {
        public void* Data;
        public int DeviceType;
        public int DeviceId;
        public int NDim;
        public uint DType; // code | bits << 8 | lanes << 16
        public long* Shape;
        public long* Strides;
        public ulong ByteOffset;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct NativeManagedTensor
    {
        public uint Major;
        public uint Minor;
        public void* ManagerContext;
        public void* Deleter;
        public ulong Flags;
        public NativeTensor Tensor;
    }

    internal static unsafe class Native
    {
        public const int Cpu = 1;
        const string Tsrt = "libtsrt.so.0";

        [DllImport(Tsrt)] public static extern IntPtr tsrt_version();
        [DllImport(Tsrt)] public static extern IntPtr tsrt_torch_version();
        [DllImport(Tsrt)] public static extern int tsrt_abi_version();
        [DllImport(Tsrt)] public static extern long tsrt_live_handles();

        [DllImport(Tsrt)] public static extern int tsrt_error_code(IntPtr error);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_error_message(IntPtr error);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_error_detail(IntPtr error);
        [DllImport(Tsrt)] public static extern void tsrt_error_free(IntPtr error);

        [DllImport(Tsrt)] public static extern void tsrt_managed_tensor_free(IntPtr tensor);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_tensor_copy(
            NativeTensor* source, byte[] device, IntPtr* copy);

        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_new_none(IntPtr* value);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_new_bool(byte b, IntPtr* value);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_new_int(long i, IntPtr* value);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_new_float(double f, IntPtr* value);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_new_string(byte[] text, UIntPtr size, IntPtr* value);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_new_tensor(NativeTensor* tensor, IntPtr* value);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_new_list(IntPtr[] items, UIntPtr n, IntPtr* value);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_new_tuple(IntPtr[] items, UIntPtr n, IntPtr* value);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_new_dict(
            IntPtr[] keys, IntPtr[] values, UIntPtr n, IntPtr* value);

        [DllImport(Tsrt)] public static extern int tsrt_value_kind(IntPtr value);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_type(IntPtr value, IntPtr* name);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_get_bool(IntPtr value, byte* b);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_get_int(IntPtr value, long* i);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_get_float(IntPtr value, double* f);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_get_string(
            IntPtr value, IntPtr* text, UIntPtr* size);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_get_tensor(IntPtr value, IntPtr* tensor);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_value_size(IntPtr value, UIntPtr* size);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_item(IntPtr value, UIntPtr index, IntPtr* item);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_value_entry(
            IntPtr value, UIntPtr index, IntPtr* key, IntPtr* item);
        [DllImport(Tsrt)] public static extern void tsrt_value_free(IntPtr value);

        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_model_load(byte[] path, byte[] options, IntPtr* model);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_model_clone(ModelHandle model, IntPtr* clone);
        [DllImport(Tsrt)] public static extern IntPtr tsrt_model_cancel(ModelHandle model);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_model_forward(
            ModelHandle model, NativeTensor* inputs, UIntPtr nInputs,
            IntPtr* outputs, UIntPtr capacity, UIntPtr* nOutputs);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_model_forward_into(
            ModelHandle model, NativeTensor* inputs, UIntPtr nInputs,
            NativeTensor* outputs, UIntPtr nOutputs);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_model_run(
            ModelHandle model, byte[] method, IntPtr args, IntPtr kwargs, IntPtr* result);
        [DllImport(Tsrt)]
        public static extern IntPtr tsrt_model_describe(ModelHandle model, IntPtr* json);
        [DllImport(Tsrt)] public static extern void tsrt_model_free(IntPtr model);
        [DllImport(Tsrt)] public static extern void tsrt_string_free(IntPtr text);
    }
}
