// The epoll loop of load.h: warm up, count, stop; the server's CPU is read at both ends of the count.
#include "wire_load/load.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "common/clock.h"
#include "common/process_stat.h"
#include "wire_load/page_touch.h"

namespace streamline::bench {

namespace {

constexpr std::size_t kLandingBytes = 256 * 1024;
constexpr int kEventsPerTurn = 64;
constexpr std::size_t kMaxBacklog = 200'000;  // an open loop that falls this far behind has found the server's limit

struct Sender {
  explicit Sender(Fd socket, std::size_t first_request) : connection(std::move(socket)), next_request(first_request) {}
  Connection connection;
  std::size_t next_request;
  std::uint32_t watched = EPOLLIN;
};

class Load {
 public:
  Load(const LoadOptions& options, std::span<const Request> requests)
      : options_(options), requests_(requests), landing_(kLandingBytes), interval_ns_(options.rate > 0 ? kNsPerSecond / options.rate : 0) {}

  Status connect();
  Result<LoadOutcome> run();

 private:
  bool is_open_loop() const { return options_.rate > 0; }
  void queue_next(Sender& sender, std::int64_t start_ns);
  Status begin();
  Status queue_due(std::int64_t now);
  Status wait_and_handle();
  Status handle(Sender& sender, std::uint32_t events);
  Status flush(Sender& sender);
  Status start_counting(std::int64_t now);
  Status stop_counting(std::int64_t now);

  const LoadOptions& options_;
  std::span<const Request> requests_;
  std::vector<std::byte> landing_;
  double interval_ns_;
  Fd epoll_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<Completion> done_;
  std::int64_t begin_ns_ = 0;
  std::int64_t due_count_ = 0;
  bool counting_ = false;
  std::int64_t count_from_ns_ = 0;
  LoadOutcome outcome_;
};

Status Load::connect() {
  epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) return fail_errno(errno, "epoll_create1");
  for (std::int64_t i = 0; i < options_.connections; ++i) {
    auto socket = connect_to(options_.server.host, options_.server.port);
    if (!socket) return fail_with(std::move(socket));
    if (auto set = set_nonblocking(socket->get()); !set) return set;
    const std::size_t first = static_cast<std::size_t>(i) % requests_.size();
    senders_.push_back(std::make_unique<Sender>(std::move(*socket), first));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = senders_.back().get()}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, senders_.back()->connection.fd(), &event) != 0) return fail_errno(errno, "epoll_ctl");
  }
  return {};
}

void Load::queue_next(Sender& sender, std::int64_t start_ns) {
  sender.connection.queue(requests_[sender.next_request], start_ns);
  sender.next_request = (sender.next_request + senders_.size()) % requests_.size();
}

Status Load::begin() {
  begin_ns_ = now_ns();
  if (is_open_loop()) return {};
  for (auto& sender : senders_) {
    for (std::int64_t i = 0; i < options_.depth; ++i) queue_next(*sender, begin_ns_);
    if (auto sent = flush(*sender); !sent) return sent;
  }
  return {};
}

Status Load::queue_due(std::int64_t now) {
  while (true) {
    const std::int64_t due = begin_ns_ + static_cast<std::int64_t>(static_cast<double>(due_count_) * interval_ns_);
    if (due > now) return {};
    Sender& sender = *senders_[static_cast<std::size_t>(due_count_) % senders_.size()];
    if (sender.connection.in_flight() > kMaxBacklog) return fail(Errc::timed_out, "the server does not keep up with the rate");
    queue_next(sender, due);
    ++due_count_;
    if (auto sent = flush(sender); !sent) return sent;
  }
}

Status Load::flush(Sender& sender) {
  if (auto sent = sender.connection.flush(); !sent) return sent;
  const std::uint32_t wanted = sender.connection.wants_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (wanted == sender.watched) return {};
  epoll_event event{.events = wanted, .data = {.ptr = &sender}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, sender.connection.fd(), &event) != 0) return fail_errno(errno, "epoll_ctl");
  sender.watched = wanted;
  return {};
}

