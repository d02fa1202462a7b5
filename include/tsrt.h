/* tsrt: run serialized PyTorch models on memory you already have.
 *
 * A complete program: load a model, run it on an array of its own, print the answer.
 *
 *     #include <stdio.h>
 *     #include <tsrt.h>
 *
 *     int main(void) {
 *       tsrt_model *model = NULL;
 *       tsrt_managed_tensor *y = NULL;
 *       float data[6] = {1, 2, 3, 4, 5, 6};
 *       int64_t shape[2] = {2, 3};
 *       tsrt_tensor x = {data, {TSRT_CPU, 0}, 2, TSRT_FLOAT32, shape, NULL, 0};
 *       size_t n = 0;
 *       tsrt_error *e = tsrt_model_load("model.pt", NULL, &model);
 *       if (!e) e = tsrt_model_forward(model, &x, 1, &y, 1, &n);
 *       if (e) fprintf(stderr, "%s\n", tsrt_error_message(e));
 *       else printf("%g\n", ((const float *)y->tensor.data)[0]);
 *       int failed = e != NULL;
 *       tsrt_error_free(e);
 *       tsrt_managed_tensor_free(y);
 *       tsrt_model_free(model);
 *       return failed;
 *     }
 *
 * Six conventions hold for every function.
 *
 * ERRORS. A function that can fail returns `tsrt_error *`. NULL is success; anything else is an
 * error object that the caller owns and frees with tsrt_error_free. There is no hidden "last
 * error". After a failure every out-parameter is NULL or 0, and every argument is as it was.
 *
 * OWNERSHIP. Beside each pointer stands one of three words. *new*: yours, free it with the
 * function named. *borrowed*: somebody else's, valid until what is said. *consumed*: tsrt's from
 * a successful call on; after a failure still yours. All free functions accept NULL, cannot
 * fail, and may run on any thread.
 *
 * THREADS. Every function may be called from any thread, at the same time as any other function,
 * and on the same handle as said here:
 *
 *     a model     all at once. Methods that only read it run in parallel, with each other and with
 *                 _clone, _describe and _get_attribute. Methods that write its state (see
 *                 tsrt_model_describe), _to, _train, _reset and _set_attribute run alone; each gets
 *                 its turn, no matter how busy the others are. A clone is another model
 *     an object   as the model that made it, whose lock it shares
 *     a value     all at once, also as an argument of several calls: it never changes
 *     a tensor    read it, share it and give it to calls all at once. Its memory is yours: nobody
 *                 must write there while another thread reads
 *     an error    all at once
 *
 * Free a handle when no other thread is in a call with it, nor begins one. A model or object, and
 * only these, may be freed while calls on it run: they end as if it had not been.
 *
 * Memory on loan to a call, an input's or an output's, must not be written by others until the call
 * has returned. A call stays on its thread, but for the threads of operators: what a method starts
 * with torch.jit.fork runs at once. A callback that comes from inside a call (a print handler, an
 * interrupt check) must not run or change the same model: that is an error, where waiting would
 * never end.
 *
 * HOST. Calls run in the default floating-point environment (no traps, rounding to nearest,
 * denormals kept), callbacks from them too; the host's is back as it was when they return. 256 kB
 * of stack are enough for usual models. A forked child can use every model and value that its
 * parent had: its calls use one thread for each operator, whatever the options say, and children
 * draw the same random numbers until they are seeded. A fork waits for calls of other threads, a
 * second at most; a model that is still being changed then gives an error in the child: load it
 * again. A child forked from within a print handler can end the call and no more. exit waits in the
 * same way, and afterwards only the exiting thread may call. The library stays mapped after
 * dlclose.
 *
 * TEXT. All text is UTF-8. Input strings end in a zero byte and are borrowed for the call.
 *
 * VERSIONS. Functions, error codes, value kinds, option keys and JSON fields are added and never
 * changed or removed while tsrt_abi_version() keeps its value; it is also the number in the
 * library's file name. "Since" in a comment names the tsrt version that brought a function.
 *
 * LibTorch keeps some things for the whole process, and tsrt does not hide that: the random
 * generator, the quantized engine, the operators, what a model prints, and the pool of threads
 * that one operator may use. The section "process" has their functions.
 */
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

/* ---- versions ------------------------------------------------------------------------------ */

/* The version of the loaded libtsrt, as "major.minor.patch". Borrowed, valid for ever. Since 0.1 */
TSRT_API const char *tsrt_version(void);

/* The number that changes when a client must be recompiled. Compare it with TSRT_ABI_VERSION.
 * Since 0.1 */
TSRT_API int32_t tsrt_abi_version(void);

/* The version of LibTorch that runs the models, such as "2.13.0". Borrowed, valid for ever.
 * Since 0.1 */
TSRT_API const char *tsrt_torch_version(void);

/* ---- errors -------------------------------------------------------------------------------- */

typedef struct tsrt_error tsrt_error;

