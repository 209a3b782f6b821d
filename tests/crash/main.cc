// crash_storage: histories of a data directory that power losses and kills cut short, thousands of clones under seeds, on all cores.
// The seed of one that fails is printed and replays it alone: crash_storage --seed N [--kind power-cut|kill]
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "crash/workload.h"

namespace {

using namespace streamline;
using storage::crash::Stop;
using storage::crash::Workload;

// Each run is stopped three times or more.
constexpr int kStopsPerRun = 3;
constexpr std::uint64_t kMostFailuresTold = 5;

struct Options {
  std::uint64_t first_seed = 0;
  std::uint64_t clones = 7'500;  // of which 5,000 and more are power cuts
  std::optional<Stop> kind;
  bool one_seed = false;
};

struct Totals {
  std::atomic<std::uint64_t> next = 0;
  std::atomic<std::uint64_t> clones = 0;
  std::atomic<std::uint64_t> power_cuts = 0;
  std::atomic<std::uint64_t> owed = 0;
  std::atomic<std::uint64_t> compacted = 0;
  std::atomic<std::uint64_t> moved = 0;
  std::atomic<std::uint64_t> aborts = 0;
  std::atomic<std::uint64_t> open = 0;
  std::mutex mutex;  // the next two
  std::vector<std::string> failures;
};

std::string_view name_of(Stop stop) { return stop == Stop::power_cut ? "power-cut" : "kill"; }

/// Several stops one after the other: recovery itself is cut short too. Returns what was wrong.
std::string run_seed(std::uint64_t seed, Stop stop, Totals& totals) {
  Workload workload(seed);
  std::mt19937_64 random(seed ^ 0x5eedU);
  const auto stopped = [&](Stop how) {
    ++totals.clones;
    totals.power_cuts += how == Stop::power_cut ? 1 : 0;
    return workload.stop_and_check(how, random());
  };
  for (int i = 0; i < kStopsPerRun; ++i) {
    workload.run();
    // What a kill left unsynced is still there for the next power cut to take.
    const bool killed_first = stop == Stop::power_cut && random() % 4 == 0;
    if (killed_first && !stopped(Stop::kill)) break;
    if (killed_first && random() % 2 == 0) workload.run();
    if (!stopped(stop)) break;
    // Now and then the machine stops again before anything else happens.
    if (random() % 4 == 0 && !stopped(stop)) break;
  }
  totals.owed += workload.owed_batches();
  totals.compacted += workload.compacted_records();
  totals.moved += workload.moved_starts();
  totals.aborts += workload.told_aborts();
  totals.open += workload.held_back();
  return workload.failure();
}

void run_seeds(const Options& options, Totals& totals) {
  for (;;) {
    const std::uint64_t n = totals.next.fetch_add(1);
    if (options.one_seed ? n > 0 : totals.clones >= options.clones) return;
    const std::uint64_t seed = options.first_seed + n;
    const Stop stop = options.kind.value_or(seed % 6 == 5 ? Stop::kill : Stop::power_cut);
    const std::string failure = run_seed(seed, stop, totals);
    if (failure.empty()) continue;
    const std::lock_guard guard(totals.mutex);
    totals.failures.push_back(fmt::format("--seed {} --kind {}: {}", seed, name_of(stop), failure));
  }
}

bool number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse(std::vector<std::string_view> words, Options& options) {
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string_view value = words[i + 1];
    if (words[i] == "--seed" && number(value, options.first_seed)) {
      options.one_seed = true;
    } else if (words[i] == "--from" && number(value, options.first_seed)) {
      continue;
    } else if (words[i] == "--clones" && number(value, options.clones)) {
      continue;
    } else if (words[i] == "--kind" && (value == "power-cut" || value == "kill")) {
      options.kind = value == "kill" ? Stop::kill : Stop::power_cut;
    } else {
      return false;
    }
  }
  return words.size() % 2 == 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse({argv + 1, argv + argc}, options)) {
    fmt::print(stderr, "usage: crash_storage [--seed N] [--kind power-cut|kill] [--from SEED] [--clones N]\n");
    return 2;
  }
  // Injected faults and cuts are what these runs are made of; only a replay tells of them.
  log::set_level(options.one_seed ? log::Level::debug : log::Level::error);
  if (!options.one_seed && std::freopen("/dev/null", "w", stderr) == nullptr) return 2;
  Totals totals;
  std::vector<std::jthread> threads;
  const unsigned count = options.one_seed ? 1 : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < count; ++i) threads.emplace_back([&] { run_seeds(options, totals); });
  threads.clear();
  for (std::size_t i = 0; i < totals.failures.size() && i < kMostFailuresTold; ++i) fmt::print("FAILED {}\n", totals.failures[i]);
  fmt::print(
      "{} clones, {} of them power cuts, {} acked batches looked for, {} records compacted away, {} log starts moved, {} aborted and {} "
      "open "
      "transactions found again, {} failed\n",
      totals.clones.load(), totals.power_cuts.load(), totals.owed.load(), totals.compacted.load(), totals.moved.load(),
      totals.aborts.load(), totals.open.load(), totals.failures.size());
  // The promise would be empty if nothing had been promised, or nothing taken that may be taken.
  const bool proves =
      options.one_seed || (totals.owed > 0 && totals.compacted > 0 && totals.moved > 0 && totals.aborts > 0 && totals.open > 0);
  return totals.failures.empty() && proves ? 0 : 1;
}
