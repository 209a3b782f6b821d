// Histories of a data directory that power losses and kills cut short, a thousand clones in all, under a seed that is printed when one
// fails. STREAMLINE_CRASH_SEED=n replays one alone; STREAMLINE_CRASH_RUNS=n takes more or fewer.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "crash/workload.h"

namespace streamline::storage::crash {
namespace {

// Each run is stopped three times or more, so that 350 runs are more than a thousand clones.
constexpr std::uint64_t kRuns = 350;
constexpr int kStopsPerRun = 3;

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Several stops one after the other: recovery itself is cut short too. Returns what was wrong.
std::string run_seed(std::uint64_t seed, Stop stop, std::uint64_t& acked) {
  Workload workload(seed);
  std::mt19937_64 random(seed ^ 0x5eedU);
  for (int i = 0; i < kStopsPerRun; ++i) {
    workload.run();
    // What a kill left unsynced is still there for the next power cut to take.
    const bool killed_first = stop == Stop::power_cut && random() % 4 == 0;
    if (killed_first && !workload.stop_and_check(Stop::kill, random())) break;
    if (killed_first && random() % 2 == 0) workload.run();
    if (!workload.stop_and_check(stop, random())) break;
    // Now and then the machine stops again before anything else happens.
    if (random() % 4 == 0 && !workload.stop_and_check(stop, random())) break;
  }
  acked += workload.acked_batches();
  return workload.failure();
}

void run_all(Stop stop, std::uint64_t runs) {
  const bool one_only = std::getenv("STREAMLINE_CRASH_SEED") != nullptr;
  // Injected faults and cuts are what these runs are made of; only a replay tells of them. Nothing is said above error.
  log::set_level(one_only ? log::Level::debug : log::Level::error);
  const std::uint64_t first = number_from("STREAMLINE_CRASH_SEED", 0);
  const std::uint64_t count = one_only ? 1 : number_from("STREAMLINE_CRASH_RUNS", runs);
  std::uint64_t acked = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string failure = run_seed(seed, stop, acked);
    INFO("STREAMLINE_CRASH_SEED=" << seed);
    REQUIRE(failure == "");
  }
  // The promise would be empty if nothing had been promised.
  CHECK(acked > 0);
}

TEST_CASE("power cuts: what was acked is there once at its offset, nothing is half there, duplicates are known", "[crash]") {
  run_all(Stop::power_cut, kRuns);
}

TEST_CASE("kills: everything written is there once at its offset, duplicates are known", "[crash]") { run_all(Stop::kill, kRuns / 4); }

}  // namespace
}  // namespace streamline::storage::crash
