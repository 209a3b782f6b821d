// Counts connections in and out.
#include "server/connection_quota.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace streamline::server {

std::optional<std::string> ConnectionQuota::try_enter(const net::Address& peer) {
  const std::lock_guard lock(mutex_);
  if (open_ >= limits_.max_connections) {
    ++refused_;
    return fmt::format("max.connections={} reached", limits_.max_connections);
  }
  std::size_t& of_address = per_address_[peer.with_port(0)];
  if (of_address >= limits_.max_connections_per_ip) {
    ++refused_;
    if (of_address == 0) per_address_.erase(peer.with_port(0));
    return fmt::format("max.connections.per.ip={} reached by {}", limits_.max_connections_per_ip, peer.host());
  }
  ++of_address;
  ++open_;
  return std::nullopt;
}

void ConnectionQuota::leave(const net::Address& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = per_address_.find(peer.with_port(0));
  SL_ASSERT(found != per_address_.end() && open_ > 0);
  --open_;
  if (--found->second == 0) per_address_.erase(found);
}

std::size_t ConnectionQuota::open_count() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

std::uint64_t ConnectionQuota::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace streamline::server
