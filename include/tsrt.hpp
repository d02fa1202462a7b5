/* tsrt for C++17: the functions of tsrt.h as classes that free what they own and throw what fails.
 *
 *     #include <iostream>
 *     #include <tsrt.hpp>
 *
 *     int main() try {
 *       std::vector<float> data{1, 2, 3, 4, 5, 6};
 *       tsrt::Model model("model.pt", "threads=1");
 *       tsrt::Tensor y = model(tsrt::view(data, {2, 3}));
 *       std::cout << y.values<float>()[0] << '\n';
 *     } catch (const tsrt::Error &error) {
 *       std::cerr << error.what() << '\n';
 *       return 1;
 *     }
 *
 * What a function does, which errors it has, and what threads may do at the same time, stands in
 * tsrt.h. Here every class is one handle; `get()` gives it to the functions of tsrt.h that have no
 * method here. Models and tensors are moved, not copied: clone(), share()
 * and copy() say what is meant. Values are copied as handles. Everything is inline: there is
 * nothing to link but libtsrt itself.
 */
#ifndef TSRT_HPP
#define TSRT_HPP

#include <tsrt.h>

#include <complex>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tsrt {

/* ---- errors -------------------------------------------------------------------------------- */

/* The codes of tsrt.h; there may be new ones. */
enum class Code : int32_t {
  invalid_argument = TSRT_INVALID_ARGUMENT,
  not_found = TSRT_NOT_FOUND,
  not_a_model = TSRT_NOT_A_MODEL,
  unsupported = TSRT_UNSUPPORTED,
  missing_operator = TSRT_MISSING_OPERATOR,
  model_error = TSRT_MODEL_ERROR,
  device = TSRT_DEVICE,
  out_of_memory = TSRT_OUT_OF_MEMORY,
  not_trusted = TSRT_NOT_TRUSTED,
  internal = TSRT_INTERNAL,
  timeout = TSRT_TIMEOUT,
  cancelled = TSRT_CANCELLED
};

/* what() is the message; detail() the longer story, such as the traceback through the model. */
class Error : public std::runtime_error {
 public:
  Error(Code code, const std::string &message, std::string detail = "")
      : std::runtime_error(message),
        code_(code),
        detail_(std::make_shared<std::string>(std::move(detail))) {}
  Code code() const noexcept { return code_; }
  const std::string &detail() const noexcept { return *detail_; }

 private:
  Code code_;
  std::shared_ptr<const std::string> detail_;  // an exception's copy must not throw
};

namespace detail {

template <auto free>
struct Free {
  template <class T>
  void operator()(T *handle) const noexcept {
    free(handle);
  }
};
template <class T, auto free>
using Handle = std::unique_ptr<T, Free<free>>;

inline void check(tsrt_error *error) {
  if (!error) return;
  const Handle<tsrt_error, tsrt_error_free> owner(error);
  throw Error(Code(tsrt_error_code(error)), tsrt_error_message(error), tsrt_error_detail(error));
}

/* Text for C, which ends it at a zero byte. */
inline const char *c_text(const std::string &text) {
  if (text.find('\0') != std::string::npos) {
    throw Error(Code::invalid_argument, "there is a zero byte in the text '" + text + "'");
  }
  return text.c_str();
}

/* The text that `function` makes. */
template <class Function, class... Arguments>
std::string text_of(Function function, Arguments... arguments) {
  char *text = nullptr;
  check(function(arguments..., &text));
  return Handle<char, tsrt_string_free>(text).get();
}

template <class T>
struct DType;
#define TSRT_DTYPE(type, ...)                       \
  template <>                                       \
  struct DType<type> {                              \
    static constexpr tsrt_dtype value{__VA_ARGS__}; \
  }
TSRT_DTYPE(float, TSRT_FLOAT, 32, 1);
TSRT_DTYPE(double, TSRT_FLOAT, 64, 1);
TSRT_DTYPE(std::complex<float>, TSRT_COMPLEX, 64, 1);
TSRT_DTYPE(std::complex<double>, TSRT_COMPLEX, 128, 1);
TSRT_DTYPE(int8_t, TSRT_INT, 8, 1);
TSRT_DTYPE(int16_t, TSRT_INT, 16, 1);
TSRT_DTYPE(int32_t, TSRT_INT, 32, 1);
TSRT_DTYPE(int64_t, TSRT_INT, 64, 1);
TSRT_DTYPE(uint8_t, TSRT_UINT, 8, 1);
TSRT_DTYPE(bool, TSRT_BOOL, 8, 1);
#undef TSRT_DTYPE

inline bool operator==(tsrt_dtype a, tsrt_dtype b) {
  return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes;
}

}  // namespace detail

