// What the net tests share: a loop driven by the test, a handler that parks every request, and a client socket.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/clock.h"
#include "net/connection.h"
#include "net/connection_set.h"
#include "net/listener.h"
#include "net/reactor.h"

namespace streamline::net {

inline std::string frame_of(std::string_view body) {
  std::string frame(4, '\0');
  store_be(reinterpret_cast<std::byte*>(frame.data()), static_cast<std::int32_t>(body.size()));
  return frame.append(body);
}

/// A client's socket; non-blocking, so that one thread can play both sides.
class Client {
 public:
  explicit Client(const Address& to) : socket_(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    REQUIRE(::connect(socket_.number(), to.raw(), to.raw_length()) == 0);
    REQUIRE(::fcntl(socket_.number(), F_SETFL, O_NONBLOCK) == 0);
  }
  /// Sends as much as the kernel takes; the number of bytes that it took, -1 when the connection is gone.
  ssize_t send_some(std::string_view bytes) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
  }
  void send(std::string_view bytes) { REQUIRE(send_some(bytes) == static_cast<ssize_t>(bytes.size())); }
  /// Takes what has come.
  void receive() {
    std::vector<char> chunk(256 * 1024);
    for (;;) {
      const ssize_t count = ::recv(socket_.number(), chunk.data(), chunk.size(), 0);
      if (count > 0) {
        received_.append(chunk.data(), static_cast<std::size_t>(count));
        continue;
      }
      closed_ = count == 0 || errno != EAGAIN;
      return;
    }
  }
  /// Complete frames received so far, without their lengths.
  std::vector<std::string> frames() {
    receive();
    std::vector<std::string> frames;
    std::size_t at = 0;
    while (received_.size() - at >= 4) {
      const auto length = static_cast<std::size_t>(load_be<std::int32_t>(reinterpret_cast<const std::byte*>(received_.data() + at)));
      if (received_.size() - at - 4 < length) break;
      frames.push_back(received_.substr(at + 4, length));
      at += 4 + length;
    }
    return frames;
  }
  bool is_closed() {
    receive();
    return closed_;
  }
  const std::string& received() const { return received_; }
  int number() const { return socket_.number(); }
  void close() { socket_.reset(); }

 private:
  Descriptor socket_;
  std::string received_;
  bool closed_ = false;
};

struct Request {
  Slot slot;
  std::string body;
};

/// Parks requests, or answers them at once when `answer` is set.
class ParkingHandler : public FrameHandler {
 public:
  void on_open(Connection& connection) override { open.push_back(&connection); }
  void on_frame(Connection& connection, MutableBytes frame, Slot slot) override {
    if (answer) return answer(connection, frame, slot);
    parked.push_back({slot, std::string(as_text(frame))});
  }
  void on_close(Connection& connection) override {
    std::erase(open, &connection);
    ++closed;
  }
  void on_slow(const Connection&, std::uint16_t kind, std::int64_t took_ms) override { slow.emplace_back(kind, took_ms); }

  std::function<void(Connection&, MutableBytes, Slot)> answer;
  std::vector<Request> parked;
  std::vector<Connection*> open;
  std::vector<std::pair<std::uint16_t, std::int64_t>> slow;
  int closed = 0;
};

inline void reply(Slot slot, std::string_view body) {
  Connection* connection = slot.connection();
  REQUIRE(connection != nullptr);
  connection->response(slot).append(as_bytes(body));
  connection->complete(slot);
}
inline void echo(Connection& connection, MutableBytes frame, Slot slot) {
  connection.response(slot).append(frame);
  connection.complete(slot);
}

/// A reactor with its connections and one listener on a free port of 127.0.0.1.
class Loop : public AcceptSink {
 public:
  explicit Loop(const ConnectionLimits& limits = {}, std::string_view host = "127.0.0.1") {
    reactor = Reactor::create(clock).value();
    set = std::make_unique<ConnectionSet>(*reactor, handler, limits);
    listener = Listener::bind(*reactor, {.name = "TEST", .address = Address::resolve(host, 0).value().front()}).value();
    REQUIRE(listener->open(*this).has_value());
  }
  ~Loop() {
    set.reset();
    listener.reset();
  }
  void on_accepted(Descriptor socket, const Address& peer, std::string_view name) override {
    const Address local = Address::local_of(socket.number());
    REQUIRE(set->adopt(std::move(socket), {name, local, peer}).has_value());
  }
  /// Turns the loop until `condition` holds; fails the test when that takes ten seconds.
  template <class Condition>
  void until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) FAIL("the condition never came true");
      reactor->run_turn(1);
    }
  }
  /// Turns the loop until a turn finds nothing to do.
  void settle() {
    for (;;) {
      const ReactorCounters& counters = reactor->counters();
      const auto before = counters.system_calls() - counters.waits.value() + counters.tasks.value();
      reactor->run_turn(0);
      if (before == counters.system_calls() - counters.waits.value() + counters.tasks.value()) return;
    }
  }
  std::unique_ptr<Client> connect() {
    const std::size_t before = handler.open.size();
    auto client = std::make_unique<Client>(listener->address());
    until([&] { return handler.open.size() == before + 1; });
    return client;
  }
  Connection& connection() { return *handler.open.back(); }

  ManualClock clock;
  ParkingHandler handler;
  std::unique_ptr<Reactor> reactor;
  std::unique_ptr<ConnectionSet> set;
  std::unique_ptr<Listener> listener;
};

}  // namespace streamline::net
