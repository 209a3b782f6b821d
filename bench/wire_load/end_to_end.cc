// Producer and waiting consumer of end_to_end.h in one ppoll loop, so that one clock reads both ends.
#include "wire_load/end_to_end.h"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/clock.h"
#include "common/process_stat.h"
#include "wire_load/connection.h"

namespace streamline::bench {

namespace {

constexpr std::size_t kLandingBytes = 256 * 1024;
constexpr std::int32_t kFetchBytes = 1 << 20;
constexpr std::int64_t kDrainNs = 2'000'000'000;  // how long the last records may still take

/// The waiting consumer: one Fetch outstanding at all times, whole answers kept because batches are looked into.
class Tail {
 public:
  Tail(Fd socket, std::string topic) : socket_(std::move(socket)), topic_(std::move(topic)) {}

  int fd() const { return socket_.get(); }
  /// End of what has arrived: every record below it was delivered.
  std::int64_t next_offset() const { return next_offset_; }

  Status ask() {
    const Request request = encode_fetch({.topic = topic_, .offset = next_offset_, .max_bytes = kFetchBytes});
    std::vector<std::byte> bytes(kRequestHead);
    put_request_head(bytes.data(), request, correlation_id_++);
    bytes.insert(bytes.end(), request.rest.begin(), request.rest.end());
    return write_all(socket_.get(), bytes);
  }

  /// Reads one whole answer, moves `next_offset` and asks again.
  Status receive() {
    std::array<std::byte, sizeof(std::uint32_t)> size{};
    if (auto got = read_exactly(socket_.get(), size); !got) return got;
    answer_.resize(load_be<std::uint32_t>(size.data()));
    if (auto got = read_exactly(socket_.get(), answer_); !got) return got;
    const auto head = read_fetch_answer(answer_);
    if (!head) return fail(head.error().code, head.error().text);
    if (head->error != 0) return fail(Errc::conflict, "Fetch answered with error code " + std::to_string(head->error));
    if (head->records_bytes > answer_.size() - head->records_at) return fail(Errc::malformed, "records are longer than the answer");
    walk(ByteView(answer_).subspan(head->records_at, head->records_bytes));
    return ask();
  }

 private:
  // A server may cut the last batch off at the byte limit; the next Fetch brings it whole.
  void walk(ByteView records) {
    while (records.size() > kBatchHeader) {
      const std::size_t size = 12 + static_cast<std::size_t>(load_be<std::uint32_t>(records.data() + 8));
      if (size > records.size()) return;
      next_offset_ = load_be<std::int64_t>(records.data()) + load_be<std::int32_t>(records.data() + kLastOffsetDeltaAt) + 1;
      records = records.subspan(size);
    }
  }

  Fd socket_;
  std::string topic_;
  std::int64_t next_offset_ = 0;
  std::int32_t correlation_id_ = 0;
  std::vector<std::byte> answer_;
};

class EndToEnd {
 public:
  EndToEnd(const EndToEndOptions& options, const Batch& batch, Connection producer, Tail tail)
      : options_(options),
        batch_(batch),
        request_(encode_produce({.topic = options.topic}, batch.bytes)),
        producer_(std::move(producer)),
        tail_(std::move(tail)),
        landing_(kLandingBytes) {}

  Result<EndToEndOutcome> run();

 private:
  std::int64_t due_ns(std::int64_t request) const {
    return begin_ns_ + static_cast<std::int64_t>(static_cast<double>(request) * kNsPerSecond / options_.rate);
  }
  Status turn(std::int64_t sends_end_ns);
  Status acknowledge();
  Status deliver();
  Result<double> server_cpu() const;