Status Load::handle(Sender& sender, std::uint32_t events) {
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
    done_.clear();
    if (auto received = sender.connection.receive(landing_, done_); !received) return received;
    const std::int64_t now = now_ns();
    for (const Completion& completion : done_) {
      if (counting_ && completion.start_ns >= count_from_ns_) outcome_.latency.record(now - completion.start_ns);
      ++outcome_.requests;
      outcome_.records_bytes += static_cast<std::int64_t>(completion.records_bytes);
      if (!is_open_loop()) queue_next(sender, now);
    }
  }
  return flush(sender);
}

Status Load::wait_and_handle() {
  std::int64_t wait_ns = 1'000'000;
  if (is_open_loop()) {
    const std::int64_t due = begin_ns_ + static_cast<std::int64_t>(static_cast<double>(due_count_) * interval_ns_);
    wait_ns = std::clamp<std::int64_t>(due - now_ns(), 0, wait_ns);
  }
  const timespec timeout{.tv_sec = 0, .tv_nsec = wait_ns};
  std::array<epoll_event, kEventsPerTurn> events{};
  const int ready = ::epoll_pwait2(epoll_.get(), events.data(), kEventsPerTurn, &timeout, nullptr);
  if (ready < 0 && errno != EINTR) return fail_errno(errno, "epoll_pwait2");
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (auto handled = handle(*static_cast<Sender*>(event.data.ptr), event.events); !handled) return handled;
  }
  return {};
}

Status Load::start_counting(std::int64_t now) {
  counting_ = true;
  count_from_ns_ = now;
  outcome_ = LoadOutcome();
  outcome_.client_cpu_seconds = -own_cpu_seconds();
  if (options_.server_pid == 0) return {};
  const auto stat = read_process_stat(options_.server_pid);
  if (!stat) return fail(stat.error().code, stat.error().text);
  outcome_.server_cpu_seconds = -stat->cpu_seconds;
  return {};
}

Status Load::stop_counting(std::int64_t now) {
  outcome_.seconds = static_cast<double>(now - count_from_ns_) / kNsPerSecond;
  outcome_.client_cpu_seconds += own_cpu_seconds();
  if (options_.server_pid == 0) return {};
  const auto stat = read_process_stat(options_.server_pid);
  if (!stat) return fail(stat.error().code, stat.error().text);
  outcome_.server_cpu_seconds += stat->cpu_seconds;
  outcome_.server_resident_bytes = stat->resident_bytes;
  return {};
}

Result<LoadOutcome> Load::run() {
  if (auto begun = begin(); !begun) return fail_with(std::move(begun));
  const std::int64_t warm = begin_ns_ + seconds_to_ns(options_.warmup_seconds);
  const std::int64_t end = warm + seconds_to_ns(options_.seconds);
  for (std::int64_t now = now_ns(); now < end; now = now_ns()) {
    if (!counting_ && now >= warm) {
      if (auto started = start_counting(now); !started) return fail_with(std::move(started));
    }
    if (counting_ && options_.requests > 0 && outcome_.requests >= options_.requests) break;
    if (is_open_loop()) {
      if (auto queued = queue_due(now); !queued) return fail_with(std::move(queued));
    }
    if (auto handled = wait_and_handle(); !handled) return fail_with(std::move(handled));
  }
  if (auto stopped = stop_counting(now_ns()); !stopped) return fail_with(std::move(stopped));
  return outcome_;
}

}  // namespace

Result<LoadOutcome> run_load(const LoadOptions& options, std::span<const Request> requests) {
  // An open loop sleeps until a request is due; the kernel's default slack of 50 µs would blur what it measures.
  if (::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL) != 0) return fail_errno(errno, "PR_SET_TIMERSLACK");
  if (auto touched = touch_pages(options.touch_dir, options.touch_bytes); !touched) return fail_with(std::move(touched));
  Load load(options, requests);
  if (auto connected = load.connect(); !connected) return fail_with(std::move(connected));
  return load.run();
}

}  // namespace streamline::bench