/* The element type that T stands for; others, such as bfloat16, are written out: {TSRT_BFLOAT, 16,
 * 1}. */
template <class T>
constexpr tsrt_dtype dtype_of() {
  return detail::DType<std::remove_cv_t<T>>::value;
}

/* ---- tensors ------------------------------------------------------------------------------- */

/* Elements one after the other, which belong to somebody else: C++20's std::span, as far as it is
 * needed here. */
template <class T>
class Span {
 public:
  constexpr Span(T *data, size_t size) : data_(data), size_(size) {}
  T *data() const { return data_; }
  size_t size() const { return size_; }
  T *begin() const { return data_; }
  T *end() const { return data_ + size_; }
  T &operator[](size_t i) const { return data_[i]; }

 private:
  T *data_;
  size_t size_;
};

using Sizes = std::vector<int64_t>;

/* A tensor over the caller's memory, as an input. The memory has to outlive the view. */
class View {
 public:
  /* `sizes` in elements; `strides` likewise, none for row-major. */
  View(const void *data, tsrt_dtype dtype, Sizes sizes, Sizes strides = {},
       tsrt_device device = {TSRT_CPU, 0})
      : data_(const_cast<void *>(data)),
        dtype_(dtype),
        device_(device),
        sizes_(std::move(sizes)),
        strides_(std::move(strides)) {
    if (!strides_.empty() && strides_.size() != sizes_.size()) {
      throw Error(Code::invalid_argument, "a view has " + std::to_string(sizes_.size()) +
                                              " sizes and " + std::to_string(strides_.size()) +
                                              " strides: give one for each, or no strides");
    }
  }

  /* Borrows from this view, which must outlive the result. tsrt does not change what it is given
   * by pointer to something mutable: tsrt_tensor has to look like DLPack's struct. */
  tsrt_tensor get() const noexcept {
    return {data_,
            device_,
            int32_t(sizes_.size()),
            dtype_,
            const_cast<int64_t *>(sizes_.data()),
            strides_.empty() ? nullptr : const_cast<int64_t *>(strides_.data()),
            0};
  }

 private:
  void *data_;
  tsrt_dtype dtype_;
  tsrt_device device_;
  Sizes sizes_, strides_;
};

/* A view of memory that can be written to, as a result's place. */
class MutableView : public View {
 public:
  MutableView(void *data, tsrt_dtype dtype, Sizes sizes, Sizes strides = {},
              tsrt_device device = {TSRT_CPU, 0})
      : View(data, dtype, std::move(sizes), std::move(strides), device) {}
};

/* A row-major view of all elements of a std::vector, std::array, or anything else with data() and
 * size(): `view(data, {2, 3})`. */
template <class Container>
auto view(Container &elements, Sizes sizes) {
  using T = std::remove_pointer_t<decltype(elements.data())>;
  size_t n = 1;
  for (const int64_t size : sizes) n *= size_t(size);
  if (n != elements.size()) {
    throw Error(Code::invalid_argument, "a view of " + std::to_string(n) + " elements over " +
                                            std::to_string(elements.size()) +
                                            ": the sizes' product has to be their number");
  }
  using Result = std::conditional_t<std::is_const_v<T>, View, MutableView>;
  return Result(elements.data(), dtype_of<T>(), std::move(sizes));
}

