// Creation and eviction of fetch sessions.
#include "broker/fetch_sessions.h"

#include <algorithm>

#include "base/bytes.h"
#include "broker/fetch_op.h"
#include "broker/shard.h"

namespace streamline::broker {

FetchSession* FetchSessions::find(std::int32_t id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

FetchSession* FetchSessions::create(std::int64_t now_ms, std::size_t partitions) {
  if (sessions_.size() >= bounds_.slots && !make_room(now_ms)) return nullptr;
  if (partitions_ + partitions > bounds_.partitions) return nullptr;
  auto session = std::make_unique<FetchSession>(shard_, FetchSession::Kind::kept);
  do {
    session->id = new_id();
  } while (sessions_.contains(session->id));
  session->last_used_ms = now_ms;
  FetchSession* made = session.get();
  sessions_.emplace(made->id, std::move(session));
  return made;
}

bool FetchSessions::make_room(std::int64_t now_ms) {
  const auto oldest = std::min_element(sessions_.begin(), sessions_.end(),
                                       [](const auto& a, const auto& b) { return a.second->last_used_ms < b.second->last_used_ms; });
  if (oldest == sessions_.end()) return false;
  const FetchSession& session = *oldest->second;
  if (session.parked != nullptr || now_ms - session.last_used_ms < kIdleMs) return false;
  partitions_ -= session.size();
  sessions_.erase(oldest);
  return true;
}

void FetchSessions::remove(std::int32_t id) {
  FetchSession* session = find(id);
  if (session == nullptr) return;
  if (session->parked != nullptr) session->parked->answer_now();
  partitions_ -= session->size();
  sessions_.erase(id);
}

bool FetchSessions::note_growth(std::size_t before, const FetchSession& session) {
  partitions_ += session.size();
  partitions_ -= before;
  return partitions_ <= bounds_.partitions;
}

std::int32_t FetchSessions::new_id() const {
  // Random, so that a client with a session of an earlier broker is told so; the low bits name the reactor.
  const Uuid random = Uuid::random();
  const auto bits = load_le<std::uint32_t>(random.bytes.data());
  const std::uint32_t id = (bits & 0x7fffffc0U) | static_cast<std::uint32_t>(shard_.index());
  return static_cast<std::int32_t>(id == 0 ? 0x40U : id);
}

}  // namespace streamline::broker
