/* The C interface of ABI version 0 as clients of 0.1.0 were compiled against it: tsrt.h without its
 * comments. Later versions may only add to it. */
#ifndef TSRT_H
#define TSRT_H 
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define TSRT_VERSION "0.1.0"
#define TSRT_ABI_VERSION 0
#if defined(TSRT_BUILDING)
#define TSRT_API __attribute__((visibility("default")))
#else
#define TSRT_API 
#endif
#ifdef __cplusplus
extern "C" {
#endif
TSRT_API const char *tsrt_version(void);
TSRT_API int32_t tsrt_abi_version(void);
TSRT_API const char *tsrt_torch_version(void);
typedef struct tsrt_error tsrt_error;
enum {
  TSRT_INVALID_ARGUMENT = 1,
  TSRT_NOT_FOUND = 2,
  TSRT_NOT_A_MODEL = 3,
  TSRT_UNSUPPORTED = 4,
  TSRT_MISSING_OPERATOR = 5,
  TSRT_MODEL_ERROR = 6,
  TSRT_DEVICE = 7,
  TSRT_OUT_OF_MEMORY = 8,
  TSRT_NOT_TRUSTED = 9,
  TSRT_INTERNAL = 10,
  TSRT_TIMEOUT = 11,
  TSRT_CANCELLED = 12
};
TSRT_API int32_t tsrt_error_code(const tsrt_error *error);
TSRT_API const char *tsrt_error_message(const tsrt_error *error);
TSRT_API const char *tsrt_error_detail(const tsrt_error *error);
TSRT_API void tsrt_error_free(tsrt_error *error);
typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} tsrt_dtype;
enum {
  TSRT_INT = 0,
  TSRT_UINT = 1,
  TSRT_FLOAT = 2,
  TSRT_BFLOAT = 4,
  TSRT_COMPLEX = 5,
  TSRT_BOOL = 6,
  TSRT_FLOAT8_E4M3FN = 10,
  TSRT_FLOAT8_E4M3FNUZ = 11,
  TSRT_FLOAT8_E5M2 = 12,
  TSRT_FLOAT8_E5M2FNUZ = 13,
  TSRT_FLOAT8_E8M0FNU = 14
};
#define TSRT_FLOAT32 {TSRT_FLOAT, 32, 1}
#define TSRT_FLOAT64 {TSRT_FLOAT, 64, 1}
#define TSRT_FLOAT16 {TSRT_FLOAT, 16, 1}
#define TSRT_BFLOAT16 {TSRT_BFLOAT, 16, 1}
#define TSRT_INT8 {TSRT_INT, 8, 1}
#define TSRT_INT16 {TSRT_INT, 16, 1}
#define TSRT_INT32 {TSRT_INT, 32, 1}
#define TSRT_INT64 {TSRT_INT, 64, 1}
#define TSRT_UINT8 {TSRT_UINT, 8, 1}
#define TSRT_BOOL8 {TSRT_BOOL, 8, 1}
typedef struct {
  int32_t type;
  int32_t id;
} tsrt_device;
enum {
  TSRT_CPU = 1,
  TSRT_CUDA = 2,
  TSRT_CUDA_HOST = 3,
  TSRT_ROCM = 10,
  TSRT_ONEAPI = 14
};
typedef struct {
  void *data;
  tsrt_device device;
  int32_t ndim;
  tsrt_dtype dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} tsrt_tensor;
typedef struct tsrt_managed_tensor tsrt_managed_tensor;
struct tsrt_managed_tensor {
  struct {
    uint32_t major;
    uint32_t minor;
  } version;
  void *manager_ctx;
  void (*deleter)(tsrt_managed_tensor *self);
  uint64_t flags;
  tsrt_tensor tensor;
};
#define TSRT_READ_ONLY ((uint64_t)1)
#define TSRT_QUANTIZED ((uint64_t)1 << 63)
TSRT_API void tsrt_managed_tensor_free(tsrt_managed_tensor *tensor);
TSRT_API tsrt_error *tsrt_managed_tensor_share(const tsrt_managed_tensor *tensor,
                                               tsrt_managed_tensor **shared);