/* What kind of failure it was. New codes may be added; treat an unknown one as TSRT_INTERNAL. */
enum {
  TSRT_INVALID_ARGUMENT = 1, /* the call is wrong: shape, dtype, count, option, NULL pointer */
  TSRT_NOT_FOUND = 2,        /* no such file, method, or attribute */
  TSRT_NOT_A_MODEL = 3,      /* the file is something else, or damaged */
  TSRT_UNSUPPORTED = 4,      /* well-formed, and beyond what this build can do */
  TSRT_MISSING_OPERATOR = 5, /* the model needs an operator that this LibTorch does not have */
  TSRT_MODEL_ERROR = 6,      /* raised inside the model while it ran */
  TSRT_DEVICE = 7,           /* the device is absent, or failed */
  TSRT_OUT_OF_MEMORY = 8,    /* on the host or on the device */
  TSRT_NOT_TRUSTED = 9,      /* refused for safety */
  TSRT_INTERNAL = 10,        /* a defect in tsrt or LibTorch: please report it */
  TSRT_TIMEOUT = 11,         /* the call took longer than its timeout */
  TSRT_CANCELLED = 12        /* stopped by tsrt_model_cancel or the host's interrupt check */
};

/* One of the codes above; 0 for NULL. Since 0.1 */
TSRT_API int32_t tsrt_error_code(const tsrt_error *error);

/* One line: what is wrong, with its name, and what to do. Borrowed from `error`; "" for NULL.
 * Since 0.1 */
TSRT_API const char *tsrt_error_message(const tsrt_error *error);

/* The longer story when there is one, such as the traceback through the model's code; else "".
 * Borrowed from `error`. Since 0.1 */
TSRT_API const char *tsrt_error_detail(const tsrt_error *error);

/* Since 0.1 */
TSRT_API void tsrt_error_free(tsrt_error *error);

/* ---- tensors --------------------------------------------------------------------------------
 *
 * tsrt_tensor has the layout of DLPack's DLTensor and tsrt_managed_tensor that of
 * DLManagedTensorVersioned (DLPack 1.x), so both can be exchanged with any library that speaks
 * DLPack by a cast.
 */

/* Element types: `code` from below, `bits` of one element, `lanes` always 1. */
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
  TSRT_COMPLEX = 5, /* `bits` counts both parts */
  TSRT_BOOL = 6,    /* one byte an element */
  TSRT_FLOAT8_E4M3FN = 10,
  TSRT_FLOAT8_E4M3FNUZ = 11,
  TSRT_FLOAT8_E5M2 = 12,
  TSRT_FLOAT8_E5M2FNUZ = 13,
  TSRT_FLOAT8_E8M0FNU = 14
};

/* Initializers: `tsrt_dtype dtype = TSRT_FLOAT32;` */
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

/* Where memory lives. `type` is DLPack's device type; `id` counts from 0 among its kind. */
typedef struct {
  int32_t type;
  int32_t id;
} tsrt_device;

enum {
  TSRT_CPU = 1,
  TSRT_CUDA = 2,
  TSRT_CUDA_HOST = 3, /* page-locked host memory */
  TSRT_ROCM = 10,
  TSRT_ONEAPI = 14
};

/* A view of memory. As an argument it is borrowed for the call, all of it: the struct, `shape`,
 * `strides` and the memory. tsrt never writes to an input's memory, also when the model does
 * (it then gets a copy), and never looks at it after the call has returned.
 *
 * Rules: 0 <= ndim <= 64; every size >= 0, their product (zeros counted as ones) below 2^63;
 * strides in elements and >= 0, NULL for row-major; `data + byte_offset` a multiple of the
 * element's size (for complex numbers of one part's), not NULL unless there are no elements; the
 * bytes from the first to the last element fewer than 2^63. Negative strides: copy first. */
typedef struct {
  void *data;
  tsrt_device device;
  int32_t ndim;
  tsrt_dtype dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} tsrt_tensor;

/* A tensor that owns its memory; tsrt makes them, the caller frees them. `tensor` can be read and
 * written until then; it stays valid when the model and every other object are gone. */
typedef struct tsrt_managed_tensor tsrt_managed_tensor;
struct tsrt_managed_tensor {
  struct {
    uint32_t major;
    uint32_t minor;
  } version;
  void *manager_ctx;
  void (*deleter)(tsrt_managed_tensor *self);
  uint64_t flags; /* TSRT_READ_ONLY, TSRT_QUANTIZED, or both */
  tsrt_tensor tensor;
};

#define TSRT_READ_ONLY ((uint64_t)1) /* DLPack's bit: do not write to the memory */

/* tsrt's own bit: the tensor is quantized, and what is in its memory (int8, uint8 or int32) are the
 * integers. tsrt_managed_tensor_quantization gives the rest. */
#define TSRT_QUANTIZED ((uint64_t)1 << 63)

/* Calls the tensor's deleter. Also right for a tensor that came from another DLPack producer.
 * Since 0.1 */
TSRT_API void tsrt_managed_tensor_free(tsrt_managed_tensor *tensor);

