// Fetch requests to every leader at once, and batch by batch out of their answers.
#include "client/consumer.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/compression.h"

namespace streamline::client {

namespace {

/// What partitions share in one answer when they are few.
constexpr std::int32_t kSharedBytes = 8 * 1024 * 1024;

std::string name_of(const TopicPartition& of) { return fmt::format("partition {} of topic '{}'", of.partition, of.topic); }

}  // namespace

void Consumer::assign(const TopicPartition& of, Offset from, std::optional<Offset> stop) { places_[of] = {.next = from, .stop = stop}; }

bool Consumer::done() const {
  return std::ranges::all_of(places_, [](const auto& entry) { return entry.second.reached(); });
}

Result<std::span<const ConsumedRecord>> Consumer::poll(Deadline deadline) {
  records_.clear();
  while (!done()) {
    if (!answers_.empty()) {
      std::deque<Chunk>& chunks = answers_.front().chunks;
      if (chunks.empty()) {
        answers_.pop_front();
      } else if (Chunk& chunk = chunks.front(); chunk.at >= chunk.bytes.size() || chunk.from->second.reached()) {
        chunks.pop_front();
      } else {
        if (auto opened = open_batch(chunk); !opened) return fail_with(std::move(opened));
        if (!records_.empty()) return std::span<const ConsumedRecord>(records_);
      }
      continue;
    }
    if (left_until(deadline).count() == 0) break;
    if (auto fetched = fetch(deadline); !fetched) return fail_with(std::move(fetched));
  }
  return std::span<const ConsumedRecord>();
}

Status Consumer::open_batch(Chunk& chunk) {
  record::BatchWalker walker(chunk.bytes.subspan(chunk.at));
  auto batch = walker.next();
  if (!batch) return fail(batch.error().code, fmt::format("{}: {}", name_of(chunk.from->first), batch.error().text));
  if (!*batch) {
    // Cut by the fetch limit: the rest comes with the next fetch.
    chunk.at = chunk.bytes.size();
    return {};
  }
  header_ = (*batch)->header;
  chunk.at += header_.size_bytes();
  auto read = header_.last_offset() < chunk.from->second.next ? Status{} : open_records(chunk, **batch);
  if (read) return read;
  return fail(read.error().code,
              fmt::format("{} at offset {}: {}", name_of(chunk.from->first), header_.base_offset.value, read.error().text));
}

Status Consumer::open_records(Chunk& chunk, const record::BatchView& batch) {
  if (auto crc = record::check_crc(batch.bytes); !crc) return crc;
  auto aborted = is_aborted(chunk, batch);
  if (!aborted) return fail_with(std::move(aborted));
  Place& place = chunk.from->second;
  if (!header_.is_control() && !*aborted) {
    auto records = record::RecordIterator::over(batch.bytes, decompressor_);
    if (!records) return fail_with(std::move(records));
    while (true) {
      auto next = records->next();
      if (!next) return fail_with(std::move(next));
      if (*next == nullptr) break;
      const bool wanted = (*next)->offset >= place.next && (!place.stop || (*next)->offset < *place.stop);
      if (wanted)
        records_.push_back(
            {.topic = chunk.from->first.topic, .partition = chunk.from->first.partition, .batch = &header_, .record = **next});
    }
  }
  place.next = header_.next_offset();
  return {};
}

Result<bool> Consumer::is_aborted(Chunk& chunk, const record::BatchView& batch) {
  constexpr std::size_t kMarkerKeyBytes = 4;
  constexpr std::int16_t kAbort = 0;
  if (options_.isolation == Isolation::uncommitted || !header_.is_transactional()) return false;
  auto& later = chunk.aborted_later;
  for (; !later.empty() && later.begin()->first <= header_.last_offset().value; later.erase(later.begin()))
    chunk.aborted.insert(later.begin()->second);
  if (!header_.is_control()) return chunk.aborted.contains(header_.producer_id.value);
  auto records = record::RecordIterator::over(batch.bytes, decompressor_);
  if (!records) return fail_with(std::move(records));
  auto marker = records->next();
  if (!marker) return fail_with(std::move(marker));
  // The key is a version and the kind of the marker, two bytes each.
  const bool has_kind = *marker != nullptr && (*marker)->key && (*marker)->key->size() >= kMarkerKeyBytes;
  if (has_kind && load_be<std::int16_t>((*marker)->key->data() + 2) == kAbort) chunk.aborted.erase(header_.producer_id.value);
  return false;
}

Status Consumer::fetch(Deadline deadline) {
  if (places_.empty()) return {};
  auto chunks = cluster_.retry(places_.begin()->first.topic, [&] {
    auto fetched = fetch_once(deadline);
    // Any of the topics may be the one whose leader has moved; retry() forgets the first by itself.
    if (!fetched && fetched.error().retriable) {
      for (const auto& [of, place] : places_) cluster_.forget(of.topic);
    }
    return fetched;
  });
  return chunks ? Status{} : fail_with(std::move(chunks));
}

Attempt<Consumer::Asked> Consumer::by_leader() {
  Asked leaders;
  for (auto& entry : places_) {
    if (entry.second.reached()) continue;
    auto leader = cluster_.leader_of(entry.first.topic, entry.first.partition);
    if (!leader) return std::unexpected(std::move(leader).error());
    leaders[*leader].push_back(&entry);
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
    auto received = receive_fetch(*leader, partitions);
    if (received)
      chunks += *received;
    else
      failure = std::move(received).error();
  }
  if (failure && chunks == 0) return std::unexpected(*std::move(failure));
  return chunks;
}

Status Consumer::send_fetch(Connection& leader, const std::vector<Places::value_type*>& partitions, std::chrono::milliseconds wait) {
  const auto count = static_cast<std::int32_t>(partitions.size());
  const std::int32_t bytes = std::max(options_.partition_max_bytes, std::min(kSharedBytes, options_.max_bytes) / std::max(count, 1));
  std::vector<wire::FetchRequest::FetchPartition> wanted(partitions.size());
  std::vector<wire::FetchRequest::FetchTopic> topics;
  // The partitions of a topic stand together: the places are in order.
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto& [of, place] = *partitions[i];
    wanted[i].partition = of.partition;
    wanted[i].fetch_offset = place.next.value;
    wanted[i].partition_max_bytes = bytes;
    if (i == 0 || partitions[i - 1]->first.topic != of.topic) {
      auto topic = cluster_.topic(of.topic);
      if (!topic) return fail_with(std::move(topic));
      auto& added = topics.emplace_back();
      added.topic = of.topic;
      added.topic_id = (*topic)->id;
      added.partitions = std::span(wanted).subspan(i, 0);
    }
    auto& last = topics.back();
    last.partitions = std::span(last.partitions.data(), last.partitions.size() + 1);
  }
  wire::FetchRequest request;
  request.max_wait_ms = static_cast<std::int32_t>(wait.count());
  request.min_bytes = 1;
  request.max_bytes = options_.max_bytes;
  request.isolation_level = static_cast<std::int8_t>(options_.isolation);
  request.topics = topics;
  return leader.send(request);
}

