// How many transactions producers make, one after the other each, of so many records in one batch to a partition of its own:
//   transaction_load --port N --topic T [--producers 1] [--records 10] [--protocol new|classic] [--seconds 5] [--warmup 1] [--pid PID]
//                    [--batch-bytes B] [--transactions 0] [--aborts 0]
// --batch-bytes B: batches of B bytes with records of 1,000 instead of --records; --transactions N: no more than N, each producer;
// --aborts N: every Nth of a producer is aborted. One thread, a connection per producer. `classic` adds the partition by a request of its
// own, `new` lets the data do it (KIP-890). The topic exists, with as many partitions as there are producers. One JSON line on stdout.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/crc32c.h"
#include "common/batch.h"
#include "common/clock.h"
#include "common/flags.h"
#include "common/histogram.h"
#include "common/process_stat.h"
#include "common/sockets.h"
#include "common/wire.h"

namespace streamline::bench {
namespace {

constexpr std::int16_t kFindKey = 10, kInitKey = 22, kAddKey = 24, kEndKey = 26;
// The last versions before the flexible ones, and for the new protocol the first ones of it.
constexpr std::int16_t kFindVersion = 2, kInitVersion = 1, kAddVersion = 2, kOldEnd = 2, kNewEnd = 5, kOldProduce = 8, kNewProduce = 12;
constexpr std::int16_t kLoading = 14, kNotAvailable = 15, kNotCoordinator = 16, kConcurrent = 51;
constexpr std::size_t kAttributesAt = 21, kProducerAt = 43;
// A record of such a value takes so many bytes; the last one gets two more.
constexpr std::size_t kValueBytes = 92, kRecordBytes = 101;
constexpr std::size_t kLargeValueBytes = 990;
constexpr std::int16_t kTransactional = 0x10;

enum class Protocol : std::uint8_t { classic, bumping };

struct Figures {
  Histogram whole;
  Histogram end;
  std::uint64_t transactions = 0;
  std::uint64_t backed_off = 0;
};

class Producer {
 public:
  struct Work {
    std::string topic;
    std::int32_t partition = 0;
    Protocol protocol = Protocol::bumping;
    std::int64_t most = 0;    ///< transactions; 0 is no limit
    std::int64_t aborts = 0;  ///< every such one is aborted, as 2 is every second; 0 is none
    Batch batch;
  };
  Producer(Fd socket, Work work)
      : socket_(std::move(socket)), id_(fmt::format("bench-{}-{}", ::getpid(), work.partition)), work_(std::move(work)) {}

  int fd() const { return socket_.get(); }
  bool is_done() const { return work_.most > 0 && ended_ >= work_.most; }
  Status begin() {
    Writer body;
    body.string("bench").string(id_).put<std::int8_t>(1);
    return send(kFindKey, kFindVersion, body);
  }

