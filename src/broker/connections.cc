// A question goes to each event loop as a task of its own; the pool's thread waits for the answers.
#include "broker/connections.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>

#include "base/log.h"
#include "broker/broker.h"

namespace streamline::broker {

namespace {

constexpr std::chrono::seconds kPatience{5};

/// One question to all event loops. Shared with their tasks, because a late one outlives whoever asked.
template <class T>
struct Round {
  std::mutex mutex;  // guards the rest
  std::condition_variable changed;
  std::size_t open = 0;
  std::vector<T> answers;
};

/// An event loop's place in a round, given up when its task has run, or is dropped because the loop has ended.
template <class T>
class Place {
 public:
  explicit Place(std::shared_ptr<Round<T>> round) : round_(std::move(round)) {
    const std::lock_guard lock(round_->mutex);
    ++round_->open;
  }
  Place(Place&&) noexcept = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (round_ == nullptr) return;
    const std::lock_guard lock(round_->mutex);
    --round_->open;
    round_->changed.notify_all();
  }
  void answer(std::vector<T> some) {
    const std::lock_guard lock(round_->mutex);
    std::ranges::move(some, std::back_inserter(round_->answers));
  }

 private:
  std::shared_ptr<Round<T>> round_;
};

/// What all event loops answer to `question`, which runs on each, and holds copies of what it needs.
template <class T>
Result<std::vector<T>> ask_all(Broker& broker, const std::function<std::vector<T>(Shard&)>& question) {
  const auto round = std::make_shared<Round<T>>();
  for (int index = 0; index < kMaxReactors; ++index) {
    Shard* shard = broker.shard(index);
    if (shard == nullptr) continue;
    shard->deliver([place = Place<T>(round), shard, question]() mutable { place.answer(question(*shard)); });
  }
  std::unique_lock lock(round->mutex);
  if (!round->changed.wait_for(lock, kPatience, [&] { return round->open == 0; })) {
    return fail(Errc::timed_out, "an event loop has not answered within five seconds");
  }
  return std::move(round->answers);
}

bool is_of(const ConnectionView& view, const net::ConnectionOrigin& origin) {
  return view.peer == origin.peer && view.local == origin.local;
}

Result<std::vector<ConnectionView>> views_of(Broker& broker) {
  return ask_all<ConnectionView>(broker, [](Shard& shard) { return shard.connections(); });
}

OpenConnection opened(const ConnectionView& view, const Request& request, std::int64_t now_ms) {
  return {.id = view.id,
          .listener = std::string(view.listener),
          .host = view.peer.host(),
          .port = view.peer.port(),
          .client_id = view.client_id,
          .software = view.software,
          .age_ms = std::max<std::int64_t>(now_ms - view.use.opened_ms, 0),
          .idle_ms = std::max<std::int64_t>(now_ms - view.use.last_active_ms, 0),
          .requests = view.use.requests,
          .bytes_in = view.use.bytes_in,
          .bytes_out = view.use.bytes_out,
          .in_flight = view.use.unanswered,
          .last_api_key = view.use.last_kind ? std::optional(static_cast<std::int16_t>(*view.use.last_kind)) : std::nullopt,
          .is_throttled = view.use.is_muted,
          .is_own = is_of(view, request.origin())};
}

}  // namespace

Result<std::vector<OpenConnection>> open_connections(const Request& request) {
  auto views = views_of(request.broker());
  if (!views) return fail_with(std::move(views));
  std::ranges::sort(*views, {}, &ConnectionView::id);
  const std::int64_t now_ms = request.broker().clock().monotonic_ms();
  std::vector<OpenConnection> open;
  open.reserve(views->size());
  for (const ConnectionView& view : *views) open.push_back(opened(view, request, now_ms));
  return open;
}

Result<ClosedConnections> close_connections(const Request& request, std::vector<std::uint64_t> ids) {
  auto views = views_of(request.broker());
  if (!views) return fail_with(std::move(views));
  ClosedConnections closed;
  for (const ConnectionView& view : *views) {
    if (is_of(view, request.origin()) && std::ranges::find(ids, view.id) != ids.end()) closed.own = view.id;
  }
  if (closed.own) std::erase(ids, *closed.own);
  std::ranges::sort(ids);
  auto done = ask_all<std::uint64_t>(
      request.broker(), [ids = std::move(ids)](Shard& shard) { return shard.close_connections(ids, "an administrator ended it"); });
  if (!done) return fail_with(std::move(done));
  closed.ids = *std::move(done);
  std::ranges::sort(closed.ids);
  log::info("net", "connections were closed because a client asked count={} client={} client_id=\"{}\"", closed.ids.size(),
            request.origin().peer.to_string(), request.client_id());
  return closed;
}

}  // namespace streamline::broker