/* Another handle to the same memory; the memory lives until the last handle is freed.
 *   tensor  borrowed; must have been made by tsrt
 *   shared  new, free with tsrt_managed_tensor_free
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_managed_tensor_share(const tsrt_managed_tensor *tensor,
                                               tsrt_managed_tensor **shared);

/* What the integers of a quantized tensor stand for: (integer - zero_point) * scale.
 *   tensor       borrowed; made by tsrt, with TSRT_QUANTIZED in its flags
 *   scales       new, float64, free with tsrt_managed_tensor_free
 *   zero_points  new, int64, likewise
 *   axis         -1: one scale and zero point for all, shape []. Else one for each index along
 *                this dimension, shape [size of it]
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_managed_tensor_quantization(const tsrt_managed_tensor *tensor,
                                                      tsrt_managed_tensor **scales,
                                                      tsrt_managed_tensor **zero_points,
                                                      int32_t *axis);

/* The numbers that a quantized tensor stands for, as float32.
 *   tensor   borrowed; as above
 *   numbers  new, free with tsrt_managed_tensor_free
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_managed_tensor_dequantize(const tsrt_managed_tensor *tensor,
                                                    tsrt_managed_tensor **numbers);

/* Copies a tensor to a device: host to device, device to host, or to fresh memory on the same.
 * The copy is row-major. It is complete when the function returns.
 *   source  borrowed for the call
 *   device  such as "cpu", "cuda", "cuda:1"
 *   copy    new, free with tsrt_managed_tensor_free
 * Fails with TSRT_INVALID_ARGUMENT for a malformed tensor, TSRT_DEVICE for an absent device.
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_tensor_copy(const tsrt_tensor *source, const char *device,
                                      tsrt_managed_tensor **copy);

/* ---- values ---------------------------------------------------------------------------------
 *
 * What a method takes and returns when that is more than tensors. A value is immutable to the
 * caller. Containers share their items, so building or taking one apart copies no tensor.
 */

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
  TSRT_KIND_OBJECT = 11, /* of a TorchScript class, or of a C++ class of an operator library */
  TSRT_KIND_OTHER = 12,  /* can be held and passed back, and not taken apart */
  TSRT_KIND_ENUM = 13    /* a member of an enum class */
};

/* Makers. `value` is new, free with tsrt_value_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_new_none(tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_bool(bool b, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_int(int64_t i, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_float(double f, tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_complex(double real, double imaginary, tsrt_value **value);

/* `text` is `size` bytes of UTF-8, copied; zero bytes may be among them. A string is also what to
 * give where a method wants a device ("cuda:0") or a member of an enum class (its name). Since 0.1
 */
TSRT_API tsrt_error *tsrt_value_new_string(const char *text, size_t size, tsrt_value **value);

/* TorchScript has no values for element types, only LibTorch's numbers for them: this makes the
 * int. (Memory formats and layouts are ints as well.) Since 0.1 */
TSRT_API tsrt_error *tsrt_value_new_dtype(tsrt_dtype dtype, tsrt_value **value);

/* The tensor's memory is borrowed until the value, and every container made with it, is freed;
 * the struct itself, its shape and strides only for this call. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_new_tensor(const tsrt_tensor *tensor, tsrt_value **value);

/* A quantized tensor, from memory that is borrowed for the call and copied.
 *   integers     int8, uint8 or int32, of any shape
 *   scales       with axis -1 one number, else as many as `integers` is long along `axis`
 *   zero_points  likewise
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_value_new_quantized(const tsrt_tensor *integers,
                                              const tsrt_tensor *scales,
                                              const tsrt_tensor *zero_points, int32_t axis,
                                              tsrt_value **value);

/* `items` and each value in it are borrowed for the call: free them when you like. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_new_tuple(const tsrt_value *const *items, size_t n_items,
                                          tsrt_value **value);
TSRT_API tsrt_error *tsrt_value_new_list(const tsrt_value *const *items, size_t n_items,
                                         tsrt_value **value);

/* A dict of `n_entries` pairs keys[i], values[i], in this order; a later entry replaces an
 * earlier one with an equal key. Keys are strings, numbers, bools, devices or tensors, all of
 * one kind. Both arrays are borrowed for the call. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_new_dict(const tsrt_value *const *keys,
                                         const tsrt_value *const *values, size_t n_entries,
                                         tsrt_value **value);

/* One of TSRT_KIND_*; TSRT_KIND_NONE for NULL. Since 0.1 */
TSRT_API int32_t tsrt_value_kind(const tsrt_value *value);

