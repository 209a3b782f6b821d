// The response of a Fetch: encoded around the runs of files that are sent as they are.
#include "broker/fetch_op.h"

#include <algorithm>

#include "base/log.h"
#include "broker/response_header.h"
#include "broker/shard.h"
#include "net/connection.h"

namespace streamline::broker {

using Message = wire::FetchResponse;

wire::ErrorCode known_error(wire::ErrorCode error, std::int16_t version) {
  const bool unknown_there = version < 6 && error == wire::ErrorCode::kafka_storage_error;
  return unknown_there ? wire::ErrorCode::not_leader_or_follower : error;
}

void FetchOp::send_response() {
  net::Connection& connection = *slot_.connection();
  Message response;
  response.session_id = session_->id;
  response.responses = make_topics();

  const ResponsePrefix prefix(wire::ApiKey::fetch, version_, correlation_id_);
  net::Outgoing& out = connection.response(slot_);
  splices_.clear();
  wire::Writer writer(out.extend(prefix.size() + response.encoded_size(version_)), &splices_);
  prefix.write(writer);
  response.encode(writer, version_);
  for (const wire::Splice& place : splices_) {
    for (const storage::ReadRun& run : results_[place.index].plan.runs()) {
      const Status spliced = out.splice_at(place.offset, {.file = run.file, .position = run.position, .length = run.length});
      if (spliced) continue;
      const FetchTarget& target = results_[place.index].entry->target;
      log::error("fetch", "segment cannot be read topic={} partition={} cause={}", target.topic_name, target.index, spliced.error().text);
      connection.close("a segment could not be read");
      return;
    }
  }
  connection.complete(slot_);
}

void FetchOp::send_throttled(std::int64_t throttle_ms) {
  net::Connection& connection = *slot_.connection();
  Message response;
  response.throttle_time_ms = static_cast<std::int32_t>(std::min<std::int64_t>(throttle_ms, INT32_MAX));
  response.session_id = session_->id;
  const ResponsePrefix prefix(wire::ApiKey::fetch, version_, correlation_id_);
  wire::Writer writer(connection.response(slot_).extend(prefix.size() + response.encoded_size(version_)));
  prefix.write(writer);
  response.encode(writer, version_);
  connection.mute(throttle_ms);
  connection.complete(slot_);
}

std::span<Message::FetchableTopicResponse> FetchOp::make_topics() {
  // Neighbours of one topic are one element; order within the response is the order of examination.
  auto topics = shard_.arena().make_array<Message::FetchableTopicResponse>(results_.size());
  std::size_t count = 0;
  auto partitions = shard_.arena().make_array<Message::PartitionData>(results_.size());
  std::size_t first = 0;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const FetchTarget& target = results_[i].entry->target;
    partitions[i] = make_partition(results_[i]);
    const bool same = count > 0 && topics[count - 1].topic == target.topic_name && topics[count - 1].topic_id == target.topic_id;
    if (!same) {
      first = i;
      topics[count].topic = target.topic_name;
      topics[count].topic_id = target.topic_id;
      ++count;
    }
    topics[count - 1].partitions = partitions.subspan(first, i + 1 - first);
  }
  return topics.first(count);
}

Message::PartitionData FetchOp::make_partition(const Result& result) const {
  Message::PartitionData data;
  data.partition_index = result.entry->target.index;
  data.error_code = static_cast<std::int16_t>(known_error(result.error, version_));
  data.high_watermark = result.high_watermark.value;
  data.last_stable_offset = result.last_stable.value;
  data.log_start_offset = result.log_start.value;
  if (result.diverging.epoch.value >= 0) {
    data.diverging_epoch.epoch = result.diverging.epoch.value;
    data.diverging_epoch.end_offset = result.diverging.end_offset.value;
  }
  // Null says that nobody asked (kafka-rules 65).
  if (!parameters_.read_committed) data.aborted_transactions.reset();
  if (!result.aborted.empty()) {
    const auto aborted = shard_.arena().make_array<Message::AbortedTransaction>(result.aborted.size());
    for (std::size_t i = 0; i < aborted.size(); ++i) {
      aborted[i].producer_id = result.aborted[i].producer_id.value;
      aborted[i].first_offset = result.aborted[i].first.value;
    }
    data.aborted_transactions = aborted;
  }
  if (!result.plan.empty()) data.records = wire::Records::elsewhere(static_cast<std::uint32_t>(result.plan.total_bytes()));
  return data;
}

}  // namespace streamline::broker
