/// tsrt.h in D: the C functions that the binding calls.
module tsrt.capi;

struct CError;
struct CModel;
struct CValue;

struct CDtype
{
    ubyte code, bits;
    ushort lanes = 1;
}

struct CTensor
{
    void* data;
    int deviceType = 1, deviceId;
    int ndim;
    CDtype dtype;
    long* shape, strides;
    ulong byteOffset;
}

struct CManagedTensor
{
    uint major, minor;
    void* managerCtx;
    extern (C) void function(CManagedTensor*) deleter;
    ulong flags;
    CTensor tensor;
}

enum abiVersion = 0; /// The TSRT_ABI_VERSION that this file was written for.

extern (C) nothrow @nogc:

const(char)* tsrt_version();
int tsrt_abi_version();
long tsrt_live_handles();
void tsrt_string_free(char* text);

int tsrt_error_code(const CError*);
const(char)* tsrt_error_message(const CError*);
const(char)* tsrt_error_detail(const CError*);
void tsrt_error_free(CError*);

void tsrt_managed_tensor_free(CManagedTensor*);
CError* tsrt_managed_tensor_share(const CManagedTensor*, CManagedTensor** shared_);
CError* tsrt_tensor_copy(const CTensor*, const char* device, CManagedTensor** copy);

CError* tsrt_value_new_none(CValue**);
CError* tsrt_value_new_bool(bool, CValue**);
CError* tsrt_value_new_int(long, CValue**);
CError* tsrt_value_new_float(double, CValue**);
CError* tsrt_value_new_complex(double re, double im, CValue**);
CError* tsrt_value_new_string(const char* text, size_t size, CValue**);
CError* tsrt_value_new_tensor(const CTensor*, CValue**);
CError* tsrt_value_new_tuple(const CValue** items, size_t n, CValue**);
CError* tsrt_value_new_list(const CValue** items, size_t n, CValue**);
CError* tsrt_value_new_dict(const CValue** keys, const CValue** items, size_t n, CValue**);
int tsrt_value_kind(const CValue*);
CError* tsrt_value_get_bool(const CValue*, bool*);
CError* tsrt_value_get_int(const CValue*, long*);
CError* tsrt_value_get_float(const CValue*, double*);
CError* tsrt_value_get_complex(const CValue*, double* re, double* im);
CError* tsrt_value_get_string(const CValue*, const(char)** text, size_t* size);
CError* tsrt_value_get_tensor(const CValue*, CManagedTensor**);
CError* tsrt_value_size(const CValue*, size_t*);
CError* tsrt_value_item(const CValue*, size_t index, CValue** item);
CError* tsrt_value_entry(const CValue*, size_t index, CValue** key, CValue** item);
void tsrt_value_free(CValue*);

CError* tsrt_model_load(const char* path, const char* options, CModel**);
CError* tsrt_model_clone(CModel*, CModel** clone);
CError* tsrt_model_cancel(CModel*);
CError* tsrt_model_describe(CModel*, char** json);
CError* tsrt_model_forward(CModel*, const CTensor* inputs, size_t nInputs,
    CManagedTensor** outputs, size_t capacity, size_t* nOutputs);
CError* tsrt_model_forward_into(CModel*, const CTensor* inputs, size_t nInputs,
    const CTensor* outputs, size_t nOutputs);
CError* tsrt_model_run(CModel*, const char* method, const CValue* args, const CValue* kwargs,
    CValue** result);
void tsrt_model_free(CModel*);