/* The type's name in TorchScript's notation, such as "int", "List[Tensor]" or "__torch__.Decoder".
 * Borrowed from `value`. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_type(const tsrt_value *value, const char **name);

/* Readers. Each fails with TSRT_INVALID_ARGUMENT when the value is of another kind. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_get_bool(const tsrt_value *value, bool *b);
TSRT_API tsrt_error *tsrt_value_get_int(const tsrt_value *value, int64_t *i);
TSRT_API tsrt_error *tsrt_value_get_float(const tsrt_value *value, double *f);
TSRT_API tsrt_error *tsrt_value_get_complex(const tsrt_value *value, double *real,
                                            double *imaginary);

/* A string, or a device's name. `text` is borrowed from `value`; it has `size` bytes and a zero
 * byte after them. A model may make strings that are not UTF-8: it cuts them by bytes. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_get_string(const tsrt_value *value, const char **text,
                                           size_t *size);

/* `tensor` is new, free with tsrt_managed_tensor_free; it shares the value's memory. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_get_tensor(const tsrt_value *value, tsrt_managed_tensor **tensor);

/* How many items a list or tuple, or entries a dict, has. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_size(const tsrt_value *value, size_t *size);

/* Item `index` of a list or tuple. `item` is new, free with tsrt_value_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_item(const tsrt_value *value, size_t index, tsrt_value **item);

/* The name of field `index` of a named tuple; NULL for a plain tuple. Borrowed from `value`.
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_value_field(const tsrt_value *value, size_t index, const char **name);

/* Entry `index` of a dict, in insertion order. `key` and `item` are new, free each with
 * tsrt_value_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_entry(const tsrt_value *value, size_t index, tsrt_value **key,
                                      tsrt_value **item);

/* Calls a method of an object. Objects are passed to methods by reference: what a method of the
 * same model does to one shows in it. Those that a method returns are independent of the model.
 *   object  borrowed for the call; of kind TSRT_KIND_OBJECT. It stays usable when the model that
 *           made it has been freed
 *   method  such as "decode", or "__len__"
 *   args, kwargs, result  as for tsrt_model_run; so are the failures
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_value_call(const tsrt_value *object, const char *method,
                                     const tsrt_value *args, const tsrt_value *kwargs,
                                     tsrt_value **result);

/* A copy of an object's attribute, or of an enum member's "name" or "value". `attribute` is new,
 * free with tsrt_value_free. Fails with TSRT_NOT_FOUND (lists those there are). Since 0.1 */
TSRT_API tsrt_error *tsrt_value_attribute(const tsrt_value *object, const char *name,
                                          tsrt_value **attribute);

/* {"type": ..., "methods": [names], "attributes": [names]}; the lists are empty for what is no
 * object. `json` is new, free with tsrt_string_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_value_describe(const tsrt_value *value, char **json);

/* Since 0.1 */
TSRT_API void tsrt_value_free(tsrt_value *value);

/* ---- models --------------------------------------------------------------------------------- */

typedef struct tsrt_model tsrt_model;

/* Loads a TorchScript archive, what torch.jit.save writes. The file is looked into, its name does
 * not matter. A model file is a program: load only files you trust.
 *   path     borrowed
 *   options  "key=value,key=value", or NULL:
 *              device   where the model lives and runs: cpu (default), cuda, cuda:1, ...
 *              threads  how many threads one operator may use, at least 1; default: LibTorch's. It
 *                       holds in this model's calls, whatever others run meanwhile. With several,
 *                       start the process with GOMP_SPINCOUNT=1000 where its cores are busy with
 *                       other work, too (Python's tsrt sets that itself): threads otherwise spin
 *              timeout  how many seconds a call may take, such as 0.5; default: any time. The
 *                       call is stopped between two operators, or while it waits for the model,
 *                       and fails with TSRT_TIMEOUT. One operator is never stopped midway. The
 *                       model stays usable; state that the method had changed stays changed
 *                       (tsrt_model_reset, or a clone made before, undoes that)
 *              library  a shared library with operators that the model needs, as in
 *                       tsrt_load_library; may be given several times. A path with a comma in it
 *                       has to go to tsrt_load_library first.
 *              verify   yes (default) or no: check the archive as tsrt_verify does, while it is
 *                       read. LibTorch by itself loads damaged weights without a word. It adds
 *                       about 3 ms to the 13 ms of a 45 MB model, 30 to the 220 of 400 MB.
 *              mmap     yes or no (default): leave weights of 64 kB and more in the file, mapped
 *                       into memory, so that processes with the same model share them. For files,
 *                       on the CPU; saves no time. The file must not change while the model lives.
 *              signature  yes (default) or no: when the file has a signature (the extra file
 *                       tsrt/inputs.txt, which Python's tsrt.annotate writes), check the dtypes and
 *                       shapes of inputs against it before the model runs
 *              trust    full (default) or restricted. With full, loading does what torch.jit.load
 *                       does: such a file is a program, which may read and write files and memory
 *                       as the process may. With restricted it is read first, and refused unless
 *                       its code computes with tsrt_trusted_operators alone, runs nothing while it
 *                       is loaded, and its objects are what their classes say; see "restricted" in
 *                       tsrt_inspect. Not promised: how long it runs, how much memory its tensors
 *                       take, what it prints, that its answers are right, or that an operator on
 *                       the list has no defect in LibTorch. Not with mmap=yes.
 *              optimize  exact (default), none or auto. With exact, methods run by their own graph,
 *                       made ready at load: the same numbers as torch.jit gives, to the bit, and
 *                       the first call is as fast as the next. With none, LibTorch's executor runs
 *                       them, which looks at the first calls and then decides. With auto, methods
 *                       run as tsrt_model_tune chose before, where that was saved; else as exact
 *              plans    with optimize=auto: the file that such a choice was saved to; default: what
 *                       is in the archive. A choice made for another LibTorch or kind of processor
 *                       is not taken
 *   model    new, free with tsrt_model_free
 * Fails with TSRT_NOT_FOUND, TSRT_NOT_A_MODEL (says what the file is instead), TSRT_NOT_TRUSTED
 * (names what was found; all of it is in the detail),
 * TSRT_MISSING_OPERATOR, TSRT_DEVICE, TSRT_UNSUPPORTED, TSRT_INVALID_ARGUMENT (options).
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_model_load(const char *path, const char *options, tsrt_model **model);

/* The same from `size` bytes at `data`, borrowed for the call. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_load_buffer(const void *data, size_t size, const char *options,
                                            tsrt_model **model);

/* A second model with state of its own, equal to the first one's state now, and the same weights
 * in the same memory. Use one for each stream of a stateful model.
 *   model  borrowed for the call
 *   clone  new, free with tsrt_model_free
 * Since 0.1 */
