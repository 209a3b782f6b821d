// Compactor: compacts the logs of topics with cleanup.policy compact, the dirtiest first, on a thread of its own, so that neither syncs nor
// anybody's request on the pool ever waits for it. Between two looks it sleeps log.cleaner.backoff.ms.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "async/clock.h"
#include "broker/partition.h"
#include "broker/topic_partitions.h"
#include "catalog/catalog.h"
#include "config/server_config.h"
#include "storage/compaction/cleaner.h"
#include "storage/log_store.h"

namespace streamline::broker {

struct CompactorOptions {
  storage::MapLimits map;
  /// Read and written together.
  double bytes_per_second = 0;
  std::chrono::milliseconds pause{0};
};
CompactorOptions compactor_options(const config::ServerConfig& config);
storage::CompactionOptions compaction_options(const config::TopicOptions& topic);

class Compactor final : private storage::Pace {
 public:
  /// Starts the thread. All outlive it.
  Compactor(storage::LogStore& store, const Clock& clock, const catalog::Catalog& catalog, const CompactorOptions& options);
  /// Ends a round that is running within a step, and the thread.
  ~Compactor() override;
  /// Any thread: they hold from the next step on, those of the map from the next round on.
  void set_options(const CompactorOptions& options);
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Choice {
    std::shared_ptr<Partition> partition;
    storage::CompactionOptions options;
    storage::DirtyRange range;
  };
  void run();
  std::optional<Choice> choose();
  void look_at(const std::shared_ptr<Partition>& partition, const storage::CompactionOptions& options, std::optional<Choice>& best);
  void clean(const Choice& choice);
  Result<storage::RoundReport> run_round(const Choice& choice);
  void give_up(const Partition& partition, const Error& error);
  /// Any of the thread's waits: false when the thread has to end.
  bool wait_until(Time time);
  bool pause();
  CompactorOptions options();
  bool proceed(std::uint64_t bytes) override;

  storage::LogStore& store_;
  const Clock& clock_;
  const catalog::Catalog& catalog_;

  // The thread's own.
  storage::Cleaner cleaner_;
  const Partition* current_ = nullptr;
  Time paid_until_{};                // what was read and written so far is allowed from then on
  std::set<std::uint32_t> failed_;   // partitions that wait for the next look
  std::set<std::uint32_t> damaged_;  // and that wait for the next start; by number

  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  CompactorOptions options_;
  std::uint64_t options_number_ = 0;  // rises with each set_options()
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace streamline::broker
