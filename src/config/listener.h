// Listener lists as Kafka writes them: NAME://host:port,NAME://host:port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/properties.h"

namespace streamline::config {

struct Listener {
  std::string name;        ///< upper case, "PLAINTEXT" unless mapped
  std::string host;        ///< without brackets; empty = every address
  std::uint16_t port = 0;  ///< 0 = any free one (not in advertised lists)
  friend bool operator==(const Listener&, const Listener&) = default;
  /// Reachable from this machine only: 127.0.0.0/8, ::1 or localhost.
  bool is_loopback() const;
};

/// Parses without looking at names. Errc::invalid_config with a text that quotes the entry.
Result<std::vector<Listener>> parse_listeners(std::string_view text);
/// "host:port", "[v6]:port", ":port" and "port" of --listen and --advertise, as one PLAINTEXT entry.
Result<Listener> parse_host_port(std::string_view text);
/// "PLAINTEXT://[::1]:9092"
std::string to_string(const Listener& listener);

struct Listeners {
  std::vector<Listener> bound;
  std::vector<Listener> advertised;  ///< at most one per name; a name that is absent advertises the address a connection came to
};
/// From listeners, advertised.listeners, listener.security.protocol.map and controller.listener.names (those are left out).
/// Errc::invalid_config: another protocol than PLAINTEXT, a name twice on one address family, an advertised name nobody listens to.
Result<Listeners> make_listeners(const Properties& properties);

}  // namespace streamline::config
