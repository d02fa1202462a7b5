/* What the binding uses of tsrt.h, for PHP's parser: it takes one field at a time. */
typedef struct tsrt_error tsrt_error;
typedef struct tsrt_model tsrt_model;
typedef struct tsrt_value tsrt_value;
typedef struct { uint8_t code; uint8_t bits; uint16_t lanes; } tsrt_dtype;
typedef struct { int32_t type; int32_t id; } tsrt_device;
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
  uint32_t major;
  uint32_t minor;
  void *manager_ctx;
  void (*deleter)(tsrt_managed_tensor *);
  uint64_t flags;
  tsrt_tensor tensor;
};

const char *tsrt_version(void);
int32_t tsrt_abi_version(void);
int64_t tsrt_live_handles(void);

int32_t tsrt_error_code(const tsrt_error *);
const char *tsrt_error_message(const tsrt_error *);
const char *tsrt_error_detail(const tsrt_error *);
void tsrt_error_free(tsrt_error *);

void tsrt_managed_tensor_free(tsrt_managed_tensor *);
tsrt_error *tsrt_managed_tensor_dequantize(const tsrt_managed_tensor *, tsrt_managed_tensor **);
tsrt_error *tsrt_tensor_copy(const tsrt_tensor *, const char *device, tsrt_managed_tensor **);

tsrt_error *tsrt_value_new_none(tsrt_value **);
tsrt_error *tsrt_value_new_bool(bool, tsrt_value **);
tsrt_error *tsrt_value_new_int(int64_t, tsrt_value **);
tsrt_error *tsrt_value_new_float(double, tsrt_value **);
tsrt_error *tsrt_value_new_complex(double, double, tsrt_value **);
tsrt_error *tsrt_value_new_string(const char *, size_t, tsrt_value **);
tsrt_error *tsrt_value_new_tensor(const tsrt_tensor *, tsrt_value **);
tsrt_error *tsrt_value_new_tuple(const tsrt_value *const *, size_t, tsrt_value **);
tsrt_error *tsrt_value_new_list(const tsrt_value *const *, size_t, tsrt_value **);
tsrt_error *tsrt_value_new_dict(const tsrt_value *const *keys, const tsrt_value *const *values,
                                size_t, tsrt_value **);
int32_t tsrt_value_kind(const tsrt_value *);
tsrt_error *tsrt_value_type(const tsrt_value *, const char **);
tsrt_error *tsrt_value_get_bool(const tsrt_value *, bool *);
tsrt_error *tsrt_value_get_int(const tsrt_value *, int64_t *);
tsrt_error *tsrt_value_get_float(const tsrt_value *, double *);
tsrt_error *tsrt_value_get_complex(const tsrt_value *, double *, double *);
tsrt_error *tsrt_value_get_string(const tsrt_value *, const char **, size_t *);
tsrt_error *tsrt_value_get_tensor(const tsrt_value *, tsrt_managed_tensor **);
tsrt_error *tsrt_value_size(const tsrt_value *, size_t *);
tsrt_error *tsrt_value_item(const tsrt_value *, size_t, tsrt_value **);
tsrt_error *tsrt_value_field(const tsrt_value *, size_t, const char **);
tsrt_error *tsrt_value_entry(const tsrt_value *, size_t, tsrt_value **key, tsrt_value **item);
void tsrt_value_free(tsrt_value *);

tsrt_error *tsrt_model_load(const char *path, const char *options, tsrt_model **);
tsrt_error *tsrt_model_clone(tsrt_model *, tsrt_model **);
tsrt_error *tsrt_model_cancel(tsrt_model *);
tsrt_error *tsrt_model_forward(tsrt_model *, const tsrt_tensor *inputs, size_t n_inputs,
                               tsrt_managed_tensor **outputs, size_t capacity, size_t *n_outputs);
tsrt_error *tsrt_model_forward_into(tsrt_model *, const tsrt_tensor *inputs, size_t n_inputs,
                                    const tsrt_tensor *outputs, size_t n_outputs);
tsrt_error *tsrt_model_run(tsrt_model *, const char *method, const tsrt_value *args,
                           const tsrt_value *kwargs, tsrt_value **result);
tsrt_error *tsrt_model_describe(tsrt_model *, char **json);
void tsrt_model_free(tsrt_model *);
void tsrt_string_free(char *);