  const EndToEndOptions& options_;
  const Batch& batch_;
  Request request_;
  Connection producer_;
  Tail tail_;
  std::vector<std::byte> landing_;
  std::vector<Completion> done_;
  std::int64_t begin_ns_ = 0;
  std::int64_t warm_ns_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t delivered_ = 0;
  EndToEndOutcome outcome_;
};

Status EndToEnd::acknowledge() {
  done_.clear();
  if (auto received = producer_.receive(landing_, done_); !received) return received;
  const std::int64_t now = now_ns();
  for (const Completion& completion : done_) {
    if (completion.start_ns >= warm_ns_) outcome_.acknowledged.record(now - completion.start_ns);
  }
  return {};
}

Status EndToEnd::deliver() {
  if (auto received = tail_.receive(); !received) return received;
  const std::int64_t now = now_ns();
  for (; (delivered_ + 1) * batch_.records <= tail_.next_offset(); ++delivered_) {
    if (due_ns(delivered_) < warm_ns_) continue;
    outcome_.delivered.record(now - due_ns(delivered_));
    ++outcome_.requests;
    outcome_.records += batch_.records;
  }
  return {};
}

Status EndToEnd::turn(std::int64_t sends_end_ns) {
  const std::int64_t now = now_ns();
  for (; due_ns(sent_) <= now && due_ns(sent_) < sends_end_ns; ++sent_) producer_.queue(request_, due_ns(sent_));
  if (auto sent = producer_.flush(); !sent) return sent;
  const std::int64_t wait_ns = std::clamp<std::int64_t>(due_ns(sent_) - now_ns(), 0, 1'000'000);
  const timespec timeout{.tv_sec = 0, .tv_nsec = wait_ns};
  const short producer_events = producer_.wants_write() ? POLLIN | POLLOUT : POLLIN;
  std::array<pollfd, 2> sockets{pollfd{producer_.fd(), producer_events, 0}, pollfd{tail_.fd(), POLLIN, 0}};
  if (::ppoll(sockets.data(), sockets.size(), &timeout, nullptr) < 0 && errno != EINTR) return fail_errno(errno, "ppoll");
  if ((sockets[1].revents & ~POLLOUT) != 0) {
    if (auto delivered = deliver(); !delivered) return delivered;
  }
  return (sockets[0].revents & ~POLLOUT) != 0 ? acknowledge() : Status();
}

Result<double> EndToEnd::server_cpu() const {
  if (options_.server_pid == 0) return 0.0;
  const auto stat = read_process_stat(options_.server_pid);
  if (!stat) return fail(stat.error().code, stat.error().text);
  return stat->cpu_seconds;
}

Result<EndToEndOutcome> EndToEnd::run() {
  if (auto asked = tail_.ask(); !asked) return fail_with(std::move(asked));
  begin_ns_ = now_ns();
  warm_ns_ = begin_ns_ + seconds_to_ns(options_.warmup_seconds);
  const std::int64_t end_ns = warm_ns_ + seconds_to_ns(options_.seconds);
  while (now_ns() < warm_ns_) {
    if (auto turned = turn(end_ns); !turned) return fail_with(std::move(turned));
  }
  auto cpu_before = server_cpu();
  if (!cpu_before) return fail_with(std::move(cpu_before));
  while (now_ns() < end_ns || (delivered_ < sent_ && now_ns() < end_ns + kDrainNs)) {
    if (auto turned = turn(end_ns); !turned) return fail_with(std::move(turned));
  }
  if (delivered_ < sent_) return fail(Errc::timed_out, std::to_string(sent_ - delivered_) + " batches were not delivered");
  auto cpu_after = server_cpu();
  if (!cpu_after) return fail_with(std::move(cpu_after));
  outcome_.server_cpu_seconds = *cpu_after - *cpu_before;
  outcome_.seconds = options_.seconds;
  return outcome_;
}

}  // namespace

Result<EndToEndOutcome> run_end_to_end(const EndToEndOptions& options, const Batch& batch) {
  // As in run_load: due times are finer than the default timer slack.
  if (::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL) != 0) return fail_errno(errno, "PR_SET_TIMERSLACK");
  auto producing = connect_to(options.server.host, options.server.port);
  if (!producing) return fail_with(std::move(producing));
  if (auto set = set_nonblocking(producing->get()); !set) return fail_with(std::move(set));
  auto fetching = connect_to(options.server.host, options.server.port);
  if (!fetching) return fail_with(std::move(fetching));
  EndToEnd run(options, batch, Connection(std::move(*producing)), Tail(std::move(*fetching), options.topic));
  return run.run();
}

}  // namespace streamline::bench
