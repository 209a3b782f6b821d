// The fuzz inputs without a fuzzer: every golden as a seed, then mutations of them from a printed seed.
//
//   wire_fuzz_smoke [SEED]              runs the goldens and the mutations
//   wire_fuzz_smoke --write-corpus DIR  writes the goldens as seeds for wire_fuzz
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

#include "wire/goldens.h"
#include "wire_input.h"

namespace streamline::wire {
namespace {

constexpr int kMutations = 100'000;
constexpr unsigned kDefaultSeed = 20'261'121;

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> inputs;
  for (const Golden& golden : goldens()) {
    const Codec* codec = find_codec(golden.name);
    if (codec != nullptr) inputs.push_back(wire_input(*codec, golden.version, golden.bytes));
  }
  return inputs;
}

/// Some bytes changed, cut out, or taken from another input.
std::vector<std::byte> mutated(std::vector<std::byte> input, const std::vector<std::byte>& other, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(input.size() + 1);
    const auto from = input.begin() + static_cast<std::ptrdiff_t>(at);
    const auto length = static_cast<std::ptrdiff_t>(below(input.size() - at));
    switch (below(4)) {
      case 0:
        if (from != input.end()) *from = static_cast<std::byte>(random());
        break;
      case 1: input.erase(from, from + length); break;
      case 2: input.insert(from, other.begin(), other.begin() + static_cast<std::ptrdiff_t>(below(other.size()))); break;
      default:
        if (from != input.end()) *from ^= static_cast<std::byte>(1U << below(8));
        break;
    }
  }
  return input;
}

int run(unsigned seed) {
  const auto inputs = seeds();
  if (inputs.empty()) {
    std::fputs("no goldens\n", stderr);
    return 1;
  }
  std::printf("seed %u, %zu goldens, %d mutations\n", seed, inputs.size(), kMutations);
  for (const auto& input : inputs) try_wire_input(input);
  std::mt19937 random(seed);
  for (int i = 0; i < kMutations; ++i) {
    try_wire_input(mutated(inputs[random() % inputs.size()], inputs[random() % inputs.size()], random));
  }
  return 0;
}

int write_corpus(const std::string& folder) {
  int number = 0;
  for (const auto& input : seeds()) {
    std::ofstream out(folder + "/" + std::to_string(number++), std::ios::binary);
    out.write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
    if (!out) {
      std::fprintf(stderr, "cannot write to %s\n", folder.c_str());
      return 1;
    }
  }
  std::printf("%d seeds\n", number);
  return 0;
}

}  // namespace
}  // namespace streamline::wire

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "--write-corpus" && argc > 2) return streamline::wire::write_corpus(argv[2]);
  const auto seed = argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : streamline::wire::kDefaultSeed;
  return streamline::wire::run(seed);
}