TSRT_API tsrt_error *tsrt_model_clone(tsrt_model *model, tsrt_model **clone);

/* Another handle to the same model: the same weights, state and lock, with options of its own for
 * the calls that are made through it. The model lives until the last handle is freed.
 *   model    borrowed for the call
 *   options  threads and timeout, as for tsrt_model_load; `model`'s where not given. NULL for none
 *   shared   new, free with tsrt_model_free
 * Fails with TSRT_INVALID_ARGUMENT (options). Since 0.1 */
TSRT_API tsrt_error *tsrt_model_share(tsrt_model *model, const char *options, tsrt_model **shared);

/* Stops the calls that run now, or wait for the model, through this handle and through those shared
 * from it: each fails with TSRT_CANCELLED before its next operator. Does not wait for them. Calls
 * that start later run as ever, also those that are about to: what must end a call for certain
 * cancels until the call has returned, or uses the option timeout. For any thread, while other
 * threads use the handle. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_cancel(tsrt_model *model);

/* Moves the model, with its state, to a device: "cpu", "cuda", "cuda:1". Waits for running calls.
 * When it fails the model is where it was, whole. A clone stays where it is.
 * Fails with TSRT_DEVICE when the device is absent or there is no such kind; the message lists
 * those present. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_to(tsrt_model *model, const char *device);

/* Puts the model and all its submodules into training or evaluation mode, which dropout and batch
 * norm ask for. Archives are mostly saved in evaluation mode. A method of the model's own that is
 * called "train" or "eval" is another thing: run it with tsrt_model_run.
 * Fails with TSRT_UNSUPPORTED when a frozen model is to be trained. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_train(tsrt_model *model, bool training);

/* Back to the state that the model had when it was loaded: attributes, buffers, mode, and
 * parameters if they were changed. Its device stays. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_reset(tsrt_model *model);

/* An attribute of the model, parameters and buffers among them.
 *   name   such as "count", or by the path through submodules: "encoder.weight"
 *   value  new, free with tsrt_value_free. Tensors in it share the model's memory and are
 *          TSRT_READ_ONLY. They stay valid; whether what a later run writes shows in them is not
 *          defined, so read again. (They are copies if the model has operators that give a tensor
 *          other memory.) Containers and objects are copies.
 * Fails with TSRT_NOT_FOUND (lists those there are). Since 0.1 */
TSRT_API tsrt_error *tsrt_model_get_attribute(tsrt_model *model, const char *name,
                                              tsrt_value **value);

/* Replaces an attribute. Waits for running calls; clones keep theirs.
 *   name   as above
 *   value  borrowed for the call, converted to the attribute's type and copied. A parameter keeps
 *          its shape and dtype
 * Fails with TSRT_NOT_FOUND and TSRT_INVALID_ARGUMENT (the value does not fit). Since 0.1 */
TSRT_API tsrt_error *tsrt_model_set_attribute(tsrt_model *model, const char *name,
                                              const tsrt_value *value);

