// How long it takes until everybody in a classic group has an assignment, from the moment that the last member asks to join:
//   group_load --port N [--members 100] [--timeout 30]
// One thread, a connection per member, as real members do it: an id first, join, sync, and heartbeats, a millisecond after each other
// instead of three seconds, so that what is measured is the broker and not the pause. One JSON line on stdout.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/flags.h"
#include "common/process_stat.h"
#include "common/sockets.h"
#include "common/wire.h"

namespace streamline::bench {
namespace {

constexpr std::int16_t kJoinKey = 11, kHeartbeatKey = 12, kSyncKey = 14, kFindKey = 10;
// The last versions before the flexible ones, and the first that gives an id first.
constexpr std::int16_t kJoinVersion = 4, kHeartbeatVersion = 2, kSyncVersion = 2, kFindVersion = 0;
constexpr std::int16_t kNoError = 0, kLoading = 14, kNotAvailable = 15, kNotCoordinator = 16, kIllegalGeneration = 22, kRebalancing = 27,
                       kIdRequired = 79;
constexpr std::int32_t kSessionMs = 60'000;
constexpr std::int64_t kHeartbeatPauseNs = 1'000'000;

/// Version 0 of a consumer's subscription to the topic "t", and of its assignment of partition 0.
Writer subscription() {
  Writer out;
  out.put<std::int16_t>(0).put<std::int32_t>(1).string("t").put<std::int32_t>(-1);
  return out;
}
Writer assignment() {
  Writer out;
  out.put<std::int16_t>(0).put<std::int32_t>(1).string("t").put<std::int32_t>(1).put<std::int32_t>(0).put<std::int32_t>(-1);
  return out;
}
void put_bytes(Writer& out, Writer& bytes) { out.put(static_cast<std::int32_t>(bytes.size())).raw(bytes.bytes()); }

class Member {
 public:
  Member(Fd socket, std::string group) : socket_(std::move(socket)), group_(std::move(group)) {}

  int fd() const { return socket_.get(); }
  bool is_assigned() const { return assigned_; }
  std::int32_t generation() const { return generation_; }
  std::size_t fellows() const { return fellows_; }

  Status join() {
    assigned_ = false;
    Writer body;
    body.string("bench").string(group_).put(kSessionMs).put(kSessionMs).string(id_).string("consumer");
    Writer metadata = subscription();
    body.put<std::int32_t>(1).string("range");
    put_bytes(body, metadata);
    return send(kJoinKey, kJoinVersion, body);
  }

  /// Sends the heartbeat that is due.
  Status beat(std::int64_t now) {
    if (!beat_at_ || now < *beat_at_) return {};
    beat_at_.reset();
    Writer body;
    body.string("bench").string(group_).put(generation_).string(id_);
    return send(kHeartbeatKey, kHeartbeatVersion, body);
  }