/* A tensor with memory of its own, as methods return it. */
class Tensor {
 public:
  explicit Tensor(tsrt_managed_tensor *owned) noexcept : handle_(owned) {}

  Span<const int64_t> sizes() const { return {of().shape, size_t(of().ndim)}; }
  tsrt_dtype dtype() const { return of().dtype; }
  tsrt_device device() const { return of().device; }
  bool is_quantized() const { return handle_->flags & TSRT_QUANTIZED; }
  size_t size() const {
    size_t n = 1;
    for (const int64_t size : sizes()) n *= size_t(size);
    return n;
  }
  bool is_row_major() const {
    if (!of().strides || size() == 0) return true;
    int64_t step = 1;
    for (int32_t i = of().ndim - 1; i >= 0; --i) {
      if (of().shape[i] != 1 && of().strides[i] != step) return false;
      step *= of().shape[i];
    }
    return true;
  }

  /* All elements, row by row. They have to be of type T, on the host, and row-major, which outputs
   * need not be: `y.copy().values<float>()`. Valid as long as this tensor. */
  template <class T>
  Span<const T> values() const {
    if (!detail::operator==(dtype(), dtype_of<T>())) {
      throw Error(Code::invalid_argument, "the tensor's elements are of another type");
    }
    if (device().type != TSRT_CPU || !is_row_major()) {
      throw Error(Code::invalid_argument,
                  "the tensor is not row-major on the host: copy() makes one that is");
    }
    const auto *bytes = static_cast<const char *>(of().data);
    return {reinterpret_cast<const T *>(bytes + of().byte_offset), size()};
  }

  /* A row-major copy on a device, "cpu" or "cuda:1". */
  Tensor copy(const std::string &device = "cpu") const {
    tsrt_managed_tensor *made = nullptr;
    detail::check(tsrt_tensor_copy(&of(), detail::c_text(device), &made));
    return Tensor(made);
  }
  /* Another handle to the same memory. */
  Tensor share() const {
    tsrt_managed_tensor *made = nullptr;
    detail::check(tsrt_managed_tensor_share(get(), &made));
    return Tensor(made);
  }
  /* The numbers that a quantized tensor stands for, in float. */
  Tensor dequantize() const {
    tsrt_managed_tensor *made = nullptr;
    detail::check(tsrt_managed_tensor_dequantize(get(), &made));
    return Tensor(made);
  }

  /* To give it to a method. Borrows from this tensor. */
  View view() const {
    const tsrt_tensor &t = of();
    Sizes strides = t.strides ? Sizes(t.strides, t.strides + t.ndim) : Sizes{};
    return View(static_cast<char *>(t.data) + t.byte_offset, t.dtype,
                Sizes(t.shape, t.shape + t.ndim), std::move(strides), t.device);
  }

  tsrt_managed_tensor *get() const noexcept { return handle_.get(); }
  /* Gives up ownership: the caller frees it. */
  tsrt_managed_tensor *release() noexcept { return handle_.release(); }

 private:
  const tsrt_tensor &of() const { return handle_->tensor; }
  detail::Handle<tsrt_managed_tensor, tsrt_managed_tensor_free> handle_;
};

/* ---- values -------------------------------------------------------------------------------- */

enum class Kind : int32_t {
  none = TSRT_KIND_NONE,
  boolean = TSRT_KIND_BOOL,
  integer = TSRT_KIND_INT,
  floating = TSRT_KIND_FLOAT,
  complex = TSRT_KIND_COMPLEX,
  string = TSRT_KIND_STRING,
  tensor = TSRT_KIND_TENSOR,
  list = TSRT_KIND_LIST,
  tuple = TSRT_KIND_TUPLE,
  dict = TSRT_KIND_DICT,
  device = TSRT_KIND_DEVICE,
  object = TSRT_KIND_OBJECT,
  other = TSRT_KIND_OTHER,
  enum_member = TSRT_KIND_ENUM
};

