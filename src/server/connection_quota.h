// ConnectionQuota: how many connections there are, in total and per address (rule 16). Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "net/address.h"

namespace streamline::server {

struct QuotaLimits {
  std::size_t max_connections = 20'000;         ///< max.connections
  std::size_t max_connections_per_ip = 20'000;  ///< max.connections.per.ip
};

enum class Entry : std::uint8_t {
  entered,
  full,     ///< may come when another has left
  refused,  ///< its address has its fill
};

class ConnectionQuota {
 public:
  explicit ConnectionQuota(const QuotaLimits& limits) : limits_(limits) {}

  struct Verdict {
    Entry outcome = Entry::entered;
    std::string reason = {};  ///< which limit stands in the way
  };
  /// Counts a connection from `peer` when it may enter.
  Verdict try_enter(const net::Address& peer);
  void leave(const net::Address& peer);
  /// Connections that are there stay, also above the new limits.
  void set_limits(const QuotaLimits& limits);
  std::size_t open_count() const;
  std::uint64_t refused() const;

 private:
  struct HashAddress {
    std::size_t operator()(const net::Address& address) const { return address.hash(); }
  };
  mutable std::mutex mutex_;  // guards the fields below
  QuotaLimits limits_;
  std::size_t open_ = 0;
  std::uint64_t refused_ = 0;
  std::unordered_map<net::Address, std::size_t, HashAddress> per_address_;  // at most max_connections entries
};

}  // namespace streamline::server
