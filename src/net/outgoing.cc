// Fills a response and walks over its pieces.
#include "net/outgoing.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "fs/file.h"

namespace streamline::net {

namespace {

constexpr std::size_t kFirstCapacity = 256;

Status read_all(const FileRun& run, MutableBytes into) {
  std::uint64_t position = run.position;
  while (!into.empty()) {
    const Result<std::size_t> count = run.file->read_at(position, into);
    if (!count) return fail(count.error().code, count.error().text);
    if (*count == 0) return fail(Errc::io, "the file ends before the run that is to be sent");
    position += *count;
    into = into.subspan(*count);
  }
  return {};
}

}  // namespace

MutableBytes ByteBuffer::extend(std::size_t count) {
  const std::size_t begin = size_;
  if (begin + count > capacity_) {
    const std::size_t capacity = std::max({begin + count, capacity_ + capacity_ / 2, kFirstCapacity});
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (begin > 0) std::memcpy(larger.get(), memory_.get(), begin);
    memory_ = std::move(larger);
    capacity_ = capacity;
  }
  size_ = begin + count;
  return {memory_.get() + begin, count};
}

void Outgoing::append(ByteView bytes) {
  if (!bytes.empty()) std::memcpy(extend(bytes.size()).data(), bytes.data(), bytes.size());
}

Status Outgoing::splice_at(std::size_t at, FileRun run) {
  at += kPrefixBytes;
  SL_ASSERT(at <= bytes_.size() && (splices_.empty() || splices_.back().at <= at));
  if (run.length == 0) return {};
  const std::size_t length = run.length;
  if (length >= kSendfileBytes && run.file->descriptor() >= 0) {
    splices_.push_back({at, std::move(run)});
    spliced_bytes_ += length;
    return {};
  }
  ByteBuffer& target = at == bytes_.size() ? bytes_ : side_;
  const std::size_t begin = target.size();
  if (Status read = read_all(run, target.extend(length)); !read) {
    target.shrink_to(begin);
    return read;
  }
  if (&target == &side_) {
    splices_.push_back({at, FileRun{nullptr, begin, static_cast<std::uint32_t>(length)}});
    spliced_bytes_ += length;
  }
  return {};
}

void Outgoing::clear() {
  bytes_.shrink_to(0);
  bytes_.extend(kPrefixBytes);
  side_.shrink_to(0);
  splices_.clear();
  spliced_bytes_ = 0;
}

void Outgoing::seal() {
  SL_ASSERT(size() <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  store_be(bytes_.data(), static_cast<std::int32_t>(size()));
}

Outgoing::Piece Outgoing::piece_at(const Cursor& cursor) const {
  if (cursor.splice == splices_.size()) return {ByteView(bytes_.data(), bytes_.size()).subspan(cursor.memory)};
  const Splice& splice = splices_[cursor.splice];
  if (cursor.memory < splice.at) return {ByteView(bytes_.data(), bytes_.size()).subspan(cursor.memory, splice.at - cursor.memory)};
  if (splice.run.file) return {{}, &splice.run, cursor.in_splice};
  const std::size_t begin = static_cast<std::size_t>(splice.run.position);
  return {ByteView(side_.data(), side_.size()).subspan(begin, splice.run.length).subspan(cursor.in_splice)};
}

void Outgoing::advance(Cursor& cursor, std::size_t count) const {
  if (cursor.splice == splices_.size() || cursor.memory < splices_[cursor.splice].at) {
    cursor.memory += count;
    return;
  }
  cursor.in_splice += count;
  if (cursor.in_splice < splices_[cursor.splice].run.length) return;
  ++cursor.splice;
  cursor.in_splice = 0;
}

}  // namespace streamline::net
