// Consumer: reads assigned partitions from given offsets, without a group.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/cluster.h"
#include "client/offset_spec.h"
#include "record/batch_walker.h"
#include "record/record_iterator.h"

namespace streamline::client {

struct ConsumerOptions {
  /// How long the broker may hold an empty answer back.
  std::chrono::milliseconds max_wait{500};
  std::int32_t max_bytes = 50 * 1024 * 1024;
  std::int32_t partition_max_bytes = 1024 * 1024;
};

/// A record and where it came from; views that live until the next poll().
struct ConsumedRecord {
  std::int32_t partition = 0;
  const record::BatchHeader* batch = nullptr;
  record::RecordView record;
};

/// Belongs to one thread. Reads uncommitted records; control batches are stepped over.
class Consumer {
 public:
  Consumer(Cluster& cluster, std::string topic, const ConsumerOptions& options = {})
      : cluster_(cluster), topic_(std::move(topic)), options_(options) {}

  /// Reads `partition` from `from` on; with `stop`, up to it and not beyond.
  void assign(std::int32_t partition, Offset from, std::optional<Offset> stop = std::nullopt);
  /// The records of one batch, ascending by offset; empty when `deadline` passed first, or nothing is left to read.
  Result<std::span<const ConsumedRecord>> poll(Deadline deadline);
  /// Whether every partition has reached its stop.
  bool done() const;
  /// Offset of the next record to come from a partition.
  Offset position(std::int32_t partition) const { return places_.at(partition).next; }

 private:
  struct Place {
    Offset next{0};
    std::optional<Offset> stop;
    bool reached() const { return stop && next >= *stop; }
  };
  /// Fetched bytes of one partition that have not been handed out yet.
  struct Chunk {
    std::int32_t partition = 0;
    std::vector<std::byte> bytes;
    std::size_t at = 0;
  };
  Status fetch(Deadline deadline);
  /// Partitions to read, by the broker that leads them.
  Attempt<std::map<Connection*, std::vector<std::int32_t>>> by_leader();
  Attempt<std::int32_t> fetch_once(Deadline deadline);
  Status send_fetch(Connection& leader, const std::vector<std::int32_t>& partitions, std::chrono::milliseconds wait);
  Attempt<std::int32_t> receive_fetch(Connection& leader);
  Status open_batch(Chunk& chunk);

  Cluster& cluster_;
  std::string topic_;
  ConsumerOptions options_;
  std::map<std::int32_t, Place> places_;
  std::deque<Chunk> chunks_;
  /// The chunk whose records were handed out last; its bytes back their views.
  Chunk current_;
  record::BatchHeader header_;
  record::Decompressor decompressor_;
  std::vector<ConsumedRecord> records_;
};

}  // namespace streamline::client
