// Plays script files: scenario [--update] FILE…; fails when a case does. --update writes what came into the files.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "scenario/classic_player.h"

int main(int argc, char** argv) {
  using namespace streamline::scenario;
  bool update = false;
  std::size_t cases = 0;
  std::size_t failures = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string path = argv[i];
    if (path == "--update") {
      update = true;
      continue;
    }
    std::ifstream in(path);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const Outcome outcome = play(path, text, new_classic_player);
    if (outcome.cases == 0) std::cout << path << ": no case\n", ++failures;
    cases += outcome.cases;
    failures += outcome.failures.size();
    for (const std::string& failure : outcome.failures) std::cout << failure << '\n';
    if (update && outcome.updated != text) std::ofstream(path) << outcome.updated;
  }
  std::cout << cases << " cases, " << failures << " failed\n";
  return failures == 0 && cases > 0 ? 0 : 1;
}
