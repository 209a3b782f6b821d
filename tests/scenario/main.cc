// scenario [--update] FILE… plays script files and fails when a case does; --update writes what came into the files.
// scenario --seeds N [FIRST] runs the random driver.
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "scenario/classic_player.h"
#include "scenario/random_driver.h"

namespace streamline::scenario {
namespace {

int run_seeds(std::uint64_t count, std::uint64_t first) {
  constexpr std::size_t kShown = 5;
  std::size_t failures = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string broken = broken_in_random_run(seed);
    if (broken.empty()) continue;
    if (++failures <= kShown) std::cout << broken << '\n';
  }
  std::cout << count << " seeds from " << first << ", " << failures << " failed\n";
  return failures == 0 && count > 0 ? 0 : 1;
}

int run_scripts(std::span<char*> arguments) {
  bool update = false;
  std::size_t cases = 0;
  std::size_t failures = 0;
  for (const std::string path : arguments) {
    if (path == "--update") {
      update = true;
      continue;
    }
    std::ifstream in(path);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const Outcome outcome = play(path, text, new_classic_player);
    cases += outcome.cases;
    failures += outcome.failures.size();
    if (outcome.cases == 0) {
      std::cout << path << ": no case\n";
      ++failures;
    }
    for (const std::string& failure : outcome.failures) std::cout << failure << '\n';
    if (update && outcome.updated != text) std::ofstream(path) << outcome.updated;
  }
  std::cout << cases << " cases, " << failures << " failed\n";
  return failures == 0 && cases > 0 ? 0 : 1;
}

}  // namespace
}  // namespace streamline::scenario

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  if (arguments.size() >= 2 && std::string_view(arguments[0]) == "--seeds") {
    return streamline::scenario::run_seeds(std::stoull(arguments[1]), arguments.size() > 2 ? std::stoull(arguments[2]) : 1);
  }
  return streamline::scenario::run_scripts(arguments);
}
