// Fetch requests to every leader at once, and batch by batch out of their answers.
#include "client/consumer.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/messages/fetch.h"

namespace streamline::client {

void Consumer::assign(std::int32_t partition, Offset from, std::optional<Offset> stop) {
  places_[partition] = {.next = from, .stop = stop};
}

bool Consumer::done() const {
  return std::ranges::all_of(places_, [](const auto& entry) { return entry.second.reached(); });
}

Result<std::span<const ConsumedRecord>> Consumer::poll(Deadline deadline) {
  records_.clear();
  while (!done()) {
    if (current_.at < current_.bytes.size() && !places_.at(current_.partition).reached()) {
      if (auto opened = open_batch(current_); !opened) return fail_with(std::move(opened));
      if (!records_.empty()) return std::span<const ConsumedRecord>(records_);
      continue;
    }
    if (!chunks_.empty()) {
      current_ = std::move(chunks_.front());
      chunks_.pop_front();
      continue;
    }
    if (left_until(deadline).count() == 0) break;
    if (auto fetched = fetch(deadline); !fetched) return fail_with(std::move(fetched));
  }
  return std::span<const ConsumedRecord>();
}

Status Consumer::open_batch(Chunk& chunk) {
  const auto where = [&] { return fmt::format("partition {} of topic '{}'", chunk.partition, topic_); };
  record::BatchWalker walker(ByteView(chunk.bytes).subspan(chunk.at));
  auto batch = walker.next();
  if (!batch) return fail(batch.error().code, fmt::format("{}: {}", where(), batch.error().text));
  if (!*batch) {
    // Cut by the fetch limit: the rest comes with the next fetch.
    chunk.at = chunk.bytes.size();
    return {};
  }
  header_ = (*batch)->header;
  chunk.at += header_.size_bytes();
  Place& place = places_.at(chunk.partition);
  if (header_.last_offset() < place.next) return {};
  if (auto crc = record::check_crc((*batch)->bytes); !crc) {
    return fail(Errc::corrupt, fmt::format("{} at offset {}: {}", where(), header_.base_offset.value, crc.error().text));
  }
  if (!header_.is_control()) {
    auto records = record::RecordIterator::over((*batch)->bytes, decompressor_);
    if (!records)
      return fail(records.error().code, fmt::format("{} at offset {}: {}", where(), header_.base_offset.value, records.error().text));
    while (true) {
      auto next = records->next();
      if (!next) return fail(next.error().code, fmt::format("{} at offset {}: {}", where(), header_.base_offset.value, next.error().text));
      if (*next == nullptr) break;
      const bool wanted = (*next)->offset >= place.next && (!place.stop || (*next)->offset < *place.stop);
      if (wanted) records_.push_back({.partition = chunk.partition, .batch = &header_, .record = **next});
    }
  }
  place.next = header_.next_offset();
  return {};
}

Status Consumer::fetch(Deadline deadline) {
  auto chunks = cluster_.retry(topic_, [&] { return fetch_once(deadline); });
  return chunks ? Status{} : fail_with(std::move(chunks));
}

Attempt<std::map<Connection*, std::vector<std::int32_t>>> Consumer::by_leader() {
  std::map<Connection*, std::vector<std::int32_t>> leaders;
  for (const auto& [partition, place] : places_) {
    if (place.reached()) continue;
    auto leader = cluster_.leader_of(topic_, partition);
    if (!leader) return std::unexpected(std::move(leader).error());
    leaders[*leader].push_back(partition);
  }
  return leaders;
}

Attempt<std::int32_t> Consumer::fetch_once(Deadline deadline) {
  auto leaders = by_leader();
  if (!leaders) return std::unexpected(std::move(leaders).error());
  const auto wait = std::min(options_.max_wait, left_until(deadline));
  for (const auto& [leader, partitions] : *leaders) {
    auto sent = send_fetch(*leader, partitions, wait);
    if (sent) continue;
    // Answers to what was sent before would be taken for those of later requests.
    std::unexpected<Failure> failure = cluster_.drop(leader, std::move(sent).error());
    for (const auto& [other, unused] : *leaders) cluster_.close(other);
    return failure;
  }
  std::int32_t chunks = 0;
  std::optional<Failure> failure;
  // Every answer is taken, also after a failure: a connection with one outstanding could not be used again.
  for (const auto& [leader, partitions] : *leaders) {
    auto received = receive_fetch(*leader);
    if (received)
      chunks += *received;
    else
      failure = std::move(received).error();
  }
  if (failure && chunks == 0) return std::unexpected(*std::move(failure));
  return chunks;
}

Status Consumer::send_fetch(Connection& leader, const std::vector<std::int32_t>& partitions, std::chrono::milliseconds wait) {
  auto topic = cluster_.topic(topic_);
  if (!topic) return fail_with(std::move(topic));
  std::vector<wire::FetchRequest::FetchPartition> wanted(partitions.size());
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    wanted[i].partition = partitions[i];
    wanted[i].fetch_offset = places_.at(partitions[i]).next.value;
    wanted[i].partition_max_bytes = options_.partition_max_bytes;
  }
  wire::FetchRequest::FetchTopic from;
  from.topic = topic_;
  from.topic_id = (*topic)->id;
  from.partitions = wanted;
  wire::FetchRequest request;
  request.max_wait_ms = static_cast<std::int32_t>(wait.count());
  request.min_bytes = 1;
  request.max_bytes = options_.max_bytes;
  request.topics = std::span(&from, 1);
  return leader.send(request);
}

Attempt<std::int32_t> Consumer::receive_fetch(Connection& leader) {
  auto reply = leader.receive<wire::FetchResponse>();
  if (!reply) return cluster_.drop(&leader, std::move(reply).error());
  if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, fmt::format("fetch from topic '{}'", topic_)));
  std::int32_t chunks = 0;
  for (const auto& topic : (*reply)->responses) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code != 0) {
        const Offset at = places_.contains(partition.partition_index) ? position(partition.partition_index) : kNoOffset;
        return std::unexpected(broker_failure(
            partition.error_code, fmt::format("offset {} of partition {} of topic '{}'", at.value, partition.partition_index, topic_)));
      }
      const ByteView bytes = partition.records.bytes();
      if (bytes.empty() || !places_.contains(partition.partition_index)) continue;
      chunks_.push_back({.partition = partition.partition_index, .bytes = {bytes.begin(), bytes.end()}, .at = 0});
      ++chunks;
    }
  }
  return chunks;
}

}  // namespace streamline::client
