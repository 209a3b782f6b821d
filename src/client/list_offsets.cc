// Asking ListOffsets where a place is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "client/offset_spec.h"
#include "wire/messages/list_offsets.h"

namespace streamline::client {

namespace {

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;

/// What is asked of every partition of one look-up.
struct Question {
  std::int64_t timestamp = kLatest;
  Isolation isolation = Isolation::uncommitted;
};
using Offsets = std::map<TopicPartition, Offset>;

/// `partitions` ascend, and `leader` leads them all.
Attempt<std::monostate> ask_leader(Cluster& cluster, Connection& leader, std::span<const TopicPartition> partitions,
                                   const Question& question, Offsets& found) {
  std::vector<wire::ListOffsetsRequest::ListOffsetsPartition> asked(partitions.size());
  std::vector<wire::ListOffsetsRequest::ListOffsetsTopic> topics;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    asked[i].partition_index = partitions[i].partition;
    asked[i].timestamp = question.timestamp;
    if (topics.empty() || topics.back().name != partitions[i].topic) {
      auto& added = topics.emplace_back();
      added.name = partitions[i].topic;
      added.partitions = std::span(asked).subspan(i, 0);
    }
    auto& last = topics.back();
    last.partitions = std::span(last.partitions.data(), last.partitions.size() + 1);
  }
  wire::ListOffsetsRequest request;
  request.replica_id = -1;
  request.isolation_level = static_cast<std::int8_t>(question.isolation);
  request.topics = topics;
  request.timeout_ms = static_cast<std::int32_t>(cluster.options().connection.request_timeout.count());
  auto reply = leader.call<wire::ListOffsetsResponse>(request);
  if (!reply) return cluster.drop(&leader, std::move(reply).error());
  for (const auto& topic : (*reply)->topics) {
    for (const auto& answer : topic.partitions) {
      if (answer.error_code != 0) {
        return std::unexpected(
            broker_failure(answer.error_code, fmt::format("offsets of partition {} of topic '{}'", answer.partition_index, topic.name)));
      }
      const Offset old_style = answer.old_style_offsets.empty() ? kNoOffset : Offset(answer.old_style_offsets[0]);
      found[{.topic = std::string(topic.name), .partition = answer.partition_index}] =
          reply->version == 0 ? old_style : Offset(answer.offset);
    }
  }
  return std::monostate{};
}

Attempt<Offsets> ask_once(Cluster& cluster, std::span<const TopicPartition> partitions, const Question& question) {
  std::map<Connection*, std::vector<TopicPartition>> by_leader;
  for (const TopicPartition& of : partitions) {
    auto leader = cluster.leader_of(of.topic, of.partition);
    if (!leader) return std::unexpected(std::move(leader).error());
    by_leader[*leader].push_back(of);
  }
  Offsets found;
  for (auto& [leader, of] : by_leader) {
    std::ranges::sort(of);
    auto asked = ask_leader(cluster, *leader, of, question, found);
    if (!asked) return std::unexpected(std::move(asked).error());
  }
  for (const TopicPartition& of : partitions) {
    if (!found.contains(of))
      return std::unexpected(Failure{.error = {Errc::malformed, "ListOffsets was not answered for the partition asked"}});
  }
  return found;
}

Result<Offsets> offsets_at(Cluster& cluster, std::span<const TopicPartition> partitions, const Question& question) {
  return cluster.retry("", [&] {
    auto asked = ask_once(cluster, partitions, question);
    if (!asked && asked.error().retriable) {
      for (const TopicPartition& of : partitions) cluster.forget(of.topic);
    }
    return asked;
  });
}

Result<Offset> offset_at(Cluster& cluster, const TopicPartition& of, const Question& question) {
  auto found = offsets_at(cluster, std::span(&of, 1), question);
  if (!found) return fail_with(std::move(found));
  return found->at(of);
}

}  // namespace

Result<std::map<TopicPartition, OffsetRange>> offset_ranges(Cluster& cluster, std::span<const TopicPartition> partitions,
                                                            Isolation isolation) {
  auto begins = offsets_at(cluster, partitions, {.timestamp = kEarliest, .isolation = isolation});
  if (!begins) return fail_with(std::move(begins));
  auto ends = offsets_at(cluster, partitions, {.timestamp = kLatest, .isolation = isolation});
  if (!ends) return fail_with(std::move(ends));
  std::map<TopicPartition, OffsetRange> ranges;
  for (const TopicPartition& of : partitions) ranges[of] = {.begin = begins->at(of), .end = ends->at(of)};
  return ranges;
}

Result<OffsetRange> offset_range(Cluster& cluster, const TopicPartition& of, Isolation isolation) {
  auto ranges = offset_ranges(cluster, std::span(&of, 1), isolation);
  if (!ranges) return fail_with(std::move(ranges));
  return ranges->at(of);
}

Result<Offset> resolve(Cluster& cluster, const TopicPartition& of, const OffsetSpec& spec, Isolation isolation) {
  using Kind = OffsetSpec::Kind;
  const Question latest{.timestamp = kLatest, .isolation = isolation};
  if (spec.kind == Kind::beginning) return offset_at(cluster, of, {.timestamp = kEarliest, .isolation = isolation});
  if (spec.kind == Kind::end) return offset_at(cluster, of, latest);
  if (spec.kind == Kind::timestamp) {
    auto found = offset_at(cluster, of, {.timestamp = spec.value, .isolation = isolation});
    return found && *found == kNoOffset ? offset_at(cluster, of, latest) : found;
  }
  auto range = offset_range(cluster, of, isolation);
  if (!range) return fail_with(std::move(range));
  if (spec.kind == Kind::before_end) return std::max(range->begin, range->end - std::min(spec.value, range->end.value));
  if (spec.kind == Kind::after_begin) return std::min(range->end, range->begin + std::min(spec.value, range->end - range->begin));
  if (spec.value >= range->begin.value && spec.value <= range->end.value) return Offset(spec.value);
  return fail(Errc::offset_out_of_range, fmt::format("offset {} of partition {} of topic '{}' is outside of {} to {}", spec.value,
                                                     of.partition, of.topic, range->begin.value, range->end.value));
}

}  // namespace streamline::client
