// Datagrams to the service's socket, and the sockets it hands over; both protocols are a few lines each.
#include "main/service_link.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>

namespace streamline::main_program {

namespace {

constexpr int kFirstHandedOver = 3;  // SD_LISTEN_FDS_START
constexpr std::int64_t kMostHandedOver = 64;
constexpr std::string_view kPlaintext = "PLAINTEXT";

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Variables for another process, such as the shell around this one, mean nothing here.
bool is_meant(const char* pid_variable) {
  const std::string_view pid = variable(pid_variable);
  return pid.empty() || number(pid) == ::getpid();
}

std::vector<std::string> names_between_colons(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

}  // namespace

ServiceLink::ServiceLink() {
  const std::string_view path = variable("NOTIFY_SOCKET");
  const bool is_known = path.starts_with('/') || path.starts_with('@');
  if (is_known && path.size() < sizeof(sockaddr_un::sun_path)) {
    address_ = path;
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }
  if (is_meant("WATCHDOG_PID")) sign_of_life_ms_ = number(variable("WATCHDOG_USEC")).value_or(0) / 2000;
}

ServiceLink::~ServiceLink() {
  if (socket_ >= 0) static_cast<void>(::close(socket_));  // only sent to: nothing can be lost
}

void ServiceLink::send(std::string_view text) const {
  if (socket_ < 0) return;
  sockaddr_un to = {};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // Linux's names without a file
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // Whoever asked for these words and does not take them has gone.
  static_cast<void>(::sendto(socket_, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), length));
}

void ServiceLink::status(std::string_view text) const { send(fmt::format("STATUS={}\n", text)); }
void ServiceLink::ready(std::string_view text) const { send(fmt::format("READY=1\nSTATUS={}\n", text)); }
void ServiceLink::stopping() const { send("STOPPING=1\nSTATUS=draining connections\n"); }
void ServiceLink::alive() const { send("WATCHDOG=1\n"); }

void ServiceLink::reloading() const {
  timespec now = {};
  static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &now));  // fails for unknown clocks only
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
}

Result<std::vector<server::InheritedSocket>> handed_over_sockets(const std::vector<std::string>& listener_names) {
  std::vector<server::InheritedSocket> sockets;
  const std::string_view count_text = variable("LISTEN_FDS");
  if (count_text.empty() || variable("LISTEN_PID").empty() || !is_meant("LISTEN_PID")) return sockets;
  const std::optional<std::int64_t> count = number(count_text);
  if (!count || *count < 0 || *count > kMostHandedOver) {
    return fail(Errc::invalid_argument, fmt::format("LISTEN_FDS={}: expected a number from 0 to {}", count_text, kMostHandedOver));
  }
  const std::vector<std::string> names = names_between_colons(variable("LISTEN_FDNAMES"));
  for (int i = 0; i < *count; ++i) {
    const std::string name = static_cast<std::size_t>(i) < names.size() ? upper(names[static_cast<std::size_t>(i)]) : std::string();
    const bool is_listener = std::ranges::find(listener_names, name) != listener_names.end();
    sockets.push_back({.name = is_listener ? name : std::string(kPlaintext), .descriptor = kFirstHandedOver + i});
  }
  return sockets;
}

}  // namespace streamline::main_program
