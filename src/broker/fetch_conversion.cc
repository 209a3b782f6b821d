// Reading what a plan names, converting it, and the response around the results.
#include "broker/fetch_conversion.h"

#include <algorithm>
#include <utility>

#include "base/arena.h"
#include "base/log.h"
#include "broker/fetch_op.h"
#include "broker/partition.h"
#include "broker/response_header.h"
#include "broker/shard.h"
#include "broker/wire_error.h"
#include "net/connection.h"
#include "record/batch_walker.h"
#include "wire/messages/fetch.h"

namespace streamline::broker {

namespace {

using Message = wire::FetchResponse;
using record::legacy::Downgrade;
using record::legacy::FirstTooLarge;

/// Fetch 0 and 1 get format 0, 2 and 3 get format 1.
constexpr std::int16_t kFirstWithTimestamps = 2;
constexpr std::int16_t kFirstWithTotalLimit = 3;
/// Where a read finds nothing but control batches, so many more reads look for a message behind them: an old client cannot be told
/// to go on behind a gap.
constexpr int kMoreReads = 256;
constexpr std::size_t kMoreReadBytes = 1024 * 1024;

wire::ErrorCode error_of(Errc code) {
  // A batch of ours that does not parse is damaged; the client has asked for nothing wrong.
  return code == Errc::malformed ? wire::ErrorCode::corrupt_message : wire_error(code);
}

void refuse(FetchConversion::Part& part, wire::ErrorCode error) {
  part.error = error;
  part.high_watermark = kNoOffset;
}

}  // namespace

void FetchConversion::add(Part part) {
  plan_bytes_ += part.plan.total_bytes();
  parts_.push_back(std::move(part));
}

void FetchConversion::run(Broker&) {
  left_bytes_ = target_.max_bytes;
  for (Part& part : parts_) {
    if (part.partition != nullptr) convert(part);
  }
  encode();
}

Downgrade::Options FetchConversion::options_for(const Part& part) const {
  Downgrade::Options options{.magic = target_.version >= kFirstWithTimestamps ? std::int8_t{1} : std::int8_t{0},
                             .first_offset = part.fetch_offset,
                             .max_bytes = static_cast<std::size_t>(std::max<std::int64_t>(part.max_bytes, 0)),
                             .first_too_large = FirstTooLarge::cut};
  if (target_.version >= kFirstWithTotalLimit) {
    const bool is_first = left_bytes_ == target_.max_bytes;
    options.max_bytes = std::min(options.max_bytes, static_cast<std::size_t>(std::max<std::int64_t>(left_bytes_, 0)));
    options.first_too_large = is_first ? FirstTooLarge::whole : FirstTooLarge::none;
  }
  return options;
}

void FetchConversion::convert(Part& part) {
  Downgrade conversion(options_for(part), decompressor_, compressor_);
  auto room = add_plan(part.plan, conversion);
  storage::ReadCursor cursor;
  for (int reads = 0; room && *room == Downgrade::Room::left && conversion.set().empty() && reads < kMoreReads; ++reads) {
    const auto& log = part.partition->log();
    auto more = log.read(part.plan.next_offset(), log.high_watermark(), kMoreReadBytes, storage::MinOneBatch::yes, cursor);
    if (!more || more->empty()) break;
    part.plan = *std::move(more);
    room = add_plan(part.plan, conversion);
  }
  if (!room) {
    if (conversion.set().empty()) refuse(part, error_of(room.error().code));
    log::warn("fetch", "records cannot be converted for an old client topic={} partition={} offset={} cause={}", part.topic, part.index,
              part.fetch_offset.value, room.error().text);
  }
  part.records = conversion.take();
  left_bytes_ -= static_cast<std::int64_t>(part.records.size());
}

Result<Downgrade::Room> FetchConversion::add_plan(const storage::ReadPlan& plan, Downgrade& conversion) {
  for (const storage::ReadRun& run : plan.runs()) {
    const auto room = add_run(run, conversion);
    if (!room || *room == Downgrade::Room::used_up) return room;
  }
  return Downgrade::Room::left;
}

Result<Downgrade::Room> FetchConversion::add_run(const storage::ReadRun& run, Downgrade& conversion) {
  read_.resize(run.length);
  const auto count = run.file->read_at(run.position, read_);
  if (!count) return fail(count.error().code, count.error().text);
  if (*count != run.length) return fail(Errc::io, "a segment ends before its records do");
  record::BatchWalker walker(read_);
  while (true) {
    const auto batch = walker.next();
    if (!batch) return fail(batch.error().code, batch.error().text);
    if (!*batch) return Downgrade::Room::left;
    const auto room = conversion.add((*batch)->bytes);
    if (!room || *room == Downgrade::Room::used_up) return room;
  }
}

void FetchConversion::encode() {
  Arena arena;
  auto partitions = arena.make_array<Message::PartitionData>(parts_.size());
  auto topics = arena.make_array<Message::FetchableTopicResponse>(parts_.size());
  std::size_t count = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    partitions[i].partition_index = part.index;
    partitions[i].error_code = static_cast<std::int16_t>(known_error(part.error, target_.version));
    partitions[i].high_watermark = part.high_watermark.value;
    partitions[i].records = wire::Records::in_memory(part.records);
    if (count == 0 || topics[count - 1].topic != part.topic) {
      first = i;
      topics[count++].topic = part.topic;
    }
    topics[count - 1].partitions = partitions.subspan(first, i + 1 - first);
  }
  Message response;
  response.responses = topics.first(count);
  const ResponsePrefix prefix(wire::ApiKey::fetch, target_.version, target_.correlation_id);
  reply_.resize(prefix.size() + response.encoded_size(target_.version));
  wire::Writer writer(reply_);
  prefix.write(writer);
  response.encode(writer, target_.version);
}

void FetchConversion::complete(Shard&) {
  net::Connection* connection = target_.slot.connection();
  if (connection == nullptr) return;
  connection->response(target_.slot).append(reply_);
  connection->complete(target_.slot);
}

void FetchOp::convert_response() {
  auto conversion = std::make_unique<FetchConversion>(
      FetchConversion::Target{.slot = slot_, .version = version_, .correlation_id = correlation_id_, .max_bytes = parameters_.max_bytes});
  for (Result& result : results_) {
    FetchConversion::Part part;
    part.topic = result.entry->target.topic_name;
    part.index = result.entry->target.index;
    part.error = result.error;
    part.high_watermark = result.high_watermark;
    part.fetch_offset = result.entry->target.fetch_offset;
    part.max_bytes = result.entry->target.max_bytes;
    if (!result.plan.empty()) part.partition = result.entry->partition;
    part.plan = result.plan;
    conversion->add(std::move(part));
  }
  if (!shard_.pool_lane().start(std::move(conversion))) slot_.connection()->close(kPoolIsFull);
}

}  // namespace streamline::broker
