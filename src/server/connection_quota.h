// ConnectionQuota: how many connections there are, in total and per address (rule 16). Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/address.h"

namespace streamline::server {

struct QuotaLimits {
  std::size_t max_connections = 20'000;         ///< max.connections
  std::size_t max_connections_per_ip = 20'000;  ///< max.connections.per.ip
};

class ConnectionQuota {
 public:
  explicit ConnectionQuota(const QuotaLimits& limits) : limits_(limits) {}

  /// Counts a connection from `peer`, or says which limit refuses it.
  std::optional<std::string> try_enter(const net::Address& peer);
  void leave(const net::Address& peer);
  std::size_t open_count() const;
  std::uint64_t refused() const;

 private:
  struct HashAddress {
    std::size_t operator()(const net::Address& address) const { return address.hash(); }
  };
  QuotaLimits limits_;
  mutable std::mutex mutex_;  // guards the fields below
  std::size_t open_ = 0;
  std::uint64_t refused_ = 0;
  std::unordered_map<net::Address, std::size_t, HashAddress> per_address_;  // at most max_connections entries
};

}  // namespace streamline::server
