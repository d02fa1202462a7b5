/* tsrt.hpp: what it owns is freed, what fails is thrown, values go both ways. */
#include <array>
#include <cstdio>
#include <cstdlib>
#include <tsrt.hpp>

#define CHECK(condition) check(condition, #condition, __LINE__)

static void check(bool holds, const char *what, int line) {
  if (holds) return;
  std::fprintf(stderr, "wrapper.cpp:%d: failed: %s\n", line, what);
  std::exit(1);
}

/* The code that a function throws, and whether its message has this text. */
template <class Function>
static bool throws(tsrt::Code code, const char *part, Function function) {
  try {
    function();
  } catch (const tsrt::Error &error) {
    const tsrt::Error copy = error;
    return copy.code() == code && std::string(copy.what()).find(part) != std::string::npos;
  }
  return false;
}

static std::string folder;

static tsrt::Model load(const char *name, const char *options = "") {
  return tsrt::Model(folder + "/" + name + ".pt", options);
}

static const std::array<float, 6> six{1, 2, 3, 4, 5, 6};

static bool same(const tsrt::Tensor &tensor, std::initializer_list<float> wanted) {
  const auto values = tensor.values<float>();
  return values.size() == wanted.size() && std::equal(values.begin(), values.end(), wanted.begin());
}

static void test_forward() {
  tsrt::Model pairs = load("tuple_out");
  const auto x = tsrt::view(six, {6});
  const std::vector<tsrt::Tensor> three = pairs.forward({x, x});
  CHECK(three.size() == 3 && same(three[1], {0, 0, 0, 0, 0, 0}));
  CHECK(throws(tsrt::Code::invalid_argument, "3", [&] { pairs.forward({x, x}, 2); }));
  std::vector<float> sum(6), difference(6), product(6);
  pairs.forward_into({x, x},
                     {tsrt::view(sum, {6}), tsrt::view(difference, {6}), tsrt::view(product, {6})});
  CHECK(sum[5] == 12 && difference[5] == 0 && product[5] == 36);

  /* Strides on the way in, and on the way out. */
  tsrt::Model identity = load("identity");
  const tsrt::View columns(six.data(), tsrt::dtype_of<float>(), {3, 2}, {1, 3});
  const tsrt::Tensor turned = identity(columns);
  CHECK(turned.sizes()[0] == 3 && turned.size() == 6);
  CHECK(same(turned.copy(), {1, 4, 2, 5, 3, 6}));
  CHECK(same(identity(turned.view()).copy(), {1, 4, 2, 5, 3, 6}));
  CHECK(same(turned.copy().share(), {1, 4, 2, 5, 3, 6}));
  const std::vector<int64_t> none;
  CHECK(identity(tsrt::view(none, {0, 5})).values<int64_t>().size() == 0);
  const std::array<bool, 1> yes{true};
  CHECK(identity(tsrt::view(yes, {})).values<bool>()[0]);
  CHECK(throws(tsrt::Code::invalid_argument, "another type",
               [&] { identity(tsrt::view(six, {6})).values<double>(); }));
}

static void test_errors() {
  CHECK(throws(tsrt::Code::not_found, "absent", [] { load("absent"); }));
  CHECK(throws(tsrt::Code::invalid_argument, "colour", [] { load("identity", "colour=red"); }));
  CHECK(throws(tsrt::Code::invalid_argument, "zero byte",
               [] { tsrt::Model(std::string("a\0b", 3)); }));
  CHECK(throws(tsrt::Code::invalid_argument, "7 elements over 6", [] { tsrt::view(six, {7}); }));
  CHECK(throws(tsrt::Code::invalid_argument, "2 sizes and 1 strides",
               [] { tsrt::View(six.data(), tsrt::dtype_of<float>(), {2, 3}, {1}); }));
  tsrt::Model raises = load("raises");
  const auto x = tsrt::view(six, {6});
  CHECK(throws(tsrt::Code::model_error, "the sum is positive", [&] { raises(x); }));
  try {
    raises(x);
  } catch (const tsrt::Error &error) {
    CHECK(error.detail().find("Traceback") != std::string::npos);
  }
  CHECK(throws(tsrt::Code::not_found, "forward", [&] { raises.run("nothing"); }));
}

