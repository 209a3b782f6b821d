// Joins, reads what it is given, commits what it has printed, joins again when the group rebalances, and leaves at the end.
#include "records/consume_group.h"

#include <fmt/format.h>

#include <optional>

#include "client/address.h"
#include "client/consumer.h"
#include "client/membership.h"
#include "interrupt.h"
#include "records/record_printer.h"

namespace streamline::cli {

namespace {

constexpr std::chrono::milliseconds kCommitInterval(1'000);
/// Between two looks at the clock while nothing comes.
constexpr std::chrono::milliseconds kLongestPoll(1'000);
constexpr std::chrono::hours kForever(24 * 365);
/// The last commit and the farewell.
constexpr std::chrono::milliseconds kEndTimeout(10'000);

class GroupReader {
 public:
  GroupReader(Session& session, const ConsumeOptions& options, ConsumePlan& planned)
      : cluster_(*session.cluster),
        options_(options),
        planned_(planned),
        topic_(options.topics.front()),
        membership_(cluster_, {.group = options.group, .topic = topic_}),
        printer_(session.output, planned) {}

  Status join() {
    auto partitions = membership_.join();
    if (!partitions) return fail_with(std::move(partitions));
    joined_ = true;
    auto committed = client::committed_offsets(cluster_, options_.group);
    if (!committed) return fail_with(std::move(committed));
    consumer_.emplace(cluster_, client::ConsumerOptions{.isolation = planned_.isolation});
    for (const std::int32_t partition : *partitions) {
      if (auto placed = place({.topic = topic_, .partition = partition}, *committed); !placed) return placed;
    }
    return {};
  }

  Status read() {
    const client::Deadline deadline = client::deadline_in(planned_.timeout.value_or(kForever));
    client::Deadline next_commit = client::deadline_in(kCommitInterval);
    while (!printer_.complete() && !is_done()) {
      auto records = consumer_->poll(std::min(deadline, client::deadline_in(kLongestPoll)));
      if (!records) return fail_with(std::move(records));
      if (auto shown = show(*records); !shown) return shown;
      if (records->empty() && client::left_until(deadline).count() == 0) {
        return fail(Errc::timed_out, fmt::format("timed out after {} ms with {} records", planned_.timeout->count(), printer_.shown()));
      }
      if (client::left_until(next_commit).count() == 0) {
        if (auto committed = commit(cluster_); !committed) return committed;
        next_commit = client::deadline_in(kCommitInterval);
      }
      auto standing = membership_.beat();
      if (!standing) return fail_with(std::move(standing));
      if (*standing == client::Membership::Standing::member) continue;
      if (auto again = rejoin(); !again) return again;
    }
    return printer_.write();
  }

  /// Also after an interrupt, which has cancelled all waits of the usual client.
  Status end(client::Cluster& cluster) {
    if (!joined_) return {};
    const Status committed = commit(cluster);
    const Status left = membership_.leave(cluster);
    return committed ? left : committed;
  }

 private:
  Status place(const client::TopicPartition& of, const client::GroupOffsets& committed) {
    auto stop = stop_of(cluster_, of, options_, planned_);
    if (!stop) return fail_with(std::move(stop));
    if (const auto found = committed.find(of); found != committed.end()) {
      consumer_->assign(of, Offset(found->second.offset), *stop);
      return {};
    }
    auto from = client::resolve(cluster_, of, planned_.from, planned_.isolation);
    if (!from) return fail_with(std::move(from));
    consumer_->assign(of, *from, *stop);
    return {};
  }
  /// A member that follows waits, also without any partition, for what the next rebalance brings.
  bool is_done() const { return planned_.until.has_value() && consumer_->done(); }

  Status show(std::span<const client::ConsumedRecord> records) {
    auto seen = printer_.show(records);
    if (!seen) return fail_with(std::move(seen));
    for (const client::ConsumedRecord& record : records.first(*seen)) {
      uncommitted_[{.topic = topic_, .partition = record.partition}].offset = record.record.offset.value + 1;
    }
    return flush_output();
  }
  /// Nothing is committed that is not printed.
  Status commit(client::Cluster& cluster) {
    if (uncommitted_.empty()) return {};
    if (auto flushed = flush_output(); !flushed) return flushed;
    auto committed = membership_.commit(cluster, uncommitted_);
    // Refused in a rebalance: the partitions may be another's, who reads the same records again.
    const bool refused = !committed && committed.error().code == Errc::invalid_argument;
    if (committed || refused) uncommitted_.clear();
    return refused ? Status{} : committed;
  }
  Status rejoin() {
    if (auto committed = commit(cluster_); !committed) return committed;
    return join();
  }

  client::Cluster& cluster_;
  const ConsumeOptions& options_;
  ConsumePlan& planned_;
  std::string topic_;
  client::Membership membership_;
  RecordPrinter printer_;
  std::optional<client::Consumer> consumer_;
  client::GroupOffsets uncommitted_;
  bool joined_ = false;
};

}  // namespace

ExitCode consume_in_group(Session& session, const ConsumeOptions& options, ConsumePlan& planned) {
  GroupReader reader(session, options, planned);
  Status read = reader.join();
  if (read) read = reader.read();
  const auto flushed = flush_output();
  auto bootstrap = client::parse_bootstrap(session.bootstrap);
  if (!bootstrap) return complain(bootstrap.error());
  client::ClusterOptions end_options;
  end_options.connection.client_id = session.cluster->options().connection.client_id;
  end_options.total_timeout = kEndTimeout;
  client::Cluster cluster(*std::move(bootstrap), end_options);
  const auto ended = reader.end(cluster);
  if (!read && !interrupted()) return complain(read.error());
  if (!ended) return complain(ended.error());
  return flushed ? ExitCode::ok : complain(flushed.error());
}

}  // namespace streamline::cli
