/* How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks. */
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <tsrt.hpp>

static volatile float seen;

static void run(tsrt::Model &model, const tsrt::View &x, int calls) {
  float sum = 0;
  for (int i = 0; i < calls; ++i) sum += model(x).values<float>()[0];
  seen = sum;
}

int main(int argc, char **argv) try {
  if (argc != 2) throw tsrt::Error(tsrt::Code::invalid_argument, "usage: bench identity.pt");
  tsrt::Model model(argv[1]);
  const std::array<float, 4> ones{1, 1, 1, 1};
  const auto x = tsrt::view(ones, {4});
  run(model, x, 20000);
  std::array<double, 15> blocks;
  for (double &block : blocks) {
    const auto start = std::chrono::steady_clock::now();
    run(model, x, 10000);
    block = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start) /
            std::chrono::nanoseconds(10000);
  }
  std::sort(blocks.begin(), blocks.end());
  std::printf("%.1f\n", blocks[7]);
} catch (const tsrt::Error &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