class Value;
using Values = std::initializer_list<Value>;
using Entries = std::initializer_list<std::pair<Value, Value>>;

/* What methods take and return: `model.run("decode", {tokens, 5, "greedy", list({1, 2})})`. Made
 * from plain C++ by itself; lists, tuples and dicts by the functions below. A value never changes,
 * so that copies share it. */
class Value {
 public:
  explicit Value(tsrt_value *owned) : handle_(owned, tsrt_value_free) {}
  Value(std::nullptr_t = nullptr) { make(tsrt_value_new_none); }
  Value(const char *text) : Value(std::string_view(text)) {}
  Value(const std::string &text) : Value(std::string_view(text)) {}
  Value(std::string_view text) { make(tsrt_value_new_string, text.data(), text.size()); }
  Value(std::complex<double> z) { make(tsrt_value_new_complex, z.real(), z.imag()); }
  Value(tsrt_dtype dtype) { make(tsrt_value_new_dtype, dtype); }
  /* The memory is borrowed for as long as this value and those made with it. */
  Value(const View &view) {
    const tsrt_tensor tensor = view.get();
    make(tsrt_value_new_tensor, &tensor);
  }
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  Value(T number) {
    static_assert(!std::is_same_v<T, unsigned long> && !std::is_same_v<T, unsigned long long>,
                  "a model's ints are signed: convert to int64_t");
    if constexpr (std::is_same_v<T, bool>) {
      make(tsrt_value_new_bool, number);
    } else if constexpr (std::is_integral_v<T>) {
      make(tsrt_value_new_int, int64_t(number));
    } else {
      make(tsrt_value_new_float, double(number));
    }
  }

  Kind kind() const noexcept { return Kind(tsrt_value_kind(get())); }
  bool is_none() const noexcept { return kind() == Kind::none; }
  /* In TorchScript's notation, such as "List[Tensor]". */
  std::string type() const { return read<const char *>(tsrt_value_type); }

  bool to_bool() const { return read<bool>(tsrt_value_get_bool); }
  int64_t to_int() const { return read<int64_t>(tsrt_value_get_int); }
  double to_double() const { return read<double>(tsrt_value_get_float); }
  std::complex<double> to_complex() const {
    double real = 0, imaginary = 0;
    detail::check(tsrt_value_get_complex(get(), &real, &imaginary));
    return {real, imaginary};
  }
  std::string to_string() const {
    const char *text = nullptr;
    size_t size = 0;
    detail::check(tsrt_value_get_string(get(), &text, &size));
    return {text, size};
  }
  Tensor to_tensor() const { return Tensor(read<tsrt_managed_tensor *>(tsrt_value_get_tensor)); }

  /* Of a list or tuple, or the entries of a dict. */
  size_t size() const { return read<size_t>(tsrt_value_size); }
  /* Item of a list or tuple. */
  Value operator[](size_t index) const {
    tsrt_value *item = nullptr;
    detail::check(tsrt_value_item(get(), index, &item));
    return Value(item);
  }
  /* The name of a named tuple's field; "" for a plain tuple's. */
  std::string field(size_t index) const {
    const char *name = nullptr;
    detail::check(tsrt_value_field(get(), index, &name));
    return name ? name : "";
  }
  /* Key and item of a dict, in the order in which they came in. */
  std::pair<Value, Value> entry(size_t index) const {
    tsrt_value *key = nullptr, *item = nullptr;
    detail::check(tsrt_value_entry(get(), index, &key, &item));
    return {Value(key), Value(item)};
  }

  /* Of an object: calls one of its methods; reads one of its attributes. */
  Value call(const std::string &method, Values args = {}, Entries kwargs = {}) const;
  Value attribute(const std::string &name) const {
    tsrt_value *found = nullptr;
    detail::check(tsrt_value_attribute(get(), detail::c_text(name), &found));
    return Value(found);
  }
  std::string describe() const { return detail::text_of(tsrt_value_describe, get()); }

  tsrt_value *get() const noexcept { return handle_.get(); }

