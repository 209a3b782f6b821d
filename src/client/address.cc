// Parsing of addresses.
#include "client/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace streamline::client {

namespace {

Result<std::uint16_t> parse_port(std::string_view text, std::string_view whole) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc{} && end == text.data() + text.size() && port != 0) return port;
  return fail(Errc::invalid_argument, fmt::format("'{}' in address '{}' is no port between 1 and 65535", text, whole));
}

}  // namespace

std::string to_string(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address.host, address.port) : fmt::format("{}:{}", address.host, address.port);
}

Result<Address> parse_address(std::string_view text) {
  std::string_view host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return fail(Errc::invalid_argument, fmt::format("address '{}' lacks its ']'", text));
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    rest = text.substr(host.size());
  }
  if (host.empty()) return fail(Errc::invalid_argument, fmt::format("address '{}' has no host", text));
  if (rest.empty()) return Address{.host = std::string(host)};
  if (rest.front() != ':') return fail(Errc::invalid_argument, fmt::format("address '{}' has '{}' behind its host", text, rest));
  auto port = parse_port(rest.substr(1), text);
  if (!port) return fail_with(std::move(port));
  return Address{.host = std::string(host), .port = *port};
}

Result<std::vector<Address>> parse_bootstrap(std::string_view text) {
  std::vector<Address> addresses;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    auto address = parse_address(text.substr(0, comma));
    if (!address) return fail_with(std::move(address));
    addresses.push_back(*std::move(address));
    if (comma == text.size()) return addresses;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace streamline::client
