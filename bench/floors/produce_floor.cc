// The least a Produce request can cost: receive, CRC-32C, pwrite, acknowledge. Speaks just enough Kafka for wire_load.
//   produce_floor [--port N] [--threads 1] [--dir .] [--sync no|prewritten]
// With `prewritten` each request is synced before its acknowledgement, by the thread that received it: with a thread per connection
// nothing is handed from one thread to another.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/crc32c.h"
#include "common/batch.h"
#include "common/flags.h"
#include "common/prewritten.h"
#include "common/wire.h"
#include "floors/floor_server.h"

namespace streamline::bench {
namespace {

constexpr std::size_t kCrcStep = 256 * 1024;

struct ProduceFrame {
  std::int32_t correlation_id = 0;
  std::string_view topic;
  std::int32_t partition = 0;
  ByteView batch;
};

Result<ProduceFrame> parse(ByteView bytes) {
  Reader in(bytes);
  const auto key = in.get<std::int16_t>();
  const auto version = in.get<std::int16_t>();
  if (key != kProduceKey || version != kProduceVersion) return fail(Errc::unsupported, "only the Produce version of wire_load is answered");
  ProduceFrame frame;
  frame.correlation_id = in.get<std::int32_t>();
  static_cast<void>(in.string());  // client id
  in.skip_tags();
  static_cast<void>(in.compact_string());  // transactional id
  static_cast<void>(in.take(sizeof(std::int16_t) + sizeof(std::int32_t)));
  if (in.uvarint() != 2) return fail(Errc::unsupported, "one topic a request");
  frame.topic = in.compact_string();
  if (in.uvarint() != 2) return fail(Errc::unsupported, "one partition a request");
  frame.partition = in.get<std::int32_t>();
  const std::uint64_t records = in.uvarint();
  frame.batch = in.take(static_cast<std::size_t>(records == 0 ? 0 : records - 1));
  if (!in.ok() || frame.batch.size() <= kBatchHeader) return fail(Errc::malformed, "short Produce request");
  return frame;
}

bool crc_matches(ByteView batch) {
  std::uint32_t crc = 0;
  for (ByteView rest = batch.subspan(kCrcAt + 4); !rest.empty();) {
    const ByteView step = rest.first(std::min(rest.size(), kCrcStep));
    crc = crc32c(step, crc);
    rest = rest.subspan(step.size());
  }
  return crc == load_be<std::uint32_t>(batch.data() + kCrcAt);
}

enum class Sync : std::uint8_t { no, prewritten };

/// Appends to a file of its own that has no name, so nothing is left behind.
class ProduceFloor : public FloorHandler {
 public:
  ProduceFloor(Fd file, Sync sync) : file_(std::move(file)), sync_(sync) {}

  Status handle(int /*socket*/, ByteView bytes, std::vector<std::byte>& out) override {
    const auto frame = parse(bytes);
    if (!frame) return fail(frame.error().code, frame.error().text);
    if (!crc_matches(frame->batch)) return fail(Errc::corrupt, "CRC-32C differs");
    const ssize_t written = ::pwrite(file_.get(), frame->batch.data(), frame->batch.size(), position_);
    if (written < 0) return fail_errno(errno, "pwrite");
    if (static_cast<std::size_t>(written) != frame->batch.size()) return fail(Errc::no_space, "short pwrite");
    position_ += written;
    if (sync_ == Sync::prewritten) {
      if (::fdatasync(file_.get()) != 0) return fail_errno(errno, "fdatasync");
      if (position_ + written > kPrewrittenBytes) position_ = 0;
    }
    acknowledge(*frame, out);
    return {};
  }

 private:
  void acknowledge(const ProduceFrame& frame, std::vector<std::byte>& out) {
    answer_.bytes().clear();
    answer_.put<std::int32_t>(0).put(frame.correlation_id).no_tags();
    answer_.uvarint(2).compact_string(frame.topic).uvarint(2).put(frame.partition).put<std::int16_t>(0).put(next_offset_);
    answer_.put<std::int64_t>(-1).put<std::int64_t>(0).uvarint(1).uvarint(0).no_tags();  // append time, log start, no record errors, no
                                                                                         // text
    answer_.no_tags().put<std::int32_t>(0).no_tags();
    store_be(answer_.bytes().data(), static_cast<std::int32_t>(answer_.size() - sizeof(std::int32_t)));
    next_offset_ += load_be<std::int32_t>(frame.batch.data() + kLastOffsetDeltaAt) + 1;
    out.insert(out.end(), answer_.bytes().begin(), answer_.bytes().end());
  }

  Fd file_;
  const Sync sync_;
  off_t position_ = 0;
  std::int64_t next_offset_ = 0;
  Writer answer_;
};

Status run(int argc, char** argv) {
  Flags flags(argc, argv);
  const FloorOptions options{.port = static_cast<std::uint16_t>(flags.number("port", 0))};
  const std::int64_t threads = flags.number("threads", 1);
  const std::string dir = flags.text("dir", ".");
  const std::string sync = flags.text("sync", "no");
  if (auto good = flags.check(); !good) return good;
  if (sync != "no" && sync != "prewritten") return fail(Errc::invalid_argument, "--sync is no or prewritten");
  std::vector<std::unique_ptr<FloorHandler>> handlers;
  for (std::int64_t i = 0; i < threads; ++i) {
    Fd file(::open(dir.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (!file.valid()) return fail_errno(errno, "open a temporary file in " + dir);
    if (sync == "prewritten") {
      if (auto written = prewrite(file); !written) return written;
    }
    handlers.push_back(std::make_unique<ProduceFloor>(std::move(file), sync == "prewritten" ? Sync::prewritten : Sync::no));
  }
  return serve_floor(options, handlers);
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("produce_floor", ended.error());
}
