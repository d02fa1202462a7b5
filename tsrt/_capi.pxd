# What _core calls: the declarations of include/tsrt.h, all of them without the GIL.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

# The header spells this type out.
cdef extern from "stdbool.h" nogil:
    ctypedef bint cbool "bool"

ctypedef cbool (*interrupt_check)(void *user_data) noexcept nogil
ctypedef void (*print_handler)(const char *text, size_t size, void *user_data) noexcept nogil

cdef extern from "tsrt.h" nogil:
    ctypedef struct tsrt_error
    ctypedef struct tsrt_model
    ctypedef struct tsrt_value

    ctypedef struct tsrt_dtype:
        uint8_t code
        uint8_t bits
        uint16_t lanes

    ctypedef struct tsrt_device:
        int32_t type
        int32_t id

    ctypedef struct tsrt_tensor:
        void *data
        tsrt_device device
        int32_t ndim
        tsrt_dtype dtype
        int64_t *shape
        int64_t *strides
        uint64_t byte_offset

    ctypedef struct tsrt_managed_tensor:
        uint64_t flags
        tsrt_tensor tensor

    enum:
        TSRT_INVALID_ARGUMENT
        TSRT_INT, TSRT_UINT, TSRT_FLOAT, TSRT_BFLOAT, TSRT_COMPLEX, TSRT_BOOL
        TSRT_CPU, TSRT_CUDA, TSRT_CUDA_HOST
        TSRT_KIND_NONE, TSRT_KIND_BOOL, TSRT_KIND_INT, TSRT_KIND_FLOAT, TSRT_KIND_STRING
        TSRT_KIND_TENSOR, TSRT_KIND_LIST, TSRT_KIND_TUPLE, TSRT_KIND_DICT, TSRT_KIND_COMPLEX
        TSRT_KIND_DEVICE, TSRT_KIND_ENUM

    const uint64_t TSRT_READ_ONLY
    const uint64_t TSRT_QUANTIZED

    const char *tsrt_version() noexcept
    const char *tsrt_torch_version() noexcept
    tsrt_error *tsrt_memory(char **json) noexcept
    tsrt_error *tsrt_trim_memory() noexcept
    int64_t tsrt_live_handles() noexcept
    tsrt_error *tsrt_devices(char **json) noexcept
    tsrt_error *tsrt_load_library(const char *path) noexcept
    tsrt_error *tsrt_manual_seed(uint64_t seed) noexcept
    tsrt_error *tsrt_set_quantized_engine(const char *name) noexcept
    tsrt_error *tsrt_quantized_engine(char **json) noexcept
    tsrt_error *tsrt_set_interrupt_check(interrupt_check check, void *user_data) noexcept
    tsrt_error *tsrt_set_print_handler(print_handler handler, void *user_data) noexcept
    void tsrt_string_free(char *text) noexcept

    int32_t tsrt_error_code(const tsrt_error *error) noexcept
    const char *tsrt_error_message(const tsrt_error *error) noexcept
    const char *tsrt_error_detail(const tsrt_error *error) noexcept
    void tsrt_error_free(tsrt_error *error) noexcept

    void tsrt_managed_tensor_free(tsrt_managed_tensor *tensor) noexcept
    tsrt_error *tsrt_managed_tensor_share(
        const tsrt_managed_tensor *tensor, tsrt_managed_tensor **shared) noexcept
    tsrt_error *tsrt_managed_tensor_quantization(
        const tsrt_managed_tensor *tensor, tsrt_managed_tensor **scales,
        tsrt_managed_tensor **zero_points, int32_t *axis) noexcept
    tsrt_error *tsrt_tensor_copy(
        const tsrt_tensor *source, const char *device, tsrt_managed_tensor **copy) noexcept

    tsrt_error *tsrt_value_new_none(tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_bool(cbool b, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_int(int64_t i, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_float(double f, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_complex(
        double real, double imaginary, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_dtype(tsrt_dtype dtype, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_quantized(
        const tsrt_tensor *integers, const tsrt_tensor *scales, const tsrt_tensor *zero_points,
        int32_t axis, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_string(
        const char *text, size_t size, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_tensor(const tsrt_tensor *tensor, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_tuple(
        const tsrt_value *const *items, size_t n_items, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_list(
        const tsrt_value *const *items, size_t n_items, tsrt_value **value) noexcept
    tsrt_error *tsrt_value_new_dict(
        const tsrt_value *const *keys, const tsrt_value *const *values, size_t n_entries,
        tsrt_value **value) noexcept
    int32_t tsrt_value_kind(const tsrt_value *value) noexcept
    tsrt_error *tsrt_value_type(const tsrt_value *value, const char **name) noexcept
    tsrt_error *tsrt_value_get_bool(const tsrt_value *value, cbool *b) noexcept
    tsrt_error *tsrt_value_get_int(const tsrt_value *value, int64_t *i) noexcept
    tsrt_error *tsrt_value_get_float(const tsrt_value *value, double *f) noexcept
    tsrt_error *tsrt_value_get_complex(
        const tsrt_value *value, double *real, double *imaginary) noexcept
    tsrt_error *tsrt_value_get_string(
        const tsrt_value *value, const char **text, size_t *size) noexcept
    tsrt_error *tsrt_value_get_tensor(
        const tsrt_value *value, tsrt_managed_tensor **tensor) noexcept
    tsrt_error *tsrt_value_size(const tsrt_value *value, size_t *size) noexcept
    tsrt_error *tsrt_value_item(
        const tsrt_value *value, size_t index, tsrt_value **item) noexcept
    tsrt_error *tsrt_value_field(
        const tsrt_value *value, size_t index, const char **name) noexcept
    tsrt_error *tsrt_value_entry(
        const tsrt_value *value, size_t index, tsrt_value **key, tsrt_value **item) noexcept
    tsrt_error *tsrt_value_call(
        const tsrt_value *object, const char *method, const tsrt_value *args,
        const tsrt_value *kwargs, tsrt_value **result) noexcept
    tsrt_error *tsrt_value_attribute(
        const tsrt_value *object, const char *name, tsrt_value **attribute) noexcept
    tsrt_error *tsrt_value_describe(const tsrt_value *value, char **json) noexcept
    void tsrt_value_free(tsrt_value *value) noexcept

    tsrt_error *tsrt_model_load(
        const char *path, const char *options, tsrt_model **model) noexcept
    tsrt_error *tsrt_model_load_buffer(
        const void *data, size_t size, const char *options, tsrt_model **model) noexcept
    tsrt_error *tsrt_model_clone(tsrt_model *model, tsrt_model **clone) noexcept
    tsrt_error *tsrt_model_share(
        tsrt_model *model, const char *options, tsrt_model **shared) noexcept
    tsrt_error *tsrt_model_cancel(tsrt_model *model) noexcept
    tsrt_error *tsrt_model_to(tsrt_model *model, const char *device) noexcept
    tsrt_error *tsrt_model_train(tsrt_model *model, cbool training) noexcept
    tsrt_error *tsrt_model_reset(tsrt_model *model) noexcept
    tsrt_error *tsrt_model_get_attribute(
        tsrt_model *model, const char *name, tsrt_value **value) noexcept
    tsrt_error *tsrt_model_set_attribute(
        tsrt_model *model, const char *name, const tsrt_value *value) noexcept
    tsrt_error *tsrt_model_forward(
        tsrt_model *model, const tsrt_tensor *inputs, size_t n_inputs,
        tsrt_managed_tensor **outputs, size_t capacity, size_t *n_outputs) noexcept
    tsrt_error *tsrt_model_forward_into(
        tsrt_model *model, const tsrt_tensor *inputs, size_t n_inputs,
        const tsrt_tensor *outputs, size_t n_outputs) noexcept
    tsrt_error *tsrt_model_run(
        tsrt_model *model, const char *method, const tsrt_value *args,
        const tsrt_value *kwargs, tsrt_value **result) noexcept
    tsrt_error *tsrt_model_tune(
        tsrt_model *model, const char *method, const tsrt_value *examples,
        const char *options, char **report) noexcept
    tsrt_error *tsrt_model_describe(tsrt_model *model, char **json) noexcept
    void tsrt_model_free(tsrt_model *model) noexcept

    tsrt_error *tsrt_inspect(const char *path, char **json) noexcept
    tsrt_error *tsrt_inspect_buffer(const void *data, size_t size, char **json) noexcept
    tsrt_error *tsrt_trusted_operators(char **json) noexcept
    tsrt_error *tsrt_verify(const char *path) noexcept
    tsrt_error *tsrt_verify_buffer(const void *data, size_t size) noexcept
    tsrt_error *tsrt_extra_file(
        const char *path, const char *name, char **data, size_t *size) noexcept
    tsrt_error *tsrt_extra_file_buffer(
        const void *file, size_t file_size, const char *name, char **data,
        size_t *size) noexcept
    tsrt_error *tsrt_model_extra_file(
        tsrt_model *model, const char *name, char **data, size_t *size) noexcept
