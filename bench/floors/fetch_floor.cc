// The least a Fetch response can cost: a header by send with MSG_MORE, then the file by sendfile (or by pread and send).
//   fetch_floor [--port N] [--threads 1] [--dir .] [--way sendfile|send] --batch-bytes N --value-bytes N --log-bytes N
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/batch.h"
#include "common/flags.h"
#include "common/wire.h"
#include "floors/floor_server.h"

namespace streamline::bench {
namespace {

enum class Way : std::uint8_t { sendfile, send };

struct Log {
  Fd file;
  std::int64_t batch_bytes = 0;
  std::int64_t records_per_batch = 0;
  std::int64_t bytes = 0;

  std::int64_t end_offset() const { return bytes / batch_bytes * records_per_batch; }
};

struct FetchFrame {
  std::int32_t correlation_id = 0;
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int32_t max_bytes = 0;
};

Result<FetchFrame> parse(ByteView bytes) {
  Reader in(bytes);
  const auto key = in.get<std::int16_t>();
  const auto version = in.get<std::int16_t>();
  if (key != kFetchKey || version != kFetchVersion) return fail(Errc::unsupported, "only the Fetch version of wire_load is answered");
  FetchFrame frame;
  frame.correlation_id = in.get<std::int32_t>();
  static_cast<void>(in.string());
  in.skip_tags();
  static_cast<void>(in.take(4 + 4 + 4 + 4 + 1 + 4 + 4));  // replica, wait, least and most bytes, isolation, session
  if (in.uvarint() != 2) return fail(Errc::unsupported, "one topic a request");
  frame.topic = in.compact_string();
  if (in.uvarint() != 2) return fail(Errc::unsupported, "one partition a request");
  frame.partition = in.get<std::int32_t>();
  static_cast<void>(in.take(4));  // leader epoch
  frame.offset = in.get<std::int64_t>();
  static_cast<void>(in.take(4 + 8));  // last fetched epoch, log start
  frame.max_bytes = in.get<std::int32_t>();
  if (!in.ok()) return fail(Errc::malformed, "short Fetch request");
  return frame;
}

class FetchFloor : public FloorHandler {
 public:
  FetchFloor(const Log& log, Way way) : log_(log), way_(way) {}

  Status handle(int socket, ByteView bytes, std::vector<std::byte>& /*out*/) override {
    const auto frame = parse(bytes);
    if (!frame) return fail(frame.error().code, frame.error().text);
    off_t position = frame->offset / log_.records_per_batch * log_.batch_bytes;
    const std::int64_t length = std::clamp<std::int64_t>(log_.bytes - position, 0, frame->max_bytes);
    put_head(*frame, length);
    return way_ == Way::sendfile ? by_sendfile(socket, position, static_cast<std::size_t>(length))
                                 : by_send(socket, position, static_cast<std::size_t>(length));
  }

 private:
  static constexpr std::array<std::byte, 3> kTail{};  // the empty tag sections of partition, topic and response

  void put_head(const FetchFrame& frame, std::int64_t length) {
    head_.bytes().clear();
    head_.put<std::int32_t>(0).put(frame.correlation_id).no_tags();
    head_.put<std::int32_t>(0).put<std::int16_t>(0).put<std::int32_t>(0);  // throttle, error, session
    head_.uvarint(2).compact_string(frame.topic).uvarint(2).put(frame.partition).put<std::int16_t>(0);
    head_.put(log_.end_offset()).put(log_.end_offset()).put<std::int64_t>(0);
    head_.uvarint(0).put<std::int32_t>(-1).uvarint(static_cast<std::uint64_t>(length) +
                                                   1);  // no aborted transactions, no preferred replica
    const auto size = static_cast<std::int64_t>(head_.size() - sizeof(std::int32_t) + kTail.size()) + length;
    store_be(head_.bytes().data(), static_cast<std::int32_t>(size));
  }

  Status by_sendfile(int socket, off_t position, std::size_t length) {
    // The socket blocks, so a short head can only mean an error.
    if (::send(socket, head_.bytes().data(), head_.size(), MSG_MORE | MSG_NOSIGNAL) < 0) return peer_left();
    while (length > 0) {
      const ssize_t sent = ::sendfile(socket, log_.file.get(), &position, length);
      if (sent <= 0) return peer_left();
      length -= static_cast<std::size_t>(sent);
    }
    if (::send(socket, kTail.data(), kTail.size(), MSG_NOSIGNAL) < 0) return peer_left();
    return {};
  }

  Status by_send(int socket, off_t position, std::size_t length) {
    const std::size_t head = head_.size();
    payload_.resize(head + length + kTail.size());
    std::copy(head_.bytes().begin(), head_.bytes().end(), payload_.begin());
    if (::pread(log_.file.get(), payload_.data() + head, length, position) != static_cast<ssize_t>(length))
      return fail_errno(errno, "pread");
    std::copy(kTail.begin(), kTail.end(), payload_.end() - static_cast<std::ptrdiff_t>(kTail.size()));
    if (auto sent = write_all(socket, payload_); !sent) return peer_left();
    return {};
  }

  /// A reader that leaves ends its connection, not the floor: the next receive notices.
  static Status peer_left() { return errno == EPIPE || errno == ECONNRESET ? Status() : fail_errno(errno, "send"); }

  const Log& log_;
  Way way_;
  Writer head_;
  std::vector<std::byte> payload_;
};

Result<Log> make_log(const std::string& dir, const BatchSpec& spec, std::int64_t bytes) {
  auto batch = build_batch(spec);
  if (!batch) return fail_with(std::move(batch));
  Log log{.file = Fd(::open(dir.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600))};
  if (!log.file.valid()) return fail_errno(errno, "open a temporary file in " + dir);
  log.batch_bytes = static_cast<std::int64_t>(batch->bytes.size());
  log.records_per_batch = batch->records;
  for (std::int64_t offset = 0; log.bytes + log.batch_bytes <= bytes; offset += batch->records) {
    store_be(batch->bytes.data(), offset);
    const ssize_t written = ::pwrite(log.file.get(), batch->bytes.data(), batch->bytes.size(), log.bytes);
    if (written != static_cast<ssize_t>(batch->bytes.size())) return fail_errno(errno, "pwrite");
    log.bytes += written;
  }
  return log;
}

Status run(int argc, char** argv) {
  Flags flags(argc, argv);
  const FloorOptions options{.port = static_cast<std::uint16_t>(flags.number("port", 0))};
  const std::int64_t threads = flags.number("threads", 1);
  const std::string dir = flags.text("dir", ".");
  const std::string way = flags.text("way", "sendfile");
  const BatchSpec spec{.batch_bytes = static_cast<std::size_t>(flags.number("batch-bytes", 16384)),
                       .value_bytes = static_cast<std::size_t>(flags.number("value-bytes", 1024))};
  const std::int64_t log_bytes = flags.number("log-bytes", std::int64_t{512} << 20);
  if (auto good = flags.check(); !good) return good;
  if (way != "sendfile" && way != "send") return fail(Errc::invalid_argument, "--way is sendfile or send");
  auto log = make_log(dir, spec, log_bytes);
  if (!log) return fail_with(std::move(log));
  std::vector<std::unique_ptr<FloorHandler>> handlers;
  for (std::int64_t i = 0; i < threads; ++i) {
    handlers.push_back(std::make_unique<FetchFloor>(*log, way == "sendfile" ? Way::sendfile : Way::send));
  }
  return serve_floor(options, handlers);
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("fetch_floor", ended.error());
}
