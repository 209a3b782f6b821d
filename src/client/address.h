// Address: host and port of a broker, and the text forms users write them in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::client {

inline constexpr std::uint16_t kDefaultPort = 9092;

struct Address {
  std::string host;
  std::uint16_t port = kDefaultPort;
  friend bool operator==(const Address&, const Address&) = default;
};

/// "host:port"; an IPv6 host stands in brackets.
std::string to_string(const Address& address);

/// One of "host", "host:port", "[v6]", "[v6]:port", or a bare IPv6 address. invalid_argument names the part that is wrong.
Result<Address> parse_address(std::string_view text);
/// Addresses between commas, at least one.
Result<std::vector<Address>> parse_bootstrap(std::string_view text);

}  // namespace streamline::client