/* Runs `forward` on tensors: the fast path.
 *   inputs     borrowed for the call, `n_inputs` of them; defaults fill in for missing ones.
 *              A one-element tensor is also taken where forward wants a number or bool.
 *              Host memory goes to the model's device by itself; device memory has to be on it
 *              and ready for LibTorch's current stream of the calling thread.
 *   outputs    an array of `capacity` pointers. The first *n_outputs become new tensors, free each
 *              with tsrt_managed_tensor_free; the others become NULL. forward may return one
 *              tensor, or a tuple or list of tensors; other results need tsrt_model_run.
 *              A quantized tensor comes as its integers, with TSRT_QUANTIZED in `flags`.
 *              Each output is yours alone: no later call changes it, and changing it changes
 *              neither the model nor your inputs. On the host if all inputs were; complete when
 *              the function returns.
 *   n_outputs  how many there are
 * Fails with TSRT_INVALID_ARGUMENT (inputs; capacity: before the model runs, except for a list,
 * whose length only the run tells), TSRT_NOT_FOUND (the model has no forward), TSRT_MODEL_ERROR
 * (raised in the model), TSRT_TIMEOUT, TSRT_CANCELLED, TSRT_UNSUPPORTED (an output with no dense
 * form), TSRT_DEVICE, TSRT_OUT_OF_MEMORY. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_forward(tsrt_model *model, const tsrt_tensor *inputs,
                                        size_t n_inputs, tsrt_managed_tensor **outputs,
                                        size_t capacity, size_t *n_outputs);

/* Runs `forward` and writes its results into the caller's memory. Shape, dtype and the number of
 * results must match `outputs` exactly; strides and device need not.
 *   inputs   as above
 *   outputs  borrowed for the call; the memory must be writable, and no two elements may share it
 * After a failure the outputs' contents are undefined. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_forward_into(tsrt_model *model, const tsrt_tensor *inputs,
                                             size_t n_inputs, const tsrt_tensor *outputs,
                                             size_t n_outputs);

/* Runs any method on any values, converted by the method's signature: an int becomes a float where
 * a float is wanted, a one-element tensor a number, a string a device or an enum's member, a list
 * the kind of list or tuple that is wanted; defaults fill in.
 *   method  such as "forward"; a submodule's, or that of an attribute which is an object, by its
 *           path: "encoder.forward"
 *   args    a tuple or list of positional arguments, or NULL for none; borrowed for the call
 *   kwargs  a dict from names to values, or NULL for none; borrowed for the call
 *   result  new, free with tsrt_value_free. It is independent of the model, as outputs are above
 * Fails with TSRT_NOT_FOUND when there is no such method (lists those there are), and as
 * tsrt_model_forward does. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_run(tsrt_model *model, const char *method, const tsrt_value *args,
                                    const tsrt_value *kwargs, tsrt_value **result);

/* Finds the fastest way to run a method on this machine, and has the model run it that way from now
 * on. The plans that there are (fused and prepacked operators, small ones of tsrt's own, and
 * others) are tried in copies of the model: a plan that fails, gives other results or is slower is
 * not taken. The model keeps running meanwhile as it did; its state is not touched. It takes
 * seconds. method    such as "forward"; of the model itself examples  a tuple or list of tuples or
 * lists of positional arguments, at least one: one for each shape that matters, with numbers like
 * those to come. Borrowed for the call options   "key=value,key=value", or NULL: tolerance  how far
 * results may be off: the largest difference in a tensor by the largest number in it. 1e-4 when not
 * given, 0.02 for bfloat16 seconds    how long to time, about; 2 bfloat16   yes or no (default):
 * try plans that compute with 8 bits of precision, too report    new, free with tsrt_string_free.
 * JSON: {method, plan: the chosen one's name, plans:
 *             [{name, what, chosen, dropped: why or null, error: how far off, or null, ratio: time
 *             by that of "exact", or null, seconds: [a call, for each example]}], file: text for
 *             the option plans of tsrt_model_load, or for the archive as its extra file
 *             tsrt/plans.txt}
 * A tuned model takes any inputs, as before. Where a NaN comes up inside the network, oneDNN's relu
 * may make 0 of it; the exact graph keeps it. Changing it from outside (_to, _train,
 * _set_attribute) keeps the choice: the plan is made anew at the next call; on other devices than
 * the CPU the plain graph runs.
 * Fails as tsrt_model_run does when the plain graph fails on an example; with
 * TSRT_INVALID_ARGUMENT also when the model was changed meanwhile. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_tune(tsrt_model *model, const char *method,
                                     const tsrt_value *examples, const char *options,
                                     char **report);

/* Everything there is to know of a model, as one JSON object:
 *   format       "torchscript"
 *   device       where it lives, such as "cuda:0"
 *   threads      the option, or null
 *   methods      [{name, arguments: [{name, type, default?, keyword_only, copied}], returns,
 *                  outputs, n_outputs, field_names, plan, writes_state}]; `copied`: it may write
 *                  to this argument or keep it, so tsrt gives it a copy; `default` and the types
 *                  are text in TorchScript's notation; `outputs` is what tsrt_model_forward makes
 *                  of the result: "tensor", "tuple", "list", or "value" when it cannot;
 *                  `n_outputs` is how many, null when only the run tells; `field_names` those of a
 *                  named tuple, else null; `plan` is how it runs: "exact", "libtorch"
 *                  (optimize=none), or as tsrt_model_tune has chosen
 *   training     whether it is in training mode; null if it has no such mode
 *   parameters   [{name, dtype, shape}], and `buffers` likewise
 *   attributes   [{name, type}]: what else there is for tsrt_model_get_attribute
 *   submodules   [{name, type, methods: [names]}]
 *   extra_files  the names of the files that were saved with the model
 * `json` is new, free with tsrt_string_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_describe(tsrt_model *model, char **json);

/* Does not wait. Calls that other threads are inside keep what they need until they return; none
 * may begin. Since 0.1 */
TSRT_API void tsrt_model_free(tsrt_model *model);

/* Frees text that a tsrt function made. Since 0.1 */
TSRT_API void tsrt_string_free(char *text);

/* ---- files ----------------------------------------------------------------------------------
 *
 * What a file is, found without executing any of it. Made for files that you do not trust: every
 * read is checked, memory and recursion are bounded.
 */

