// Counting a host's connections, and the time since it was told an address.
#include "broker/address_watch.h"

namespace streamline::broker {

void AddressWatch::opened(const std::string& client) {
  const std::lock_guard lock(mutex_);
  const auto found = clients_.find(client);
  if (found != clients_.end()) {
    ++found->second.connections;
  } else if (clients_.size() < kMostClients) {
    clients_.emplace(client, Client{.connections = 1, .address = {}});
  }
}

void AddressWatch::closed(const std::string& client) {
  const std::lock_guard lock(mutex_);
  const auto found = clients_.find(client);
  // A host above the bound was not counted when it came, and may have been since.
  if (found != clients_.end() && --found->second.connections == 0) clients_.erase(found);
}

bool AddressWatch::told(const std::string& client, const std::string& address, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto found = clients_.find(client);
  if (found == clients_.end() || found->second.is_settled || found->second.is_waiting) return false;
  found->second.is_waiting = true;
  found->second.told_ms = now_ms;
  found->second.address = address;
  return true;
}

void AddressWatch::settled(const std::string& client) {
  const std::lock_guard lock(mutex_);
  if (const auto found = clients_.find(client); found != clients_.end()) found->second.is_settled = true;
}

bool AddressWatch::may_name(const std::string& address, std::int64_t now_ms) {
  const auto [place, is_first] = named_ms_.try_emplace(address, now_ms);
  if (is_first) return true;
  if (now_ms - place->second < kQuietMs) return false;
  place->second = now_ms;
  return true;
}

std::vector<AddressWatch::Lost> AddressWatch::take_lost(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  std::vector<Lost> lost;
  for (auto& [host, client] : clients_) {
    if (!client.is_waiting || client.is_settled || now_ms - client.told_ms < kPatienceMs) continue;
    // Named or not, this one has been judged.
    client.is_settled = true;
    if (may_name(client.address, now_ms)) lost.push_back({host, client.address, now_ms - client.told_ms});
  }
  return lost;
}

}  // namespace streamline::broker
