// scenario [transactions] [--update] FILE… plays script files and fails when a case does; --update writes what came into the files.
// scenario [transactions|offsets] --seeds N [FIRST] runs the random driver. Without the first word it is about groups.
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "scenario/classic_player.h"
#include "scenario/offset_driver.h"
#include "scenario/random_driver.h"
#include "scenario/transactions/transaction_driver.h"
#include "scenario/transactions/transaction_player.h"

namespace streamline::scenario {
namespace {

struct Subject {
  NewPlayer new_player;
  std::string (*broken_in_random_run)(std::uint64_t seed);
};

int run_seeds(const Subject& subject, std::uint64_t count, std::uint64_t first) {
  constexpr std::size_t kShown = 5;
  std::size_t failures = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string broken = subject.broken_in_random_run(seed);
    if (broken.empty()) continue;
    if (++failures <= kShown) std::cout << broken << '\n';
  }
  std::cout << count << " seeds from " << first << ", " << failures << " failed\n";
  return failures == 0 && count > 0 ? 0 : 1;
}

int run_scripts(const Subject& subject, std::span<char*> arguments) {
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
    const Outcome outcome = play(path, text, subject.new_player);
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
  using namespace streamline::scenario;
  std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  Subject subject{.new_player = new_classic_player, .broken_in_random_run = broken_in_random_run};
  if (!arguments.empty() && std::string_view(arguments[0]) == "transactions") {
    subject = {.new_player = new_transaction_player, .broken_in_random_run = broken_in_random_transactions};
    arguments = arguments.subspan(1);
  }
  if (!arguments.empty() && std::string_view(arguments[0]) == "offsets") {
    subject.broken_in_random_run = broken_in_random_offsets;
    arguments = arguments.subspan(1);
  }
  if (arguments.size() >= 2 && std::string_view(arguments[0]) == "--seeds") {
    return run_seeds(subject, std::stoull(arguments[1]), arguments.size() > 2 ? std::stoull(arguments[2]) : 1);
  }
  return run_scripts(subject, arguments);
}
