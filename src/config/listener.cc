// Parses listener lists and fits listeners, advertised addresses and protocols together.
#include "config/listener.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::string_view kPlaintext = "PLAINTEXT";

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

bool is_word(std::string_view text, std::string_view punctuation) {
  return std::ranges::all_of(text, [punctuation](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || punctuation.find(c) != std::string_view::npos;
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// "host:port" with an IPv6 address in brackets; `entry` is what the user wrote.
Result<Listener> parse_address(std::string_view name, std::string_view address, std::string_view entry) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return fail(Errc::invalid_config, fmt::format("{}: no port", entry));
  const std::optional<std::uint16_t> port = parse_port(address.substr(colon + 1));
  if (!port) return fail(Errc::invalid_config, fmt::format("{}: the port is not a number from 0 to 65535", entry));
  std::string_view host = address.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (in_brackets)
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return fail(Errc::invalid_config, fmt::format("{}: put an IPv6 address in brackets", entry));
  if (!is_word(host, in_brackets ? ":.%" : ".-_")) return fail(Errc::invalid_config, fmt::format("{}: not a host name or address", entry));
  return Listener{std::string(name), std::string(host), *port};
}

bool is_ipv6(const Listener& listener) { return listener.host.find(':') != std::string::npos; }

bool is_any_address(const Listener& listener) { return listener.host.empty() || listener.host == "0.0.0.0" || listener.host == "::"; }

/// The text's origin before a message: "server.properties:3: listeners: ".
std::string place(const Properties& properties, std::string_view key) {
  const Setting* setting = properties.find(key);
  return setting == nullptr ? fmt::format("{}: ", key) : fmt::format("{}: {}: ", setting->origin, key);
}

Result<std::map<std::string, std::string>> parse_protocols(const Properties& properties) {
  constexpr std::string_view kKey = "listener.security.protocol.map";
  std::map<std::string, std::string> protocols;
  for (const std::string& pair : properties.list(kKey)) {
    const std::size_t colon = pair.find(':');
    if (colon == std::string::npos)
      return fail(Errc::invalid_config, fmt::format("{}{}: expected NAME:PROTOCOL", place(properties, kKey), pair));
    protocols[upper(trimmed(pair.substr(0, colon)))] = upper(trimmed(pair.substr(colon + 1)));
  }
  return protocols;
}

Status check_protocol(const Listener& listener, const std::map<std::string, std::string>& protocols) {
  const auto found = protocols.find(listener.name);
  if (found == protocols.end() && listener.name != kPlaintext) {
    return fail(Errc::invalid_config, fmt::format("{}: listener.security.protocol.map gives this name no protocol", to_string(listener)));
  }
  const std::string_view protocol = found == protocols.end() ? kPlaintext : std::string_view(found->second);
  if (protocol == kPlaintext) return {};
  return fail(Errc::invalid_config,
              fmt::format("{}: protocol {}: this version opens PLAINTEXT listeners only", to_string(listener), protocol));
}

/// A name may stand twice when one address is IPv6 and the other is not; an address only once.
Status check_pair(const Listener& a, const Listener& b) {
  if (a.name == b.name && is_ipv6(a) == is_ipv6(b)) {
    return fail(Errc::invalid_config,
                fmt::format("{}: the name {} stands twice; only an IPv4 and an IPv6 address may share one", to_string(b), b.name));
  }
  if (a.port != 0 && a.port == b.port && a.host == b.host) {
    return fail(Errc::invalid_config, fmt::format("{}: the address stands twice", to_string(b)));
  }
  return {};
}

Status check_bound(const std::vector<Listener>& bound, const Properties& properties) {
  if (bound.empty()) return fail(Errc::invalid_config, "no listener is left to open");
  Result<std::map<std::string, std::string>> protocols = parse_protocols(properties);
  if (!protocols) return fail_with(std::move(protocols));
  for (std::size_t i = 0; i < bound.size(); ++i) {
    if (Status checked = check_protocol(bound[i], *protocols); !checked) return checked;
    for (std::size_t j = 0; j < i; ++j) {
      if (Status checked = check_pair(bound[j], bound[i]); !checked) return checked;
    }
  }
  return {};
}

Status check_advertised(const Listeners& listeners) {
  for (std::size_t i = 0; i < listeners.advertised.size(); ++i) {
    const Listener& entry = listeners.advertised[i];
    const auto same_name = [&entry](const Listener& other) { return other.name == entry.name; };
    if (std::ranges::none_of(listeners.bound, same_name)) {
      return fail(Errc::invalid_config, fmt::format("{}: no listener has the name {}; add it to listeners, such as {}://0.0.0.0:{}",
                                                    to_string(entry), entry.name, entry.name, entry.port));
    }
    if (std::any_of(listeners.advertised.begin(), listeners.advertised.begin() + static_cast<std::ptrdiff_t>(i), same_name)) {
      return fail(Errc::invalid_config, fmt::format("{}: the name {} stands twice", to_string(entry), entry.name));
    }
    if (is_any_address(entry)) {
      return fail(Errc::invalid_config,
                  fmt::format("{}: clients cannot connect to this; name the host they reach this broker by", to_string(entry)));
    }
    if (entry.port == 0) return fail(Errc::invalid_config, fmt::format("{}: clients cannot connect to port 0", to_string(entry)));
  }
  return {};
}

/// The list under `key` without the listeners of a controller, which is not here.
Result<std::vector<Listener>> parse_property(const Properties& properties, std::string_view key) {
  Result<std::vector<Listener>> parsed = parse_listeners(properties.string(key));
  if (!parsed) return fail(parsed.error().code, place(properties, key) + parsed.error().text);
  const std::vector<std::string> controllers = properties.list("controller.listener.names");
  std::erase_if(*parsed, [&controllers](const Listener& listener) {
    return std::ranges::any_of(controllers, [&listener](const std::string& name) { return upper(name) == listener.name; });
  });
  return parsed;
}

}  // namespace

bool Listener::is_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Result<std::vector<Listener>> parse_listeners(std::string_view text) {
  std::vector<Listener> listeners;
  for (const std::string& entry : split_list(text)) {
    const std::size_t scheme = entry.find("://");
    if (scheme == std::string::npos || scheme == 0) return fail(Errc::invalid_config, fmt::format("{}: expected NAME://host:port", entry));
    const std::string name = upper(std::string_view(entry).substr(0, scheme));
    if (!is_word(name, "_-.")) return fail(Errc::invalid_config, fmt::format("{}: not a listener name", entry));
    Result<Listener> listener = parse_address(name, std::string_view(entry).substr(scheme + 3), entry);
    if (!listener) return fail_with(std::move(listener));
    listeners.push_back(*std::move(listener));
  }
  return listeners;
}

Result<Listener> parse_host_port(std::string_view text) {
  text = trimmed(text);
  const bool port_only = parse_port(text).has_value();
  return parse_address(kPlaintext, port_only ? ":" + std::string(text) : std::string(text), text);
}

std::string to_string(const Listener& listener) {
  const bool brackets = is_ipv6(listener);
  return fmt::format("{}://{}{}{}:{}", listener.name, brackets ? "[" : "", listener.host, brackets ? "]" : "", listener.port);
}

Result<Listeners> make_listeners(const Properties& properties) {
  Result<std::vector<Listener>> bound = parse_property(properties, "listeners");
  if (!bound) return fail_with(std::move(bound));
  Result<std::vector<Listener>> advertised = parse_property(properties, "advertised.listeners");
  if (!advertised) return fail_with(std::move(advertised));
  Listeners listeners{*std::move(bound), *std::move(advertised)};
  if (Status checked = check_bound(listeners.bound, properties); !checked) {
    return fail(checked.error().code, place(properties, "listeners") + checked.error().text);
  }
  if (Status checked = check_advertised(listeners); !checked) {
    return fail(checked.error().code, place(properties, "advertised.listeners") + checked.error().text);
  }
  return listeners;
}

}  // namespace streamline::config
