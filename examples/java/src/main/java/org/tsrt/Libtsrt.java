package org.tsrt;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.Map;

/**
 * The functions of tsrt.h, under their names. Addresses and sizes are longs, so that JNA has
 * nothing to convert; text that C only reads is a byte array ending in zero ({@link Text#toC}).
 *
 * <p>What returns an error as a long is called as {@code check(function(...))}.
 */
final class Libtsrt {
  /** The TSRT_ABI_VERSION that these declarations were written for. */
  private static final int ABI_VERSION = 0;

  /* RTLD_NOW without RTLD_GLOBAL: nobody else shall see LibTorch's symbols. */
  private static final int OPEN_FLAGS = 2;

  private Libtsrt() {}

  static {
    String path = System.getenv("TSRT_LIBRARY");
    if (path == null || path.isEmpty()) path = "libtsrt.so.0";
    Native.register(Libtsrt.class, open(path));
    int found = tsrt_abi_version();
    if (found != ABI_VERSION) {
      throw new UnsatisfiedLinkError(
          path + " has ABI version " + found + ", and org.tsrt was written for " + ABI_VERSION);
    }
  }

  private static NativeLibrary open(String path) {
    try {
      return NativeLibrary.getInstance(path, Map.of(Library.OPTION_OPEN_FLAGS, OPEN_FLAGS));
    } catch (UnsatisfiedLinkError e) {
      throw new UnsatisfiedLinkError(
          "TSRT_LIBRARY should name the file libtsrt.so.0, with LibTorch beside it or in "
              + "LD_LIBRARY_PATH. " + e.getMessage());
    }
  }

  static native long tsrt_version();

  static native int tsrt_abi_version();

  static native long tsrt_torch_version();

  static native int tsrt_error_code(long error);

  static native long tsrt_error_message(long error);

  static native long tsrt_error_detail(long error);

  static native void tsrt_error_free(long error);

  static native void tsrt_managed_tensor_free(long tensor);

  static native long tsrt_managed_tensor_share(long tensor, long shared);

  static native long tsrt_managed_tensor_quantization(
      long tensor, long scales, long zeroPoints, long axis);

  static native long tsrt_managed_tensor_dequantize(long tensor, long numbers);

  static native long tsrt_tensor_copy(long source, byte[] device, long copy);

  static native long tsrt_value_new_none(long value);

  static native long tsrt_value_new_bool(byte b, long value);

  static native long tsrt_value_new_int(long i, long value);

  static native long tsrt_value_new_float(double f, long value);

  static native long tsrt_value_new_complex(double real, double imaginary, long value);

  static native long tsrt_value_new_string(byte[] text, long size, long value);

  /** A tsrt_dtype is four bytes, which a register takes as it takes an int: {@link DType#word}. */
  static native long tsrt_value_new_dtype(int dtype, long value);

  static native long tsrt_value_new_tensor(long tensor, long value);

  static native long tsrt_value_new_quantized(
      long integers, long scales, long zeroPoints, int axis, long value);

  static native long tsrt_value_new_tuple(long[] items, long n, long value);

  static native long tsrt_value_new_list(long[] items, long n, long value);

  static native long tsrt_value_new_dict(long[] keys, long[] values, long n, long value);

  static native int tsrt_value_kind(long value);

  static native long tsrt_value_type(long value, long name);

  static native long tsrt_value_get_bool(long value, long b);

  static native long tsrt_value_get_int(long value, long i);

  static native long tsrt_value_get_float(long value, long f);

  static native long tsrt_value_get_complex(long value, long real, long imaginary);

  static native long tsrt_value_get_string(long value, long text, long size);

  static native long tsrt_value_get_tensor(long value, long tensor);

  static native long tsrt_value_size(long value, long size);

  static native long tsrt_value_item(long value, long index, long item);

  static native long tsrt_value_field(long value, long index, long name);

  static native long tsrt_value_entry(long value, long index, long key, long item);

  static native long tsrt_value_call(
      long object, byte[] method, long args, long kwargs, long result);

  static native long tsrt_value_attribute(long object, byte[] name, long attribute);

  static native long tsrt_value_describe(long value, long json);

  static native void tsrt_value_free(long value);

  static native long tsrt_model_load(byte[] path, byte[] options, long model);

  static native long tsrt_model_load_buffer(long data, long size, byte[] options, long model);

  static native long tsrt_model_clone(long model, long clone);

  static native long tsrt_model_share(long model, byte[] options, long shared);

  static native long tsrt_model_cancel(long model);

  static native long tsrt_model_to(long model, byte[] device);

  static native long tsrt_model_train(long model, byte training);

  static native long tsrt_model_reset(long model);

  static native long tsrt_model_get_attribute(long model, byte[] name, long value);

  static native long tsrt_model_set_attribute(long model, byte[] name, long value);

  static native long tsrt_model_forward(
      long model, long inputs, long n, long outputs, long capacity, long nOutputs);

  static native long tsrt_model_forward_into(
      long model, long inputs, long n, long outputs, long nOutputs);

  static native long tsrt_model_run(
      long model, byte[] method, long args, long kwargs, long result);

  static native long tsrt_model_describe(long model, long json);

  static native void tsrt_model_free(long model);

  static native void tsrt_string_free(long text);

  static native long tsrt_inspect(byte[] path, long json);

  static native long tsrt_inspect_buffer(long data, long size, long json);

  static native long tsrt_trusted_operators(long json);

  static native long tsrt_verify(byte[] path);

  static native long tsrt_verify_buffer(long data, long size);

  static native long tsrt_extra_file(byte[] path, byte[] name, long data, long size);

  static native long tsrt_extra_file_buffer(
      long file, long fileSize, byte[] name, long data, long size);

  static native long tsrt_model_extra_file(long model, byte[] name, long data, long size);

  static native long tsrt_devices(long json);

  static native long tsrt_load_library(byte[] path);

  static native long tsrt_manual_seed(long seed);

  static native long tsrt_set_quantized_engine(byte[] name);

  static native long tsrt_quantized_engine(long json);

  static native long tsrt_memory(long json);

  static native long tsrt_trim_memory();

  static native long tsrt_live_handles();
}
