// Random histories of a compacted log under a seed: appends, rolls, rounds with small maps, restarts of every kind, power cuts in the
// middle of rounds. The model: a record that is there is one that was written, at its offset; of each acked key the newest is there, or was
// a tombstone; nothing older than what left comes back. STREAMLINE_COMPACTION_SEED=n replays one alone.
#include <cstdlib>
#include <random>

#include "storage/compaction/offset_map.h"
#include "unit/storage/compaction_fixture.h"
#include "unit/storage/probed_file_system.h"

namespace streamline::storage::test {
namespace {

constexpr std::uint64_t kSeeds = 400;

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), bench_(options()) {
    bench_.limits = {.memory_bytes = (2 + pick(60)) * OffsetMap::kSlotBytes, .load_factor = 0.9};
    bench_.compaction.segment_bytes = 300 + pick(3000);
    bench_.compaction.delete_retention_ms = static_cast<std::int64_t>(pick(4)) * kSegmentMs;
    keys_ = 1 + pick(30);
  }

  void run() {
    for (std::uint64_t steps = 20 + pick(60); steps > 0; --steps) step();
    stop(pick(3));
    check();
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  LogOptions options() {
    LogOptions options = compacted_log();
    options.segment_bytes = 400 + pick(2000);
    options.durability = pick(2) == 0 ? Durability::always : Durability::interval;
    return options;
  }

  void step() {
    const std::uint64_t choice = pick(100);
    if (choice < 55) {
      append();
    } else if (choice < 70) {
      bench_.roll();
      acknowledge();
    } else if (choice < 90) {
      compact();
    } else if (choice < 95) {
      REQUIRE(bench_.store->checkpoint(bench_.now));
    } else {
      stop(pick(3));
    }
  }

  void append() {
    std::vector<KeyedRecord> records;
    for (std::uint64_t i = 1 + pick(4); i > 0; --i) {
      KeyedRecord record{"key-" + std::to_string(pick(keys_)), std::nullopt, static_cast<std::int64_t>(pick(1'000'000))};
      if (pick(4) != 0) record.value = std::string(pick(80), static_cast<char>('a' + pick(26)));
      records.push_back(record);
    }
    record::BatchOptions with;
    with.codec = static_cast<record::Codec>(pick(3) == 0 ? pick(5) : 0);
    if (pick(2) == 0) {
      with.producer_id = ProducerId(static_cast<std::int64_t>(pick(3)));
      with.producer_epoch = 0;
      with.base_sequence = sequences_[with.producer_id.value];
      sequences_[with.producer_id.value] += static_cast<std::int32_t>(records.size());
    }
    std::int64_t offset = bench_.put_batch(records, with).value;
    for (const KeyedRecord& record : records) {
      written_[offset] = {offset, record.key, record.value, record.timestamp};
      ++offset;
    }
    if (with.producer_id.value >= 0) {
      std::vector<ProducerWrite>& last = last_batches_[with.producer_id.value];
      last.push_back({with, records});
      if (last.size() > ProducerEntry::kRememberedBatches) last.erase(last.begin());
    }
    if (pick(3) == 0) sync(*bench_.log);
    acknowledge();
  }
  void acknowledge() { acked_end_ = std::max(acked_end_, bench_.log->high_watermark().value); }

  void compact() {
    Result<std::optional<DirtyRange>> range = bench_.dirty();
    REQUIRE(range);
    if (!*range) return;
    const bool interrupt = pick(3) == 0;
    std::unique_ptr<fs::MemoryFileSystem> left;
    const std::uint64_t cut_before = pick(40);
    std::uint64_t changes = 0;
    const bool power = pick(2) == 0;
    if (interrupt) {
      bench_.place.fs.set_probe([&] {
        if (changes++ != cut_before) return;
        left = power ? bench_.place.fs.inner().crash_clone(random_()) : bench_.place.fs.inner().kill_clone();
      });
    }
    REQUIRE(bench_.store->secure_producers(*bench_.log, (*range)->end, bench_.now));
    REQUIRE(Cleaner(bench_.place.fs, bench_.limits, bench_.pace).clean(*bench_.log, bench_.compaction, **range, bench_.now));
    bench_.place.fs.set_probe({});
    check();
    if (left == nullptr) return;
    // Only looked at: the history goes on where it was not interrupted.
    CompactionBench<MemoryPlace> other(bench_.options);
    other.drop();
    other.boot = bench_.boot + (power ? "x" : "");
    other.open(*left, bench_.now);
    check_log(*other.log, power ? Lost::unsynced : Lost::nothing);
    other.drop();
  }

  void stop(std::uint64_t kind) {
    if (kind == 0) {
      bench_.reopen_clean();
    } else if (kind == 1) {
      bench_.reopen_killed();
    } else {
      sync(*bench_.log);
      bench_.reopen_other_boot();
    }
    acknowledge();
    check();
    check_producers();
  }

  void check() { check_log(*bench_.log, Lost::nothing); }

  enum class Lost : std::uint8_t { nothing, unsynced };
  void check_log(const Log& log, Lost lost) {
    const std::int64_t end = log.log_end().value;
    const std::int64_t whole = written_.empty() ? 0 : written_.rbegin()->first + 1;
    const bool always = bench_.options.durability == Durability::always;
    if (lost == Lost::nothing) REQUIRE(end == whole);
    if (lost == Lost::unsynced && always) REQUIRE(end >= acked_end_);
    std::map<Text, FoundKeyed> newest;
    for (const auto& [offset, record] : written_) {
      if (offset < std::min(end, log.high_watermark().value)) newest[record.key] = record;
    }
    std::map<Text, std::int64_t> found;
    for (const FoundKeyed& record : contents_of(log, 1 + pick(2000)).records) {
      REQUIRE(written_.at(record.offset) == record);
      found[record.key] = record.offset;
    }
    for (const auto& [key, record] : newest) {
      INFO("key " << *key << " offset " << record.offset);
      const auto there = found.find(key);
      if (there == found.end()) REQUIRE_FALSE(record.value);
      if (there != found.end()) REQUIRE(there->second == record.offset);
    }
  }

  /// Rules 46 and 54: the last five batches of each producer are still known.
  void check_producers() {
    for (const auto& [id, batches] : last_batches_) {
      for (const ProducerWrite& batch : batches) {
        INFO("producer " << id << " sequence " << batch.options.base_sequence);
        REQUIRE(append_batch(*bench_.log, keyed_batch(batch.records, batch.options), bench_.now).duplicate);
      }
    }
  }

  struct ProducerWrite {
    record::BatchOptions options;
    std::vector<KeyedRecord> records;
  };

  std::mt19937_64 random_;
  CompactionBench<ProbedPlace> bench_;
  std::uint64_t keys_ = 1;
  std::map<std::int64_t, FoundKeyed> written_;
  std::map<std::int64_t, std::int32_t> sequences_;
  std::map<std::int64_t, std::vector<ProducerWrite>> last_batches_;
  std::int64_t acked_end_ = 0;
};

TEST_CASE("compacted logs under random histories keep the newest of each key and bring nothing back", "[compaction]") {
  const char* only = std::getenv("STREAMLINE_COMPACTION_SEED");
  const std::uint64_t first = only == nullptr ? 0 : std::strtoull(only, nullptr, 10);
  for (std::uint64_t seed = first; seed < first + (only == nullptr ? kSeeds : 1); ++seed) {
    INFO("STREAMLINE_COMPACTION_SEED=" << seed);
    History(seed).run();
  }
}

}  // namespace
}  // namespace streamline::storage::test
