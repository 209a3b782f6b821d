// Gathering sends and the answer parser of connection.h; records in answers are counted and skipped.
#include "wire_load/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace streamline::bench {

namespace {
constexpr std::size_t kRequestsPerSend = 32;
constexpr std::size_t kSizeField = sizeof(std::int32_t);

Result<PartitionAnswer> read_answer(std::int16_t key, ByteView body) {
  if (key == kProduceKey) return read_produce_answer(body);
  return key == kFetchKey ? read_fetch_answer(body) : read_commit_answer(body);
}

std::size_t wire_bytes(const Request& request) { return kRequestHead + request.rest.size(); }

/// Appends a piece without its first `skip` bytes, and takes them off `skip`.
void add_piece(std::array<iovec, 2 * kRequestsPerSend>& pieces, std::size_t& count, ByteView piece, std::size_t& skip) {
  const std::size_t skipped = std::min(skip, piece.size());
  skip -= skipped;
  piece = piece.subspan(skipped);
  // sendmsg only reads, but its iovec has no const.
  if (!piece.empty()) pieces[count++] = {const_cast<std::byte*>(piece.data()), piece.size()};
}
}  // namespace

void Connection::queue(const Request& request, std::int64_t start_ns) {
  outgoing_.push_back({&request, next_correlation_id_++});
  awaited_.push_back({request.key, start_ns});
}

Status Connection::flush() {
  while (!outgoing_.empty()) {
    std::array<std::array<std::byte, kRequestHead>, kRequestsPerSend> heads;
    std::array<iovec, 2 * kRequestsPerSend> pieces{};
    std::size_t piece_count = 0;
    std::size_t wanted = 0;
    std::size_t skip = sent_of_front_;
    const std::size_t requests = std::min(outgoing_.size(), kRequestsPerSend);
    for (std::size_t i = 0; i < requests; ++i) {
      const Outgoing& next = outgoing_[i];
      put_request_head(heads[i].data(), *next.request, next.correlation_id);
      add_piece(pieces, piece_count, heads[i], skip);
      add_piece(pieces, piece_count, next.request->rest, skip);
      wanted += wire_bytes(*next.request);
    }
    wanted -= sent_of_front_;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = piece_count;
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR ? Status() : fail_errno(errno, "send");
    drop_sent(static_cast<std::size_t>(sent));
    if (static_cast<std::size_t>(sent) < wanted) return {};
  }
  return {};
}

void Connection::drop_sent(std::size_t bytes) {
  bytes += sent_of_front_;
  while (!outgoing_.empty() && bytes >= wire_bytes(*outgoing_.front().request)) {
    bytes -= wire_bytes(*outgoing_.front().request);
    outgoing_.pop_front();
  }
  sent_of_front_ = bytes;
}

Status Connection::receive(MutableBytes landing, std::vector<Completion>& done) {
  const ssize_t got = ::recv(socket_.get(), landing.data(), landing.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Status() : fail_errno(errno, "recv");
  if (got == 0) return fail(Errc::closed, "the server closed the connection");
  ByteView bytes = ByteView(landing).first(static_cast<std::size_t>(got));
  while (!bytes.empty()) {
    if (skip_ > 0) {
      const std::size_t skipped = std::min(skip_, bytes.size());
      skip_ -= skipped;
      bytes = bytes.subspan(skipped);
      if (skip_ == 0) done.push_back(current_);
      continue;
    }
    if (auto taken = take_head(bytes, done); !taken) return taken;
  }
  return {};
}

Status Connection::take_head(ByteView& bytes, std::vector<Completion>& done) {
  std::size_t wanted = kSizeField;
  if (head_bytes_ >= kSizeField) {
    wanted = std::min(head_.size(), kSizeField + static_cast<std::size_t>(load_be<std::uint32_t>(head_.data())));
  }
  const std::size_t taken = std::min(wanted - head_bytes_, bytes.size());
  std::copy_n(bytes.data(), taken, head_.data() + head_bytes_);
  head_bytes_ += taken;
  bytes = bytes.subspan(taken);
  if (head_bytes_ < wanted || wanted == kSizeField) return {};
  return read_head(done);
}

Status Connection::read_head(std::vector<Completion>& done) {
  if (awaited_.empty()) return fail(Errc::malformed, "an answer nobody asked for");
  const auto size = load_be<std::uint32_t>(head_.data());
  const ByteView body = ByteView(head_).subspan(kSizeField, head_bytes_ - kSizeField);
  if (body.size() < kSizeField || load_be<std::int32_t>(body.data()) != awaited_correlation_id_) {
    return fail(Errc::malformed, "answers are out of order");
  }
  const auto answer = read_answer(awaited_.front().key, body);
  if (!answer) return fail(answer.error().code, answer.error().text);
  if (answer->error != 0) return fail(Errc::conflict, "the server answered with error code " + std::to_string(answer->error));
  current_ = {awaited_.front().start_ns, answer->records_bytes};
  awaited_.pop_front();
  ++awaited_correlation_id_;
  skip_ = size - body.size();
  head_bytes_ = 0;
  if (skip_ == 0) done.push_back(current_);
  return {};
}

}  // namespace streamline::bench