 private:
  template <class Maker, class... Arguments>
  void make(Maker maker, Arguments... arguments) {
    tsrt_value *made = nullptr;
    detail::check(maker(arguments..., &made));
    handle_.reset(made, tsrt_value_free);
  }
  template <class T, class Reader>
  T read(Reader reader) const {
    T result{};
    detail::check(reader(get(), &result));
    return result;
  }

  std::shared_ptr<tsrt_value> handle_;
};

namespace detail {

using Maker = tsrt_error *(*)(const tsrt_value *const *, size_t, tsrt_value **);

template <class Items>
Value sequence(Maker maker, const Items &items) {
  std::vector<const tsrt_value *> handles;
  for (const Value &item : items) handles.push_back(item.get());
  tsrt_value *made = nullptr;
  check(maker(handles.data(), handles.size(), &made));
  return Value(made);
}

}  // namespace detail

/* From braces, `list({1, 2})`, or from a std::vector<Value>. */
inline Value list(Values items) {
  return detail::sequence(tsrt_value_new_list, items);
}
inline Value list(const std::vector<Value> &items) {
  return detail::sequence(tsrt_value_new_list, items);
}
inline Value tuple(Values items) {
  return detail::sequence(tsrt_value_new_tuple, items);
}
inline Value tuple(const std::vector<Value> &items) {
  return detail::sequence(tsrt_value_new_tuple, items);
}
/* `dict({{"alpha", 0.5}, {"beta", 2.0}})`. */
inline Value dict(Entries entries) {
  std::vector<const tsrt_value *> keys, items;
  for (const auto &[key, item] : entries) {
    keys.push_back(key.get());
    items.push_back(item.get());
  }
  tsrt_value *made = nullptr;
  detail::check(tsrt_value_new_dict(keys.data(), items.data(), keys.size(), &made));
  return Value(made);
}

/* A quantized tensor, copied: see tsrt_value_new_quantized. */
inline Value quantized(const View &integers, const View &scales, const View &zero_points,
                       int32_t axis = -1) {
  const tsrt_tensor i = integers.get(), s = scales.get(), z = zero_points.get();
  tsrt_value *made = nullptr;
  detail::check(tsrt_value_new_quantized(&i, &s, &z, axis, &made));
  return Value(made);
}

inline Value Value::call(const std::string &method, Values args, Entries kwargs) const {
  tsrt_value *result = nullptr;
  detail::check(tsrt_value_call(get(), detail::c_text(method), tuple(args).get(),
                                dict(kwargs).get(), &result));
  return Value(result);
}

/* ---- models -------------------------------------------------------------------------------- */

class Model {
 public:
  explicit Model(const std::string &path, const std::string &options = "") {
    tsrt_model *made = nullptr;
    detail::check(tsrt_model_load(detail::c_text(path), detail::c_text(options), &made));
    handle_.reset(made);
  }
  /* From `size` bytes in memory. */
  static Model from_memory(const void *data, size_t size, const std::string &options = "") {
    tsrt_model *made = nullptr;
    detail::check(tsrt_model_load_buffer(data, size, detail::c_text(options), &made));
    return Model(made);
  }
  explicit Model(tsrt_model *owned) noexcept : handle_(owned) {}