/* What a file is and contains, as one JSON object. A wrong, damaged or truncated file is described,
 * too. Names in it may come from the file, which may have made them up. The fields:
 *   kind     "torchscript" is what tsrt_model_load takes. The others: "lite-interpreter",
 *            "aotinductor", "export" (torch.export), "torch.package", "state_dict", "checkpoint"
 *            (a dict with weights and more), "tensor", "tensors", "module-pickle" (a whole module,
 *            which needs its Python classes), "pickle"; "onnx", "safetensors", "executorch",
 *            "torchserve", "torchsharp", "hdf5", "npy", "npz", "gguf", "tflite"; "git-lfs", "html",
 *            "text", "gzip", "bzip2", "xz", "zstd", "7z", "tar", "zip", "elf"; "truncated-zip",
 *            "damaged-zip", "empty", "folder", "special-file", "unknown". More may be added.
 *   problem  why it cannot be loaded and what to do, as a sentence; null when nothing is known to
 *            stand against it
 *   size     of the file in bytes
 *   records  how many a zip archive has
 * What torch.save wrote has besides:
 *   tensors, bytes  how many, and their size together
 *   keys            of the dict that it is, at most 1000
 * A TorchScript archive has besides:
 *   format_version     of the archive format, null when unreadable
 *   lite_interpreter   whether it can also run there
 *   debug_info         whether errors will name lines of the original Python code
 *   class              of the model; its methods are
 *   methods            [{name, arguments: [{name, type, default?, keyword_only}], returns}]
 *   submodules         [{name, class}], a name being a path such as "encoder.0"
 *   parameters         [{name, dtype, shape, bytes}], and `buffers` likewise
 *   bytes              of all tensors, each storage counted once
 *   not_read           records with too much in them to look into, so that something may be missing
 *                      from these lists
 *   state              attributes that methods assign or write to in place, going by the text of
 *                      the code: writes by an operator in its training mode, or through a list, are
 *                      not seen; tsrt_model_describe knows whether a method writes
 *   operators          that the code calls, such as "aten::add"; `missing_operators` are those
 *                      that this LibTorch does not have now
 *   custom_classes     in C++, that it needs; `missing_classes` are those that are not there now
 *   setstate_classes   classes whose objects run code of the archive while it is loaded
 *   code_devices       devices written into the code, such as "cuda:0"
 *   saved_devices      devices that tensors were on when they were saved; it loads without them
 *   restricted         [{what, where}]: what trust=restricted refuses it for, going by the text of
 *                      the code, at most 1000. When there is nothing, loading looks at the
 *                      compiled code and the objects, too, and still refuses what was tampered with
 *   extra_files        [{name, size}]
 *   path  borrowed
 *   json  new, free with tsrt_string_free
 * Fails with TSRT_NOT_FOUND when there is no such file or it cannot be read. Since 0.1 */
TSRT_API tsrt_error *tsrt_inspect(const char *path, char **json);

/* The same for `size` bytes at `data`, borrowed for the call. Since 0.1 */
TSRT_API tsrt_error *tsrt_inspect_buffer(const void *data, size_t size, char **json);

/* The operators that a model may use when it is loaded with trust=restricted, as a JSON array of
 * {topic, why, operators: [names]}: topics in no order, the names in each sorted. Overloads with an
 * argument `out`, and a few more, are refused in spite of their names. What the host registers (see
 * tsrt_load_library) is never among them. `json` is new, free with tsrt_string_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_trusted_operators(char **json);

/* Checks that an archive is whole: that every record lies in the file, apart from the others, says
 * of itself what the table of contents says, and matches its checksum (CRC-32; a record that was
 * written without one passes). For anything that is a zip archive. No protection from malice.
 *   path  borrowed
 * Fails with TSRT_NOT_A_MODEL, naming the damaged records, or saying what the file is when it is no
 * zip archive; with TSRT_NOT_FOUND. Since 0.1 */
TSRT_API tsrt_error *tsrt_verify(const char *path);

/* The same for `size` bytes at `data`, borrowed for the call. Since 0.1 */
TSRT_API tsrt_error *tsrt_verify_buffer(const void *data, size_t size);

/* Reads one of the files that were saved with a model, without loading the model.
 *   path  borrowed
 *   name  such as "labels.txt" or "config/model.json"; borrowed
 *   data  new, free with tsrt_string_free; `size` bytes and a zero byte after them
 * Fails with TSRT_NOT_FOUND when there is no such file or extra file (lists those there are), and
 * TSRT_NOT_A_MODEL. Since 0.1 */
TSRT_API tsrt_error *tsrt_extra_file(const char *path, const char *name, char **data, size_t *size);

/* The same from `file_size` bytes at `file`, borrowed for the call. Since 0.1 */
TSRT_API tsrt_error *tsrt_extra_file_buffer(const void *file, size_t file_size, const char *name,
                                            char **data, size_t *size);

/* The same for a loaded model, which keeps its extra files in memory. Since 0.1 */
TSRT_API tsrt_error *tsrt_model_extra_file(tsrt_model *model, const char *name, char **data,
                                           size_t *size);

/* ---- process -------------------------------------------------------------------------------- */

/* The devices that this LibTorch can use here, as a JSON array such as ["cpu", "cuda:0"]. Those
 * that CUDA_VISIBLE_DEVICES hides are not there; hiding all of them (with "") also spares a process
 * that stays on the CPU the loading of LibTorch's CUDA part. `json` is new, free with
 * tsrt_string_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_devices(char **json);

/* Loads a shared library that registers operators or classes with TORCH_LIBRARY, for models that
 * need them: do so before loading the model. They belong to the process (all models and torch
 * itself see them) and stay as long as it. The library is a program: load only what you trust.
 * Loading the same one again does nothing. Waits for models that are being loaded, and they for it.
 * One that replaces operators of others has to be there before models run.
 *   path  borrowed
 * All its symbols must be there at once. It sees those of LibTorch and of the libraries that it is
 * linked with; nobody else sees its own. Defining an operator twice would end the process; where
 * the file does not tell whether that happens (its names are stripped, it has
 * TORCH_LIBRARY_FRAGMENT), it is loaded in a forked child first.
 * Fails with TSRT_NOT_FOUND (no such file, or a library that it needs), TSRT_UNSUPPORTED (it was
 * built for another LibTorch, or needs Python; names what is missing), TSRT_INVALID_ARGUMENT (it is
 * no shared library, or defines what another one has defined already). Since 0.1 */