static void test_values() {
  tsrt::Model kinds = load("kinds");
  const auto echo = [&](const tsrt::Value &value) { return kinds.run("echo", {value}); };
  CHECK(echo(nullptr).is_none());
  CHECK(echo(true).to_bool() && echo(true).kind() == tsrt::Kind::boolean);
  CHECK(echo(-7).to_int() == -7 && echo(int64_t(1) << 62).to_int() == int64_t(1) << 62);
  CHECK(echo(2.5f).to_double() == 2.5);
  CHECK(kinds.run("rotate", {std::complex<double>(1, 2)}).to_complex() ==
        std::complex<double>(-2, 1));
  CHECK(echo(std::string("a\0b", 3)).to_string() == std::string("a\0b", 3));
  CHECK(same(echo(tsrt::view(six, {6})).to_tensor(), {1, 2, 3, 4, 5, 6}));
  CHECK(throws(tsrt::Code::invalid_argument, "", [&] { echo("text").to_int(); }));

  const tsrt::Value wide = kinds.run("widen", {tsrt::tuple({4, 1.5})});
  CHECK(wide.kind() == tsrt::Kind::tuple && wide.size() == 2 && wide.field(0) == "low");
  CHECK(wide[0].to_int() == 3 && wide[1].to_double() == 2);
  CHECK(wide.type().find("Range") != std::string::npos);

  const tsrt::Value one = tsrt::tuple({"a", 1}), two = tsrt::tuple({"b", 2});
  const tsrt::Value total = kinds.run("total", {tsrt::list({one, two, one})});
  CHECK(total[0].to_string() == "aba" && total[1].to_int() == 4 && total.field(0).empty());
  const auto [key, item] = kinds.run("names", {tsrt::dict({{5, "five"}})}).entry(0);
  CHECK(key.to_int() == -5 && item.to_string() == "five");
  CHECK(kinds.run("order", {1}, {{"c", 9}})[2].to_int() == 9);
  const tsrt::Value empty = kinds.run("empty", {tsrt::list({}), tsrt::dict({}), tsrt::list({})});
  CHECK(empty.size() == 4 && empty[0].size() == 0);
  const std::vector<tsrt::Value> items{1, 2};
  CHECK(echo(tsrt::list(items)).size() == 2 && echo(tsrt::tuple(items)).size() == 2);
  const tsrt_dtype half = {TSRT_FLOAT, 16, 1};
  CHECK(kinds.run("cast", {tsrt::view(six, {6}), half}).to_tensor().dtype().bits == 16);
}

static void test_quantized() {
  const std::array<int8_t, 3> integers{-1, 0, 5};
  const std::array<double, 1> scale{0.5};
  const std::array<int64_t, 1> zero{1};
  const tsrt::Value value =
      tsrt::quantized(tsrt::view(integers, {3}), tsrt::view(scale, {}), tsrt::view(zero, {}));
  const tsrt::Tensor tensor = value.to_tensor();
  CHECK(tensor.is_quantized() && tensor.values<int8_t>()[2] == 5);
  CHECK(same(tensor.dequantize(), {-1, -0.5, 2}));
}

static void test_objects() {
  tsrt::Model model = load("objects");
  const tsrt::Value tally = model.run("make", {5});
  CHECK(tally.kind() == tsrt::Kind::object &&
        tally.call("add", {2}, {{"name", "b"}}).to_int() == 7);
  CHECK(tally.attribute("total").to_int() == 7);
  CHECK(tally.describe().find("\"add\"") != std::string::npos);
  CHECK(model.run("feed", {tally, 1}).to_int() == 8 && tally.attribute("total").to_int() == 8);
  CHECK(throws(tsrt::Code::model_error, "the tally has failed", [&] { tally.call("fail"); }));
}

static void test_models() {
  tsrt::Model counter = load("counter");
  const std::array<float, 1> zero{0};
  const auto x = tsrt::view(zero, {1});
  CHECK(same(counter(x), {1}) && same(counter(x), {2}));
  tsrt::Model clone = counter.clone(), shared = counter.share("threads=1");
  CHECK(same(clone(x), {3}) && same(shared(x), {3}) && same(counter(x), {4}));
  counter.set_attribute("count", tsrt::view(zero, {1}));
  CHECK(same(counter.attribute("count").to_tensor(), {0}));
  counter.reset();
  counter.cancel();
  counter.to("cpu");
  counter.eval();
  CHECK(same(counter(x), {1}));
  CHECK(counter.describe().find("\"count\"") != std::string::npos);
  const tsrt::Value example = tsrt::tuple({x});
  const std::string report = counter.tune("forward", tsrt::tuple({example}), "seconds=0.01");
  CHECK(report.find("\"plan\":\"exact\"") != std::string::npos);
  CHECK(throws(tsrt::Code::device, "cuda:99", [&] { counter.to("cuda:99"); }));
  CHECK(throws(tsrt::Code::not_found, "", [&] { counter.extra_file("none.txt"); }));

  tsrt::Model moved = std::move(counter);
  CHECK(!counter.get() && same(moved(x), {2}));
  /* A model that was moved from is a handle that is NULL: an error, as in C. */
  CHECK(throws(tsrt::Code::invalid_argument, "", [&] { counter(x); }));
  CHECK(tsrt::devices().find("cpu") != std::string::npos);
  CHECK(tsrt::memory().find("weights") != std::string::npos);
  CHECK(tsrt::inspect(folder + "/counter.pt").find("torchscript") != std::string::npos);
  tsrt::verify(folder + "/counter.pt");
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  folder = argv[1];
  try {
    test_forward();
    test_errors();
    test_values();
    test_quantized();
    test_objects();
    test_models();
  } catch (const tsrt::Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  CHECK(tsrt_live_handles() == 0);
}