  /* One result: `model(view(x, {2, 3}))`. */
  template <class... Inputs>
  Tensor operator()(const Inputs &...inputs) {
    const tsrt_tensor tensors[] = {inputs.get()..., {}};
    tsrt_managed_tensor *output = nullptr;
    size_t n = 0;
    detail::check(tsrt_model_forward(get(), tensors, sizeof...(inputs), &output, 1, &n));
    if (n == 0) throw Error(Code::unsupported, "forward gave no tensor: call forward() or run()");
    return Tensor(output);
  }
  /* Up to `capacity` results. */
  std::vector<Tensor> forward(std::initializer_list<View> inputs, size_t capacity = 16) {
    std::vector<tsrt_managed_tensor *> outputs(capacity);
    std::vector<Tensor> results;
    results.reserve(capacity);
    size_t n = 0;
    const auto tensors = borrowed(inputs);
    detail::check(
        tsrt_model_forward(get(), tensors.data(), tensors.size(), outputs.data(), capacity, &n));
    for (size_t i = 0; i < n; ++i) results.emplace_back(outputs[i]);
    return results;
  }
  /* The results go into the caller's memory. */
  void forward_into(std::initializer_list<View> inputs,
                    std::initializer_list<MutableView> outputs) {
    const auto in = borrowed(inputs), out = borrowed(outputs);
    detail::check(tsrt_model_forward_into(get(), in.data(), in.size(), out.data(), out.size()));
  }
  /* Any method, on anything: `run("shares", {"a.", dict({{"x", 1.0}})}, {{"scale", 2}})`. */
  Value run(const std::string &method, Values args = {}, Entries kwargs = {}) {
    tsrt_value *result = nullptr;
    detail::check(tsrt_model_run(get(), detail::c_text(method), tuple(args).get(),
                                 dict(kwargs).get(), &result));
    return Value(result);
  }

  Model clone() const {
    tsrt_model *made = nullptr;
    detail::check(tsrt_model_clone(get(), &made));
    return Model(made);
  }
  Model share(const std::string &options = "") const {
    tsrt_model *made = nullptr;
    detail::check(tsrt_model_share(get(), detail::c_text(options), &made));
    return Model(made);
  }
  void cancel() const { detail::check(tsrt_model_cancel(get())); }
  void to(const std::string &device) {
    detail::check(tsrt_model_to(get(), detail::c_text(device)));
  }
  void train(bool training = true) { detail::check(tsrt_model_train(get(), training)); }
  void eval() { train(false); }
  void reset() { detail::check(tsrt_model_reset(get())); }

  Value attribute(const std::string &name) const {
    tsrt_value *found = nullptr;
    detail::check(tsrt_model_get_attribute(get(), detail::c_text(name), &found));
    return Value(found);
  }
  void set_attribute(const std::string &name, const Value &value) {
    detail::check(tsrt_model_set_attribute(get(), detail::c_text(name), value.get()));
  }
  std::string extra_file(const std::string &name) const {
    char *data = nullptr;
    size_t size = 0;
    detail::check(tsrt_model_extra_file(get(), detail::c_text(name), &data, &size));
    const detail::Handle<char, tsrt_string_free> owner(data);
    return {data, size};
  }
  /* Finds the fastest way to run a method and takes it from now on; the report is JSON. `examples`
   * is a tuple or list of tuples of arguments. */
  std::string tune(const char *method, const Value &examples, const char *options = nullptr) {
    return detail::text_of(tsrt_model_tune, get(), method, examples.get(), options);
  }
  /* JSON. */
  std::string describe() const { return detail::text_of(tsrt_model_describe, get()); }

  tsrt_model *get() const noexcept { return handle_.get(); }
  tsrt_model *release() noexcept { return handle_.release(); }

 private:
  template <class Views>
  static std::vector<tsrt_tensor> borrowed(const Views &views) {
    std::vector<tsrt_tensor> tensors;
    for (const View &view : views) tensors.push_back(view.get());
    return tensors;
  }

  detail::Handle<tsrt_model, tsrt_model_free> handle_;
};

/* ---- files and process --------------------------------------------------------------------- */

/* JSON. */
inline std::string inspect(const std::string &path) {
  return detail::text_of(tsrt_inspect, detail::c_text(path));
}
inline void verify(const std::string &path) {
  detail::check(tsrt_verify(detail::c_text(path)));
}
inline void load_library(const std::string &path) {
  detail::check(tsrt_load_library(detail::c_text(path)));
}
inline std::string devices() {
  return detail::text_of(tsrt_devices);
}
inline std::string memory() {
  return detail::text_of(tsrt_memory);
}

}  // namespace tsrt

#endif /* TSRT_HPP */