  Status receive() {
    std::array<std::byte, 65536> landing;
    const ssize_t got = ::recv(fd(), landing.data(), landing.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Status() : fail_errno(errno, "recv");
    if (got == 0) return fail(Errc::closed, "the server closed the connection");
    received_.insert(received_.end(), landing.begin(), landing.begin() + got);
    if (received_.size() < 4 || received_.size() < 4 + load_be<std::uint32_t>(received_.data())) return {};
    const std::vector<std::byte> frame = std::exchange(received_, {});
    Reader in(ByteView(frame).subspan(8));
    const Status taken = take(in);
    if (!taken) return taken;
    return in.ok() ? Status() : fail(Errc::malformed, "an answer ends too early");
  }

 private:
  Status send(std::int16_t key, std::int16_t version, Writer& body) {
    awaited_ = key;
    const Request request{key, version, std::move(body.bytes())};
    std::vector<std::byte> frame(kRequestHead);
    put_request_head(frame.data(), request, 1);
    frame.insert(frame.end(), request.rest.begin(), request.rest.end());
    return write_all(fd(), frame);
  }

  Status take(Reader& in) {
    static_cast<void>(in.get<std::int32_t>());  // throttle time
    const auto error = in.get<std::int16_t>();
    if (error == kRebalancing || error == kIllegalGeneration) return join();
    if (awaited_ == kJoinKey && error == kIdRequired) return take_id(in);
    if (error != kNoError) return fail(Errc::conflict, fmt::format("API {} answered with error code {}", awaited_, error));
    if (awaited_ == kJoinKey) return take_join(in);
    assigned_ = true;
    beat_at_ = now_ns() + kHeartbeatPauseNs;
    return {};
  }

  Status take_id(Reader& in) {
    static_cast<void>(in.get<std::int32_t>());
    static_cast<void>(in.string());
    static_cast<void>(in.string());
    id_ = in.string();
    return join();
  }

  Status take_join(Reader& in) {
    generation_ = in.get<std::int32_t>();
    static_cast<void>(in.string());
    const std::string leader(in.string());
    id_ = in.string();
    fellows_ = static_cast<std::size_t>(in.get<std::int32_t>());
    Writer body;
    body.string("bench").string(group_).put(generation_).string(id_).put(static_cast<std::int32_t>(fellows_));
    Writer part = assignment();
    for (std::size_t i = 0; i < fellows_ && in.ok(); ++i) {
      body.string(in.string());
      static_cast<void>(in.take(static_cast<std::size_t>(in.get<std::int32_t>())));
      put_bytes(body, part);
    }
    return send(kSyncKey, kSyncVersion, body);
  }

  Fd socket_;
  const std::string group_;
  std::string id_;
  std::int32_t generation_ = -1;
  std::size_t fellows_ = 0;  ///< as the leader was told
  std::int16_t awaited_ = 0;
  bool assigned_ = false;
  std::optional<std::int64_t> beat_at_;
  std::vector<std::byte> received_;
};

/// Until the coordinator of the group is there and loaded.
Status await_coordinator(const std::string& host, std::uint16_t port, const std::string& group) {
  auto socket = connect_to(host, port);
  if (!socket) return fail_with(std::move(socket));
  for (int attempt = 0; attempt < 1000; ++attempt) {
    Writer find;
    find.string("bench").string(group);
    const Request request{kFindKey, kFindVersion, std::move(find.bytes())};
    std::vector<std::byte> frame(kRequestHead);
    put_request_head(frame.data(), request, 1);
    frame.insert(frame.end(), request.rest.begin(), request.rest.end());
    if (Status sent = write_all(socket->get(), frame); !sent) return sent;
    std::array<std::byte, 4> size{};
    if (Status got = read_exactly(socket->get(), size); !got) return got;
    std::vector<std::byte> answer(load_be<std::uint32_t>(size.data()));
    if (Status got = read_exactly(socket->get(), answer); !got) return got;
    const auto error = answer.size() < 6 ? kNotAvailable : load_be<std::int16_t>(answer.data() + 4);
    if (error == kNoError) return {};
    if (error != kLoading && error != kNotAvailable && error != kNotCoordinator) {
      return fail(Errc::conflict, fmt::format("FindCoordinator answered with error code {}", error));
    }
    ::usleep(10'000);
  }
  return fail(Errc::timed_out, "the group has no coordinator");
}

class Crowd {
 public:
  Status connect(const std::string& host, std::uint16_t port, std::size_t count) {
    const std::string group = fmt::format("bench-{}", ::getpid());
    if (Status there = await_coordinator(host, port, group); !there) return there;
    for (std::size_t i = 0; i < count; ++i) {
      auto socket = connect_to(host, port);
      if (!socket) return fail_with(std::move(socket));
      polled_.push_back({.fd = socket->get(), .events = POLLIN, .revents = 0});
      members_.emplace_back(std::move(*socket), group);
    }
    return {};
  }
  Status join_all() {
    for (Member& member : members_) {
      if (Status sent = member.join(); !sent) return sent;
    }
    last_join_ns_ = now_ns();
    return {};
  }
  Status turn() {
    if (::poll(polled_.data(), polled_.size(), 1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
    const std::int64_t now = now_ns();
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const Status done = polled_[i].revents != 0 ? members_[i].receive() : members_[i].beat(now);
      if (!done) return done;
    }
    return {};
  }
  /// Everybody, in one generation of all.
  bool is_assigned() const {
    const std::int32_t generation = members_.front().generation();
    const auto settled = [&](const Member& member) { return member.is_assigned() && member.generation() == generation; };
    const auto leads = [&](const Member& member) { return member.fellows() == members_.size(); };
    return std::ranges::all_of(members_, settled) && std::ranges::any_of(members_, leads);
  }
  std::int64_t last_join_ns() const { return last_join_ns_; }
  std::int32_t generation() const { return members_.front().generation(); }

 private:
  std::deque<Member> members_;
  std::vector<pollfd> polled_;
  std::int64_t last_join_ns_ = 0;
};

Status run(int argc, char** argv) {
  Flags flags(argc, argv);
  const std::string host = flags.text("host", "127.0.0.1");
  const auto port = static_cast<std::uint16_t>(flags.number("port", 0));
  const std::int64_t members = flags.number("members", 100);
  const double timeout = flags.real("timeout", 30);
  if (Status good = flags.check(); !good) return good;
  if (port == 0 || members < 1) return fail(Errc::invalid_argument, "group_load --port N [--members 100]");
  Crowd crowd;
  if (Status connected = crowd.connect(host, port, static_cast<std::size_t>(members)); !connected) return connected;
  if (Status joined = crowd.join_all(); !joined) return joined;
  const std::int64_t give_up = crowd.last_join_ns() + seconds_to_ns(timeout);
  while (!crowd.is_assigned()) {
    if (now_ns() > give_up) return fail(Errc::timed_out, "not everybody was assigned in time");
    if (Status turned = crowd.turn(); !turned) return turned;
  }
  const double ms = static_cast<double>(now_ns() - crowd.last_join_ns()) / 1e6;
  fmt::print(R"({{"members":{},"generations":{},"assigned_ms":{:.3f}}})"
             "\n",
             members, crowd.generation(), ms);
  return {};
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("group_load", ended.error());
}