Attempt<Consumer::Chunk> Consumer::chunk_of(Places::value_type& place, const Fetched& fetched) const {
  if (fetched.error_code != 0) {
    return std::unexpected(
        broker_failure(fetched.error_code, fmt::format("offset {} of {}", place.second.next.value, name_of(place.first))));
  }
  Chunk chunk{.from = &place, .bytes = fetched.records.bytes()};
  if (options_.isolation == Isolation::committed && fetched.aborted_transactions) {
    for (const auto& aborted : *fetched.aborted_transactions) chunk.aborted_later.emplace(aborted.first_offset, aborted.producer_id);
  }
  return chunk;
}

Attempt<std::int32_t> Consumer::receive_fetch(Connection& leader, const std::vector<Places::value_type*>& partitions) {
  auto reply = leader.receive<wire::FetchResponse>();
  if (!reply) return cluster_.drop(&leader, std::move(reply).error());
  if ((*reply)->error_code != 0)
    return std::unexpected(broker_failure((*reply)->error_code, fmt::format("fetch from {}", to_string(leader.address()))));
  constexpr std::int16_t kFirstWithIds = 13;
  std::int32_t count = 0;
  Answer answer{.reply = *std::move(reply), .chunks = {}};
  for (const auto& topic : answer.reply->responses) {
    for (const auto& fetched : topic.partitions) {
      const auto found = std::ranges::find_if(partitions, [&](const Places::value_type* place) {
        if (place->first.partition != fetched.partition_index) return false;
        if (answer.reply.version < kFirstWithIds) return place->first.topic == topic.topic;
        const auto known = cluster_.topic(place->first.topic);
        return known && (*known)->id == topic.topic_id;
      });
      if (found == partitions.end()) continue;
      auto chunk = chunk_of(**found, fetched);
      if (!chunk) return std::unexpected(std::move(chunk).error());
      if (chunk->bytes.empty()) continue;
      answer.chunks.push_back(*std::move(chunk));
      ++count;
    }
  }
  if (count > 0) answers_.push_back(std::move(answer));
  return count;
}

}  // namespace streamline::client