  Status receive(Figures& figures) {
    std::array<std::byte, 4096> landing;
    const ssize_t got = ::recv(fd(), landing.data(), landing.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Status() : fail_errno(errno, "recv");
    if (got == 0) return fail(Errc::closed, "the server closed the connection");
    received_.insert(received_.end(), landing.begin(), landing.begin() + got);
    if (received_.size() < 4 || received_.size() < 4 + load_be<std::uint32_t>(received_.data())) return {};
    const std::vector<std::byte> frame = std::exchange(received_, {});
    return take(ByteView(frame).subspan(4), figures);
  }

 private:
  Status send(std::int16_t key, std::int16_t version, Writer& body) {
    awaited_ = key;
    const Request request{key, version, std::move(body.bytes())};
    frame_.resize(kRequestHead);
    put_request_head(frame_.data(), request, 1);
    frame_.insert(frame_.end(), request.rest.begin(), request.rest.end());
    return write_all(fd(), frame_);
  }

  Status take(ByteView body, Figures& figures) {
    Reader in(body);
    static_cast<void>(in.get<std::int32_t>());  // correlation id
    std::int16_t error = 0;
    switch (awaited_) {
      case kFindKey:
      case kInitKey: error = take_start(in); break;
      case kAddKey: error = take_added(in); break;
      case kProduceKey: error = take_produced(body); break;
      default: error = take_end(in); break;
    }
    if (error == kLoading || error == kNotAvailable || error == kNotCoordinator || error == kConcurrent) {
      ++figures.backed_off;
      return again();
    }
    if (error != 0) return fail(Errc::conflict, fmt::format("API {} answered with error code {}", awaited_, error));
    return go_on(figures);
  }

  std::int16_t take_start(Reader& in) {
    static_cast<void>(in.get<std::int32_t>());  // throttle time
    const auto error = in.get<std::int16_t>();
    if (awaited_ == kInitKey && error == 0) {
      producer_ = in.get<std::int64_t>();
      epoch_ = in.get<std::int16_t>();
    }
    return error;
  }
  static std::int16_t take_added(Reader& in) {
    static_cast<void>(in.get<std::int32_t>());
    static_cast<void>(in.get<std::int32_t>());  // one topic
    static_cast<void>(in.string());
    static_cast<void>(in.get<std::int32_t>());  // one partition
    static_cast<void>(in.get<std::int32_t>());
    return in.get<std::int16_t>();
  }
  std::int16_t take_produced(ByteView body) const {
    if (work_.protocol == Protocol::bumping) {
      const auto answer = read_produce_answer(body);
      return answer ? answer->error : std::int16_t{-1};
    }
    Reader in(body.subspan(4));
    static_cast<void>(in.get<std::int32_t>());
    static_cast<void>(in.string());
    static_cast<void>(in.get<std::int32_t>());
    static_cast<void>(in.get<std::int32_t>());
    return in.get<std::int16_t>();
  }
  std::int16_t take_end(Reader& in) {
    const bool bumps = work_.protocol == Protocol::bumping;
    if (bumps) in.skip_tags();
    static_cast<void>(in.get<std::int32_t>());
    const auto error = in.get<std::int16_t>();
    if (bumps && error == 0) {
      producer_ = in.get<std::int64_t>();
      epoch_ = in.get<std::int16_t>();
      sequence_ = 0;
    }
    return error;
  }

  Status again() {
    switch (awaited_) {
      case kFindKey: return begin();
      case kInitKey: return init();
      case kAddKey: return add();
      case kProduceKey: return produce();
      default: return end();
    }
  }
  Status go_on(Figures& figures) {
    if (awaited_ == kFindKey) return init();
    if (awaited_ == kAddKey) return produce();
    if (awaited_ == kProduceKey) {
      sequence_ += work_.batch.records;
      end_sent_ns_ = now_ns();
      return end();
    }
    const std::int64_t now = now_ns();
    if (awaited_ == kEndKey) {
      figures.whole.record(now - began_ns_);
      figures.end.record(now - end_sent_ns_);
      ++figures.transactions;
      ++ended_;
      if (is_done()) return {};
    }
    began_ns_ = now;
    return work_.protocol == Protocol::classic ? add() : produce();
  }

  Status init() {
    Writer body;
    body.string("bench").string(id_).put<std::int32_t>(60'000);
    return send(kInitKey, kInitVersion, body);
  }
  Status add() {
    Writer body;
    body.string("bench").string(id_).put(producer_).put(epoch_);
    body.put<std::int32_t>(1).string(work_.topic).put<std::int32_t>(1).put(work_.partition);
    return send(kAddKey, kAddVersion, body);
  }
  Status produce() {
    stamp();
    const std::vector<std::byte>& batch = work_.batch.bytes;
    Writer body;
    body.string("bench");
    if (work_.protocol == Protocol::bumping) {
      body.no_tags().compact_string(id_).put<std::int16_t>(-1).put<std::int32_t>(30'000);
      body.uvarint(2).compact_string(work_.topic).uvarint(2).put(work_.partition);
      body.uvarint(batch.size() + 1).raw(batch).no_tags().no_tags().no_tags();
      return send(kProduceKey, kNewProduce, body);
    }
    body.string(id_).put<std::int16_t>(-1).put<std::int32_t>(30'000);
    body.put<std::int32_t>(1).string(work_.topic).put<std::int32_t>(1).put(work_.partition);
    body.put(static_cast<std::int32_t>(batch.size())).raw(batch);
    return send(kProduceKey, kOldProduce, body);
  }
  Status end() {
    Writer body;
    body.string("bench");
    if (work_.protocol == Protocol::bumping) {
      body.no_tags().compact_string(id_).put(producer_).put(epoch_).put(outcome()).no_tags();
      return send(kEndKey, kNewEnd, body);
    }
    body.string(id_).put(producer_).put(epoch_).put(outcome());
    return send(kEndKey, kOldEnd, body);
  }

  /// 1 commits, 0 aborts.
  std::int8_t outcome() const { return work_.aborts > 0 && (ended_ + 1) % work_.aborts == 0 ? 0 : 1; }

  /// The batch becomes the producer's next one.
  void stamp() {
    std::byte* at = work_.batch.bytes.data();
    store_be(at + kAttributesAt, kTransactional);
    store_be(at + kProducerAt, producer_);
    store_be(at + kProducerAt + 8, epoch_);
    store_be(at + kProducerAt + 10, sequence_);
    store_be<std::uint32_t>(at + kCrcAt, crc32c(ByteView(work_.batch.bytes).subspan(kCrcAt + 4)));
  }

  Fd socket_;
  const std::string id_;
  Work work_;
  std::int64_t producer_ = -1;
  std::int16_t epoch_ = -1;
  std::int32_t sequence_ = 0;
  std::int16_t awaited_ = 0;
  std::int64_t began_ns_ = 0;
  std::int64_t end_sent_ns_ = 0;
  std::int64_t ended_ = 0;
  std::vector<std::byte> received_;
  std::vector<std::byte> frame_;
};

struct Load {
  std::string host;
  std::uint16_t port = 0;
  std::string topic;
  std::int64_t producers = 1;
  std::int64_t records = 10;
  std::int64_t batch_bytes = 0;
  std::int64_t transactions = 0;
  std::int64_t aborts = 0;
  Protocol protocol = Protocol::bumping;
};

Result<Batch> batch_of(const Load& load, std::int64_t now_ms) {
  if (load.batch_bytes > 0) {
    return build_batch(
        {.batch_bytes = static_cast<std::size_t>(load.batch_bytes), .value_bytes = kLargeValueBytes, .base_timestamp_ms = now_ms});
  }
  const auto bytes = kBatchHeader + static_cast<std::size_t>(load.records) * kRecordBytes + 2;
  auto batch = build_batch({.batch_bytes = bytes, .value_bytes = kValueBytes, .base_timestamp_ms = now_ms});
  if (batch && batch->records != load.records) return fail(Errc::out_of_range, fmt::format("no batch of {} records", load.records));
  return batch;
}

class Crowd {
 public:
  Status begin(const Load& load) {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(load.producers); ++i) {
      auto batch = batch_of(load, wall_ms());
      if (!batch) return fail_with(std::move(batch));
      auto socket = connect_to(load.host, load.port);
      if (!socket) return fail_with(std::move(socket));
      polled_.push_back({.fd = socket->get(), .events = POLLIN, .revents = 0});
      producers_.emplace_back(std::move(*socket), Producer::Work{.topic = load.topic,
                                                                 .partition = i,
                                                                 .protocol = load.protocol,
                                                                 .most = load.transactions,
                                                                 .aborts = load.aborts,
                                                                 .batch = std::move(*batch)});
      if (Status begun = producers_.back().begin(); !begun) return begun;
    }
    return {};
  }
  Status run_until(std::int64_t end_ns, Figures& figures) {
    while (now_ns() < end_ns && !std::ranges::all_of(producers_, &Producer::is_done)) {
      if (::poll(polled_.data(), polled_.size(), 100) < 0 && errno != EINTR) return fail_errno(errno, "poll");
      for (std::size_t i = 0; i < producers_.size(); ++i) {
        if (polled_[i].revents == 0) continue;
        if (Status received = producers_[i].receive(figures); !received) return received;
      }
    }
    return {};
  }

 private:
  static std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  std::deque<Producer> producers_;
  std::vector<pollfd> polled_;
};

/// Of the server; 0 when it was not named.
double cpu_seconds(int pid) {
  const auto stat = read_process_stat(pid);
  return stat ? stat->cpu_seconds : 0;
}

Status run(int argc, char** argv) {
  Flags flags(argc, argv);
  Load load;
  load.host = flags.text("host", "127.0.0.1");
  load.port = static_cast<std::uint16_t>(flags.number("port", 0));
  load.topic = flags.text("topic", "");
  load.producers = flags.number("producers", 1);
  load.records = flags.number("records", 10);
  load.batch_bytes = flags.number("batch-bytes", 0);
  load.transactions = flags.number("transactions", 0);
  load.aborts = flags.number("aborts", 0);
  load.protocol = flags.text("protocol", "new") == "classic" ? Protocol::classic : Protocol::bumping;
  const double seconds = flags.real("seconds", 5);
  const double warmup = flags.real("warmup", 1);
  const auto pid = static_cast<int>(flags.number("pid", 0));
  if (Status good = flags.check(); !good) return good;
  if (load.port == 0 || load.topic.empty() || load.producers < 1 || load.records < 1) {
    return fail(Errc::invalid_argument, "transaction_load --port N --topic T [--producers 1] [--records 10]");
  }
  Crowd crowd;
  if (Status begun = crowd.begin(load); !begun) return begun;
  Figures ignored;
  if (Status warm = crowd.run_until(now_ns() + seconds_to_ns(warmup), ignored); !warm) return warm;
  Figures figures;
  const std::int64_t began = now_ns();
  const double cpu_before = cpu_seconds(pid);
  if (Status done = crowd.run_until(began + seconds_to_ns(seconds), figures); !done) return done;
  const double took = static_cast<double>(now_ns() - began) / 1e9;
  const double cpu = cpu_seconds(pid) - cpu_before;
  const auto count = static_cast<double>(figures.transactions);
  fmt::print(R"({{"transactions_per_s":{:.0f},"cpu_us":{:.1f},"backed_off":{},"whole":{},"end":{}}})"
             "\n",
             count / took, count > 0 ? cpu * 1e6 / count : 0, figures.backed_off, figures.whole.to_json(), figures.end.to_json());
  return {};
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("transaction_load", ended.error());
}
