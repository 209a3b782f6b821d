// Fetch (key 1), versions 0 to 18: message sets of old formats (v0 to v3), sessions (v7, KIP-227), leader epochs (v9), diverging epochs
// (v12), topic ids (v13). On one node no follower fetches: a replica id is answered as a consumer is, up to the high watermark (kafka-rules
// 87).
#include "wire/messages/fetch.h"

#include <algorithm>

#include "broker/broker.h"
#include "broker/fetch_op.h"
#include "broker/fetch_sessions.h"
#include "broker/shard.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using broker::FetchOp;
using broker::FetchSession;
using wire::ErrorCode;
using wire::FetchRequest;

constexpr std::int16_t kFirstWithTopicIds = 13;
constexpr std::int32_t kNoSessionEpoch = -1;
constexpr std::int32_t kNewSessionEpoch = 0;

void reply_error(Request& request, ErrorCode error) {
  wire::FetchResponse response;
  response.error_code = static_cast<std::int16_t>(error);
  request.reply(response);
}

broker::FetchParameters parameters_of(const Request& request, const FetchRequest& message, bool full) {
  broker::FetchParameters parameters;
  parameters.max_wait_ms = message.max_wait_ms;
  parameters.max_bytes = std::min(message.max_bytes, request.broker().config().fetch_max_bytes);
  auto& quotas = request.broker().quotas();
  if (quotas.is_active()) {
    // More would never be allowed, and the client never get anything.
    const auto most = quotas.most_at_once(security::QuotaKind::fetch, request.client_id());
    if (most)
      parameters.max_bytes = static_cast<std::int32_t>(std::clamp(*most, 1.0, static_cast<double>(std::max(parameters.max_bytes, 1))));
  }
  parameters.min_bytes = std::min(message.min_bytes, parameters.max_bytes);
  parameters.read_committed = message.isolation_level == 1;
  parameters.full = full;
  return parameters;
}

void put_partitions(const FetchRequest& message, FetchSession& session) {
  for (const auto& topic : message.topics) {
    for (const auto& partition : topic.partitions) {
      broker::FetchTarget target;
      target.topic_name = topic.topic;
      target.topic_id = topic.topic_id;
      target.index = partition.partition;
      target.fetch_offset = Offset(partition.fetch_offset);
      target.max_bytes = partition.partition_max_bytes;
      target.current_leader_epoch = LeaderEpoch(partition.current_leader_epoch);
      target.last_fetched_epoch = LeaderEpoch(partition.last_fetched_epoch);
      session.put(target);
    }
  }
}

void forget_partitions(const FetchRequest& message, FetchSession& session) {
  for (const auto& topic : message.forgotten_topics_data) {
    for (const std::int32_t index : topic.partitions) session.forget(topic.topic, topic.topic_id, index);
  }
}

/// A request that names all its partitions: without a session, or the first of a new one.
void full_fetch(Request& request, const FetchRequest& message) {
  broker::Shard& shard = request.shard();
  FetchOp& op = shard.new_fetch(request.slot());
  op.start(request.slot(), request.header(), parameters_of(request, message, true));
  op.tell_throttle(request.throttle_ms());
  if (message.session_epoch == kNewSessionEpoch && request.version() >= 7) {
    std::size_t partitions = 0;
    for (const auto& topic : message.topics) partitions += topic.partitions.size();
    if (FetchSession* made = shard.fetch_sessions().create(shard.reactor().now_ms(), partitions)) {
      made->uses_topic_ids = request.version() >= kFirstWithTopicIds;
      op.use(*made);
    }
  }
  put_partitions(message, op.session());
  // Within the bound: it was asked for as many.
  if (op.session().id != 0) static_cast<void>(shard.fetch_sessions().note_growth(0, op.session()));
  op.run();
}

void incremental_fetch(Request& request, const FetchRequest& message) {
  broker::Shard& shard = request.shard();
  FetchSession* session = shard.fetch_sessions().find(message.session_id);
  if (session == nullptr) return reply_error(request, ErrorCode::fetch_session_id_not_found);
  if (session->parked != nullptr) session->parked->answer_now();
  // That answer may have closed this very connection (a segment that cannot be read).
  if (request.slot().connection() == nullptr) return;
  if (message.session_epoch != session->next_epoch) return reply_error(request, ErrorCode::invalid_fetch_session_epoch);
  if (session->uses_topic_ids != (request.version() >= kFirstWithTopicIds)) {
    return reply_error(request, ErrorCode::fetch_session_topic_id_error);
  }
  session->next_epoch = session->next_epoch == INT32_MAX ? 1 : session->next_epoch + 1;
  session->last_used_ms = shard.reactor().now_ms();
  const std::size_t before = session->size();
  forget_partitions(message, *session);
  put_partitions(message, *session);
  if (!shard.fetch_sessions().note_growth(before, *session)) {
    // The client begins anew with all its partitions, and is not given a session then.
    shard.fetch_sessions().remove(session->id);
    return reply_error(request, ErrorCode::fetch_session_id_not_found);
  }
  FetchOp& op = shard.new_fetch(request.slot());
  op.start(request.slot(), request.header(), parameters_of(request, message, false));
  op.tell_throttle(request.throttle_ms());
  op.use(*session);
  op.run();
}

}  // namespace

void fetch(Request& request) {
  const auto message = decode<FetchRequest>(request);
  if (!message) return;
  const bool full = message->session_epoch == kNoSessionEpoch || message->session_epoch == kNewSessionEpoch;
  if (!full) return incremental_fetch(request, *message);
  if (message->session_id != 0) request.broker().close_fetch_session(message->session_id);
  full_fetch(request, *message);
}

}  // namespace streamline::handlers
