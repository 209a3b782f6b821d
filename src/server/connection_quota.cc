// Counts connections in and out.
#include "server/connection_quota.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace streamline::server {

ConnectionQuota::Verdict ConnectionQuota::try_enter(const net::Address& peer) {
  const std::lock_guard lock(mutex_);
  std::size_t& of_address = per_address_[peer.with_port(0)];
  if (of_address >= limits_.max_connections_per_ip || open_ >= limits_.max_connections) {
    const bool is_full = of_address < limits_.max_connections_per_ip;
    if (of_address == 0) per_address_.erase(peer.with_port(0));
    if (is_full) return {Entry::full, fmt::format("max.connections={} reached", limits_.max_connections)};
    ++refused_;
    return {Entry::refused, fmt::format("max.connections.per.ip={} reached by {}", limits_.max_connections_per_ip, peer.host())};
  }
  ++of_address;
  ++open_;
  return {};
}

void ConnectionQuota::set_limits(const QuotaLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
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
