// Receiving: frames are handled where they landed. What cannot be is moved into the inbox, memory of the connection's own: the
// beginning of a frame, which the next bytes complete in place, or frames that a limit holds back.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "net/connection.h"
#include "net/connection_set.h"

namespace streamline::net {

namespace {

constexpr std::size_t kPrefixBytes = Outgoing::kPrefixBytes;
constexpr std::byte kNeverMeant{0x20};  // first byte of lengths from 512 MiB on: nobody sends such requests, yet text looks like them

// What a wrong length most likely is, so that the log line helps whoever pointed the wrong client at us.
std::string_view guess_sender(const std::byte* prefix) {
  const std::string_view text = as_text({prefix, kPrefixBytes});
  for (std::string_view method : {"GET ", "POST", "HEAD", "PUT ", "OPTI", "PRI "}) {
    if (text == method) return "this looks like HTTP";
  }
  if (text.starts_with("\x16\x03")) return "this looks like TLS, but the listener is plaintext";
  if (text.starts_with("SSH")) return "this looks like SSH";
  if (load_be<std::int32_t>(prefix) > 0 && prefix[0] < kNeverMeant) return "the request is longer than socket.request.max.bytes";
  return "this is not the Kafka protocol, or its stream is broken";
}

}  // namespace

// The rest of the frame in the inbox; empty while its length is not known.
MutableBytes Connection::missing_part() {
  const std::size_t held = inbox_end_ - inbox_begin_;
  if (held < kPrefixBytes) return {};
  const std::size_t whole = kPrefixBytes + static_cast<std::size_t>(load_be<std::int32_t>(inbox_.bytes.get() + inbox_begin_));
  SL_ASSERT(held < whole && inbox_begin_ + whole <= inbox_.capacity);
  return {inbox_.bytes.get() + inbox_end_, whole - held};
}

void Connection::receive() {
  if (set_.landing_.is_short()) {
    set_.reactor_.flush_turn();
    if (!may_read()) return;
  }
  const MutableBytes own = missing_part();
  const MutableBytes landing = set_.landing_.free_part();
  std::array<iovec, 2> parts{iovec{own.data(), own.size()}, iovec{landing.data(), landing.size()}};
  ReactorCounters& counters = set_.reactor_.counters();
  counters.receives.add();
  const ssize_t count =
      own.empty() ? ::recv(socket_.number(), landing.data(), landing.size(), 0) : ::readv(socket_.number(), parts.data(), 2);
  if (count == 0) return close("the peer closed");
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) close(::strerrordesc_np(errno));
    return;
  }
  counters.bytes_in.add(static_cast<std::uint64_t>(count));
  bytes_in_ += static_cast<std::uint64_t>(count);
  last_active_ms_ = set_.reactor_.now_ms();
  take_in(static_cast<std::size_t>(count), own.size(), landing);
  if (!may_read()) set_.mark_dirty(*this);
}

// `count` bytes came: the first `own_bytes` of them into the inbox, the others into `landing`.
void Connection::take_in(std::size_t count, std::size_t own_bytes, MutableBytes landing) {
  const std::size_t to_inbox = std::min(count, own_bytes);
  inbox_end_ += to_inbox;
  MutableBytes landed = landing.first(count - to_inbox);
  set_.landing_.use(landed.size());
  if (inbox_) {
    landed = complete_inbox(landed);
    if (closed_) return;
    if (inbox_) {
      if (!landed.empty()) hold(landed, 0);
      return;
    }
  }
  landed = dispatch_frames(landed);
  if (closed_ || landed.empty()) return;
  std::size_t whole = 0;
  if (may_dispatch() && landed.size() >= kPrefixBytes) {
    whole = frame_bytes(landed.data());
    if (whole == 0) return;
    if (!reserve(whole)) whole = 0;
  }
  hold(landed, whole);
  held_back_ = !may_dispatch();
}

// Completes the frame in the inbox with what landed and handles it; gives back what it did not take.
MutableBytes Connection::complete_inbox(MutableBytes landed) {
  const std::size_t held = inbox_end_ - inbox_begin_;
  if (held < kPrefixBytes) {
    const std::size_t count = std::min(kPrefixBytes - held, landed.size());
    hold(landed.first(count), 0);
    landed = landed.subspan(count);
    settle_inbox();
    if (closed_ || waits_for_memory_ || inbox_end_ - inbox_begin_ < kPrefixBytes) return landed;
  }
  if (inbox_end_ < inbox_begin_ + frame_bytes(inbox_.bytes.get() + inbox_begin_)) {
    const std::size_t count = std::min(missing_part().size(), landed.size());
    hold(landed.first(count), 0);
    landed = landed.subspan(count);
  }
  settle_inbox();
  return landed;
}

