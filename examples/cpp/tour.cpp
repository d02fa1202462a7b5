/* What a model can do, from C++: the same as in every other language. */
#include <array>
#include <cstdio>
#include <iostream>
#include <thread>
#include <tsrt.hpp>

static void print(const char *what, tsrt::Span<const float> values) {
  std::printf("%s", what);
  for (const float value : values) std::printf(" %.3f", value);
  std::printf("\n");
}

static void print(const tsrt::Error &error) {
  std::printf("error %d: %s\n", int(error.code()), error.what());
}

static double average(tsrt::Model &model, const std::vector<float> &samples) {
  return model.run("average", {tsrt::view(samples, {int64_t(samples.size())})}).to_double();
}

/* One model serves all threads: its forward only reads. */
static void in_parallel(tsrt::Model &model, const tsrt::View &x, const std::vector<float> &first) {
  std::array<int, 4> same{};
  std::vector<std::thread> threads;
  for (int &count : same) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) {
        const tsrt::Tensor y = model(x);
        const auto values = y.values<float>();
        count += std::equal(values.begin(), values.end(), first.begin(), first.end());
      }
    });
  }
  int all = 0;
  for (size_t i = 0; i < threads.size(); ++i) {
    threads[i].join();
    all += same[i];
  }
  std::printf("parallel: 4 threads, %d calls, %s\n", all, all == 1000 ? "all the same" : "OTHERS");
}

static void tour(const char *path) {
  try {
    tsrt::Model("absent.pt");
  } catch (const tsrt::Error &error) {
    print(error);
  }
  tsrt::Model model(path);

  const std::array<float, 6> data{0, 1, 2, 3, 4, 5};
  const auto x = tsrt::view(data, {2, 3});
  const tsrt::Tensor y = model(x);
  std::printf("forward: [%d, %d]", int(y.sizes()[0]), int(y.sizes()[1]));
  print("", y.values<float>());

  std::vector<float> into(4);
  model.forward_into({x}, {tsrt::view(into, {2, 2})});
  print("into:", {into.data(), into.size()});

  const auto amounts = tsrt::dict({{"links", 1.0}, {"rechts", 3.0}});
  const tsrt::Value shares = model.run("shares", {"größe-", amounts});
  std::printf("shares:");
  for (size_t i = 0; i < shares.size(); ++i) {
    const auto [name, share] = shares.entry(i);
    std::printf(" %s=%.3f", name.to_string().c_str(), share.to_double());
  }
  std::printf("\naverage:");
  for (const float sample : {1.f, 2.f, 3.f}) std::printf(" %.3f", average(model, {sample, sample}));
  std::printf("\n");
  try {
    average(model, {});
  } catch (const tsrt::Error &error) {
    print(error);
  }
  std::printf("average: %.3f\n", average(model, {4, 4}));
  in_parallel(model, x, into);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: tour model.pt\n");
    return 1;
  }
  try {
    tour(argv[1]);
  } catch (const tsrt::Error &error) {
    std::fprintf(stderr, "tour: %s\n", error.what());
    return 1;
  }
  std::printf("live handles: %d\n", int(tsrt_live_handles()));
}
