// Resolving, printing, comparing and parsing of socket addresses.
#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "base/bytes.h"

namespace streamline::net {

Address Address::from(const sockaddr* raw, socklen_t length) {
  Address address;
  std::memcpy(&address.any_, raw, std::min<std::size_t>(length, sizeof(address.any_)));
  return address;
}

Address Address::local_of(int descriptor) {
  Address address;
  socklen_t length = sizeof(address.any_);
  // On failure (the peer is gone already) the address stays empty; the next read tells.
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.any_), &length) != 0) return {};
  return address;
}

Address Address::peer_of(int descriptor) {
  Address address;
  socklen_t length = sizeof(address.any_);
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address.any_), &length) != 0) return {};
  return address;
}

Result<std::vector<Address>> Address::resolve(std::string_view host, std::uint16_t port) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const std::string name(host);
  addrinfo* found = nullptr;
  const int outcome = ::getaddrinfo(name.empty() ? nullptr : name.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (outcome != 0) return fail(Errc::not_found, fmt::format("resolve {}: {}", name, ::gai_strerror(outcome)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    const Address address = from(entry->ai_addr, static_cast<socklen_t>(entry->ai_addrlen));
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  if (addresses.empty()) return fail(Errc::not_found, fmt::format("resolve {}: no IPv4 or IPv6 address", name));
  return addresses;
}

std::uint16_t Address::port() const { return ntohs(family() == AF_INET6 ? any_.v6.sin6_port : any_.v4.sin_port); }

std::string Address::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = &any_.v4.sin_addr;
  int shown = AF_INET;
  if (family() == AF_INET6) {
    const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&any_.v6.sin6_addr);
    bytes = is_mapped ? static_cast<const void*>(any_.v6.sin6_addr.s6_addr + 12) : &any_.v6.sin6_addr;
    shown = is_mapped ? AF_INET : AF_INET6;
  }
  return ::inet_ntop(shown, bytes, text.data(), text.size()) == nullptr ? std::string() : std::string(text.data());
}

std::string Address::to_string() const {
  const std::string name = host();
  return name.find(':') != std::string::npos ? fmt::format("[{}]:{}", name, port()) : fmt::format("{}:{}", name, port());
}

bool Address::is_loopback() const {
  if (family() == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&any_.v6.sin6_addr) || (IN6_IS_ADDR_V4MAPPED(&any_.v6.sin6_addr) && any_.v6.sin6_addr.s6_addr[12] == 127);
  }
  return (ntohl(any_.v4.sin_addr.s_addr) >> 24) == 127;
}

Address Address::with_port(std::uint16_t port) const {
  Address address = *this;
  (address.family() == AF_INET6 ? address.any_.v6.sin6_port : address.any_.v4.sin_port) = htons(port);
  return address;
}

std::size_t Address::hash() const {
  std::size_t hash = port();
  const auto mix = [&](std::uint64_t word) { hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL; };
  if (family() == AF_INET6) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&any_.v6.sin6_addr);
    mix(load_le<std::uint64_t>(bytes));
    mix(load_le<std::uint64_t>(bytes + 8));
  } else {
    mix(any_.v4.sin_addr.s_addr);
  }
  return hash ^ (hash >> 32);
}

bool operator==(const Address& a, const Address& b) {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  if (a.family() != AF_INET6) return a.any_.v4.sin_addr.s_addr == b.any_.v4.sin_addr.s_addr;
  return a.any_.v6.sin6_scope_id == b.any_.v6.sin6_scope_id &&
         std::memcmp(&a.any_.v6.sin6_addr, &b.any_.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

Result<HostPort> HostPort::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(Errc::invalid_argument, fmt::format("\"{}\" is not host:port: {}", text, why));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("there is no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  HostPort parsed;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (error != std::errc() || end != port.data() + port.size()) return bad("the port is a number from 0 to 65535");
  if (host.starts_with('[') != host.ends_with(']')) return bad("a bracket is missing");
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad("an IPv6 address stands in brackets");
  }
  parsed.host = host;
  return parsed;
}

}  // namespace streamline::net
