// Address: an IPv4 or IPv6 socket address as a small value.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::net {

class Address {
 public:
  Address() { std::memset(&any_, 0, sizeof(any_)); }
  /// `host` is a name, an IPv4 or an IPv6 literal (with or without brackets); empty means every address (IPv6 and IPv4 apart).
  /// Asks the resolver, so it may block: only for start-up and for clients. Never empty when it succeeds.
  static Result<std::vector<Address>> resolve(std::string_view host, std::uint16_t port);
  static Address local_of(int descriptor);
  static Address peer_of(int descriptor);
  static Address from(const sockaddr* raw, socklen_t length);

  std::uint16_t port() const;
  /// "127.0.0.1", "::1" (no brackets). IPv4 inside IPv6 is shown as IPv4.
  std::string host() const;
  /// "127.0.0.1:9092", "[::1]:9092".
  std::string to_string() const;
  bool is_loopback() const;
  /// The same machine at another port.
  Address with_port(std::uint16_t port) const;
  std::size_t hash() const;
  friend bool operator==(const Address& a, const Address& b);

  int family() const { return any_.v4.sin_family; }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&any_); }
  socklen_t raw_length() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

 private:
  union {
    sockaddr_in v4;
    sockaddr_in6 v6;
  } any_;
};

/// "127.0.0.1:9092", "[::1]:0", ":9092" or "host:9092" taken apart.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  static Result<HostPort> parse(std::string_view text);
};

}  // namespace streamline::net