// Handles what is complete in the inbox and makes room for the rest of a frame that is not.
void Connection::settle_inbox() {
  const std::size_t held = inbox_end_ - inbox_begin_;
  const MutableBytes rest = dispatch_frames({inbox_.bytes.get() + inbox_begin_, held});
  if (closed_) return;
  if (rest.size() < held) {
    inbox_begin_ = inbox_end_ - rest.size();
    set_.granted_bytes_ -= std::exchange(granted_bytes_, 0);
  }
  held_back_ = !rest.empty() && !may_dispatch();
  if (rest.empty()) return release_inbox();
  if (held_back_) return;
  std::size_t whole = kPrefixBytes;
  if (rest.size() >= kPrefixBytes) whole = frame_bytes(rest.data());
  if (whole != 0 && reserve(whole)) hold({}, whole);
}

// Handles the complete frames at the front, in place; gives back what is left.
MutableBytes Connection::dispatch_frames(MutableBytes bytes) {
  while (bytes.size() >= kPrefixBytes && may_dispatch()) {
    const std::size_t whole = frame_bytes(bytes.data());
    if (whole == 0) return {};
    if (whole > bytes.size()) break;
    const MutableBytes frame = bytes.subspan(kPrefixBytes, whole - kPrefixBytes);
    bytes = bytes.subspan(whole);
    dispatch(frame);
  }
  return bytes;
}

// Length of the frame with its prefix; 0 when it is not allowed, and then the connection is closed.
std::size_t Connection::frame_bytes(const std::byte* prefix) {
  const auto length = load_be<std::int32_t>(prefix);
  if (length > 0 && static_cast<std::size_t>(length) <= set_.limits_.max_request_bytes) {
    return kPrefixBytes + static_cast<std::size_t>(length);
  }
  set_.reactor_.counters().refused_frames.add();
  log::warn("net", "refused frame: {} length={} limit={} peer={} listener={}", guess_sender(prefix), length, set_.limits_.max_request_bytes,
            origin_.peer.to_string(), origin_.listener_name);
  close("a frame's length is not allowed");
  return 0;
}

// Adds `bytes` to the inbox, whose memory holds at least `capacity` bytes afterwards. Frames of this turn may still be read in its
// old memory, so that is retired, never moved within.
void Connection::hold(ByteView bytes, std::size_t capacity) {
  const std::size_t held = inbox_end_ - inbox_begin_;
  const std::size_t needed = std::max(capacity, held + bytes.size());
  if (inbox_begin_ > 0 || needed > inbox_.capacity) {
    FrameMemory larger = set_.frames_.take(needed);
    if (held > 0) std::memcpy(larger.bytes.get(), inbox_.bytes.get() + inbox_begin_, held);
    if (inbox_) set_.frames_.retire(std::move(inbox_));
    inbox_ = std::move(larger);
    inbox_begin_ = 0;
    inbox_end_ = held;
  }
  if (!bytes.empty()) std::memcpy(inbox_.bytes.get() + inbox_end_, bytes.data(), bytes.size());
  inbox_end_ += bytes.size();
}

// Its memory stays readable until the turn's end.
void Connection::release_inbox() {
  if (inbox_) set_.frames_.retire(std::move(inbox_));
  inbox_ = {};
  inbox_begin_ = inbox_end_ = 0;
  set_.granted_bytes_ -= std::exchange(granted_bytes_, 0);
}

// Asks for memory for a frame of `whole` bytes. When the reactor has none to give, the connection waits without reading.
bool Connection::reserve(std::size_t whole) {
  if (whole <= kUngrantedBytes || granted_bytes_ >= whole) return true;
  if (!set_.has_memory_for(whole)) {
    waits_for_memory_ = true;
    waited_bytes_ = whole;
    set_.waiters_.push_back(this);
    return false;
  }
  set_.granted_bytes_ += whole - granted_bytes_;
  granted_bytes_ = whole;
  return true;
}

void Connection::resume() {
  resuming_ = false;
  if (std::exchange(waits_for_memory_, false)) std::erase(set_.waiters_, this);
  if (inbox_) settle_inbox();
  if (!closed_) set_.mark_dirty(*this);
}

}  // namespace streamline::net