TSRT_API tsrt_error *tsrt_managed_tensor_quantization(const tsrt_managed_tensor *tensor,
                                                      tsrt_managed_tensor **scales,
                                                      tsrt_managed_tensor **zero_points,
                                                      int32_t *axis);
TSRT_API tsrt_error *tsrt_managed_tensor_dequantize(const tsrt_managed_tensor *tensor,
                                                    tsrt_managed_tensor **numbers);
TSRT_API tsrt_error *tsrt_tensor_copy(const tsrt_tensor *source, const char *device,
                                      tsrt_managed_tensor **copy);
typedef struct tsrt_value tsrt_value;
enum {
  TSRT_KIND_NONE = 0,
  TSRT_KIND_BOOL = 1,
  TSRT_KIND_INT = 2,
  TSRT_KIND_FLOAT = 3,
  TSRT_KIND_COMPLEX = 4,
  TSRT_KIND_STRING = 5,
  TSRT_KIND_TENSOR = 6,
  TSRT_KIND_LIST = 7,
  TSRT_KIND_TUPLE = 8,
  TSRT_KIND_DICT = 9,
  TSRT_KIND_DEVICE = 10,
  TSRT_KIND_OBJECT = 11,
  TSRT_KIND_OTHER = 12,
  TSRT_KIND_ENUM = 13
};
TSRT_API tsrt_error *tsrt_value_new_none(tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_bool(bool b, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_int(int64_t i, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_float(double f, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_complex(double real, double imaginary, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_string(const char *text, size_t size, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_dtype(tsrt_dtype dtype, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_tensor(const tsrt_tensor *tensor, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_quantized(const tsrt_tensor *integers,
                                              const tsrt_tensor *scales,
                                              const tsrt_tensor *zero_points, int32_t axis,
                                              tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_tuple(const tsrt_value *const *items, size_t n_items,
                                          tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_list(const tsrt_value *const *items, size_t n_items,
                                         tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_dict(const tsrt_value *const *keys,
                                         const tsrt_value *const *values, size_t n_entries,
                                         tsrt_value **value);
TSRT_API int32_t tsrt_value_kind(const tsrt_value *value);
TSRT_API tsrt_error *tsrt_value_type(const tsrt_value *value, const char **name);
TSRT_API tsrt_error *tsrt_value_get_bool(const tsrt_value *value, bool *b);
TSRT_API tsrt_error *tsrt_value_get_int(const tsrt_value *value, int64_t *i);
TSRT_API tsrt_error *tsrt_value_get_float(const tsrt_value *value, double *f);
TSRT_API tsrt_error *tsrt_value_get_complex(const tsrt_value *value, double *real,
                                            double *imaginary);
TSRT_API tsrt_error *tsrt_value_get_string(const tsrt_value *value, const char **text,
                                           size_t *size);
TSRT_API tsrt_error *tsrt_value_get_tensor(const tsrt_value *value, tsrt_managed_tensor **tensor);
TSRT_API tsrt_error *tsrt_value_size(const tsrt_value *value, size_t *size);
TSRT_API tsrt_error *tsrt_value_item(const tsrt_value *value, size_t index, tsrt_value **item);
TSRT_API tsrt_error *tsrt_value_field(const tsrt_value *value, size_t index, const char **name);
TSRT_API tsrt_error *tsrt_value_entry(const tsrt_value *value, size_t index, tsrt_value **key,
                                      tsrt_value **item);
TSRT_API tsrt_error *tsrt_value_call(const tsrt_value *object, const char *method,
                                     const tsrt_value *args, const tsrt_value *kwargs,
                                     tsrt_value **result);
TSRT_API tsrt_error *tsrt_value_attribute(const tsrt_value *object, const char *name,
                                          tsrt_value **attribute);
TSRT_API tsrt_error *tsrt_value_describe(const tsrt_value *value, char **json);
TSRT_API void tsrt_value_free(tsrt_value *value);
typedef struct tsrt_model tsrt_model;
TSRT_API tsrt_error *tsrt_model_load(const char *path, const char *options, tsrt_model **model);
TSRT_API tsrt_error *tsrt_model_load_buffer(const void *data, size_t size, const char *options,
                                            tsrt_model **model);
TSRT_API tsrt_error *tsrt_model_clone(tsrt_model *model, tsrt_model **clone);
TSRT_API tsrt_error *tsrt_model_share(tsrt_model *model, const char *options, tsrt_model **shared);
TSRT_API tsrt_error *tsrt_model_cancel(tsrt_model *model);
TSRT_API tsrt_error *tsrt_model_to(tsrt_model *model, const char *device);
TSRT_API tsrt_error *tsrt_model_train(tsrt_model *model, bool training);
TSRT_API tsrt_error *tsrt_model_reset(tsrt_model *model);
TSRT_API tsrt_error *tsrt_model_get_attribute(tsrt_model *model, const char *name,
                                              tsrt_value **value);
TSRT_API tsrt_error *tsrt_model_set_attribute(tsrt_model *model, const char *name,
                                              const tsrt_value *value);
TSRT_API tsrt_error *tsrt_model_forward(tsrt_model *model, const tsrt_tensor *inputs,
                                        size_t n_inputs, tsrt_managed_tensor **outputs,
                                        size_t capacity, size_t *n_outputs);
TSRT_API tsrt_error *tsrt_model_forward_into(tsrt_model *model, const tsrt_tensor *inputs,
                                             size_t n_inputs, const tsrt_tensor *outputs,
                                             size_t n_outputs);
TSRT_API tsrt_error *tsrt_model_run(tsrt_model *model, const char *method, const tsrt_value *args,
                                    const tsrt_value *kwargs, tsrt_value **result);
TSRT_API tsrt_error *tsrt_model_describe(tsrt_model *model, char **json);
TSRT_API void tsrt_model_free(tsrt_model *model);
TSRT_API void tsrt_string_free(char *text);
TSRT_API tsrt_error *tsrt_inspect(const char *path, char **json);
TSRT_API tsrt_error *tsrt_inspect_buffer(const void *data, size_t size, char **json);
TSRT_API tsrt_error *tsrt_trusted_operators(char **json);
TSRT_API tsrt_error *tsrt_verify(const char *path);
TSRT_API tsrt_error *tsrt_verify_buffer(const void *data, size_t size);
TSRT_API tsrt_error *tsrt_extra_file(const char *path, const char *name, char **data, size_t *size);
TSRT_API tsrt_error *tsrt_extra_file_buffer(const void *file, size_t file_size, const char *name,
                                            char **data, size_t *size);
TSRT_API tsrt_error *tsrt_model_extra_file(tsrt_model *model, const char *name, char **data,
                                           size_t *size);
TSRT_API tsrt_error *tsrt_devices(char **json);
TSRT_API tsrt_error *tsrt_load_library(const char *path);
TSRT_API tsrt_error *tsrt_manual_seed(uint64_t seed);
TSRT_API tsrt_error *tsrt_set_quantized_engine(const char *name);
TSRT_API tsrt_error *tsrt_quantized_engine(char **json);
TSRT_API tsrt_error *tsrt_set_print_handler(void (*handler)(const char *text, size_t size,
                                                            void *user_data),
                                            void *user_data);
TSRT_API tsrt_error *tsrt_set_interrupt_check(bool (*check)(void *user_data), void *user_data);
TSRT_API tsrt_error *tsrt_memory(char **json);
TSRT_API tsrt_error *tsrt_trim_memory(void);
TSRT_API int64_t tsrt_live_handles(void);
#ifdef __cplusplus
}
#endif
#endif