TSRT_API tsrt_error *tsrt_load_library(const char *path);

/* Seeds LibTorch's default random generators, on the CPU and on every device present: the numbers
 * then are those after torch.manual_seed(seed). The generators belong to the process: all models,
 * all threads and torch in the same process draw from them, one at a time, so that a sequence can
 * be repeated only while one of them runs at a time. Since 0.1 */
TSRT_API tsrt_error *tsrt_manual_seed(uint64_t seed);

/* Chooses the engine behind quantized operators: "x86", "fbgemm", "onednn", "qnnpack" or "none".
 * It holds for the whole process, torch included. Weights are packed for the engine that is current
 * while their model is loaded, so choose first: such a model fails or slows down under another one.
 * Calls that run meanwhile may use either.
 *   name  borrowed
 * Fails with TSRT_INVALID_ARGUMENT when LibTorch does not have it here; the message lists those
 * that it has. Since 0.1 */
TSRT_API tsrt_error *tsrt_set_quantized_engine(const char *name);

/* The engine of now and those there are, as a JSON object {"current": "x86", "supported": [...]}.
 * `json` is new, free with tsrt_string_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_quantized_engine(char **json);

/* Says where the text goes that models print. It holds for the whole process: for every model, and
 * also for those that torch in the same process runs. LibTorch's own place is the standard output;
 * tsrt makes it the standard error output when it loads its first model, unless somebody has chosen
 * another place (importing torch does, and takes over whenever it comes later).
 *   handler    NULL for the standard error output. Called once for each print of a model, on the
 *              thread that runs it, and on several at a time. `text` has `size` bytes, ends with
 *              what the model ends it with (a newline), and is borrowed for the call. The handler
 *              may call tsrt and other models, as long as these do not wait for this one in turn,
 *              and must return normally.
 *   user_data  handed to the handler; kept, not looked at
 * When the function returns, no thread is in the former handler any more and none will be, so what
 * it used can be freed. Do not hold a lock that the former handler waits for. Called from within a
 * handler, it does not wait for other threads. Since 0.1 */
TSRT_API tsrt_error *tsrt_set_print_handler(void (*handler)(const char *text, size_t size,
                                                            void *user_data),
                                            void *user_data);

/* Lets the host stop calls, for a key press or a signal that it can only look for itself.
 *   check      NULL for none. Asked ten times a second or less on each thread that is in a call,
 *              between two operators or while it waits for a model; true stops the call with
 *              TSRT_CANCELLED. It must return soon
 *   user_data  handed to the check; kept, not looked at. Calls that are running may ask the former
 *              check once more
 * Holds for the whole process. Since 0.1 */
TSRT_API tsrt_error *tsrt_set_interrupt_check(bool (*check)(void *user_data), void *user_data);

/* What is in memory now, as one JSON object; numbers are bytes unless said otherwise. To ask costs
 * calls nothing; it takes about as long as to describe every model.
 *   resident, private  of the process, as the kernel counts them: all, and what belongs to no file
 *   malloc, malloc_free  what the C library has given out in the process, and what it keeps to give
 *                   out (tsrt_trim_memory returns what it can of it)
 *   weights         {device: bytes}: what loaded models hold: parameters, buffers, other attributes
 *                   and constants, as they are and, once changed, as they were loaded. What clones
 *                   and models share counts once. What C++ objects hold (packed quantized weights)
 *                   cannot be seen
 *   mapped_weights  the same for weights that are mapped from their file (option mmap)
 *   busy_models     how many models were left out of this, since a call that changes them has been
 *                   running for longer than one wants to wait here
 *   outputs         memory of the tensors that tsrt handed out and that are not freed, weights left
 *                   out; shared memory counts once. Tensors in a tsrt_value count when they are
 *                   taken out
 *   handles         {models, tensors, values, errors, strings}: how many of each were not freed
 *   devices         {device: {allocated, reserved, peak_allocated, peak_reserved}}: LibTorch's
 *                   caches on devices that are in use
 * `json` is new, free with tsrt_string_free. Since 0.1 */
TSRT_API tsrt_error *tsrt_memory(char **json);

/* Gives memory that is kept for later use back to the system: the C library's, and that of
 * LibTorch's caches on devices. To be called after a large model has been freed, say; what is freed
 * in small pieces otherwise stays with the process. It takes milliseconds, and calls after it ask
 * the system for memory again. Since 0.1 */
TSRT_API tsrt_error *tsrt_trim_memory(void);

/* How many objects made by tsrt have not been freed yet: models, tensors, values, errors and
 * strings together. For leak tests. Since 0.1 */
TSRT_API int64_t tsrt_live_handles(void);

#ifdef __cplusplus
}
#endif

#endif /* TSRT_H */
