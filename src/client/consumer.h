// Consumer: reads assigned partitions of any number of topics from given offsets, without a group.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/cluster.h"
#include "client/offset_spec.h"
#include "record/batch_walker.h"
#include "record/record_iterator.h"
#include "wire/messages/fetch.h"

namespace streamline::client {

struct ConsumerOptions {
  /// How long the broker may hold an empty answer back.
  std::chrono::milliseconds max_wait{500};
  std::int32_t max_bytes = 50 * 1024 * 1024;
  /// A partition's part of an answer; where few are read it is larger, so that less time goes into asking.
  std::int32_t partition_max_bytes = 1024 * 1024;
  /// `committed` leaves out what transactions have aborted or not yet decided.
  Isolation isolation = Isolation::uncommitted;
};

/// A record and where it came from; views that live until the next poll().
struct ConsumedRecord {
  std::string_view topic{};
  std::int32_t partition = 0;
  const record::BatchHeader* batch = nullptr;
  record::RecordView record;
};

/// Belongs to one thread. Control batches are stepped over.
class Consumer {
 public:
  explicit Consumer(Cluster& cluster, const ConsumerOptions& options = {}) : cluster_(cluster), options_(options) {}

  /// Reads a partition from `from` on; with `stop`, up to it and not beyond.
  void assign(const TopicPartition& of, Offset from, std::optional<Offset> stop = std::nullopt);
  /// The records of one batch, ascending by offset; empty when `deadline` passed first, or nothing is left to read.
  Result<std::span<const ConsumedRecord>> poll(Deadline deadline);
  /// Whether every partition has reached its stop.
  bool done() const;
  /// Offset of the next record to come from a partition that is assigned.
  Offset position(const TopicPartition& of) const { return places_.at(of).next; }

 private:
  struct Place {
    Offset next{0};
    std::optional<Offset> stop;
    bool reached() const { return stop && next >= *stop; }
  };
  using Places = std::map<TopicPartition, Place>;
  using Fetched = wire::FetchResponse::PartitionData;
  /// Fetched bytes of one partition that have not been handed out yet; views into an answer.
  struct Chunk {
    Places::value_type* from = nullptr;
    ByteView bytes;
    std::size_t at = 0;
    /// Producers with an aborted transaction that reaches to where the chunk is read; Isolation::committed only.
    std::set<std::int64_t> aborted{};
    /// Aborted transactions that begin further on, by their first offset.
    std::multimap<std::int64_t, std::int64_t> aborted_later{};
  };
  /// A broker's answer, which holds the bytes of its chunks.
  struct Answer {
    Reply<wire::FetchResponse> reply;
    std::deque<Chunk> chunks;
  };
  using Asked = std::map<Connection*, std::vector<Places::value_type*>>;

  Status fetch(Deadline deadline);
  /// Partitions to read, by the broker that leads them.
  Attempt<Asked> by_leader();
  Attempt<std::int32_t> fetch_once(Deadline deadline);
  Status send_fetch(Connection& leader, const std::vector<Places::value_type*>& partitions, std::chrono::milliseconds wait);
  Attempt<std::int32_t> receive_fetch(Connection& leader, const std::vector<Places::value_type*>& partitions);
  Attempt<Chunk> chunk_of(Places::value_type& place, const Fetched& fetched) const;
  Status open_batch(Chunk& chunk);
  Status open_records(Chunk& chunk, const record::BatchView& batch);
  /// Whether the batch belongs to an aborted transaction; also follows the markers that end them.
  Result<bool> is_aborted(Chunk& chunk, const record::BatchView& batch);

  Cluster& cluster_;
  ConsumerOptions options_;
  Places places_;
  /// The first chunk of the first answer was handed out last; its bytes back the records' views.
  std::deque<Answer> answers_;
  record::BatchHeader header_;
  record::Decompressor decompressor_;
  std::vector<ConsumedRecord> records_;
};

}  // namespace streamline::client
