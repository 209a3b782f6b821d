// The open file of MemoryFileSystem.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fs/memory_tree.h"

namespace streamline::fs {
namespace {

class MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<MemoryState> state, std::shared_ptr<MemoryNode> node, std::string path, OpenFlags flags)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)), read_only_(flags.read_only) {}

  Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override;
  Status write_at(std::uint64_t position, std::span<const ByteView> pieces) override;
  Status sync() override;
  Status truncate(std::uint64_t size) override;
  Status allocate(std::uint64_t from, std::uint64_t length) override;
  Result<std::uint64_t> size() const override;
  bool is_cached(std::uint64_t /*position*/, std::uint64_t /*length*/) const override { return true; }
  int descriptor() const override { return -1; }

 private:
  Status write_piece(std::uint64_t position, ByteView bytes);

  const std::shared_ptr<MemoryState> state_;
  const std::shared_ptr<MemoryNode> node_;
  const std::string path_;
  const bool read_only_;
};

Result<std::size_t> MemoryFile::read_at(std::uint64_t position, MutableBytes into) const {
  if (Status ok = state_->check_fault(Operation::read, path_); !ok) return fail_with(std::move(ok));
  const std::shared_lock guard(node_->content_mutex);
  return node_->content.read(position, into);
}

Status MemoryFile::write_at(std::uint64_t position, std::span<const ByteView> pieces) {
  if (read_only_) return fail(Errc::permission, fmt::format("write {}: opened for reading", path_));
  std::optional<Fault> fault = state_->take_fault(Operation::write, path_);
  std::uint64_t allowed = fault ? fault->bytes_written : std::numeric_limits<std::uint64_t>::max();
  const std::unique_lock guard(node_->content_mutex);
  for (const ByteView piece : pieces) {
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), allowed));
    if (Status written = write_piece(position, piece.first(taken)); !written) return written;
    position += taken;
    allowed -= taken;
  }
  if (fault) return fail(fault->code, fmt::format("write {}: injected", path_));
  return {};
}

Status MemoryFile::write_piece(std::uint64_t position, ByteView bytes) {
  if (bytes.empty()) return {};
  const std::uint64_t before = node_->content.size();
  const std::uint64_t grown = position + bytes.size() > before ? position + bytes.size() - before : 0;
  const std::int64_t room = state_->free_bytes.fetch_sub(static_cast<std::int64_t>(grown)) - static_cast<std::int64_t>(grown);
  std::optional<std::size_t> cut;
  if (room < 0) {
    // As on a real disk, what still fits is written.
    const std::uint64_t missing = std::min<std::uint64_t>(static_cast<std::uint64_t>(-room), grown);
    state_->free_bytes += static_cast<std::int64_t>(missing);
    cut = bytes.size() - static_cast<std::size_t>(std::min<std::uint64_t>(missing, bytes.size()));
    bytes = bytes.first(*cut);
  }
  node_->content.write(position, bytes);
  if (state_->tracking && !bytes.empty()) {
    node_->pending_writes.push_back({position, {bytes.begin(), bytes.end()}, node_->content.size()});
  }
  if (cut) return fail(Errc::no_space, fmt::format("write {}: no space left", path_));
  return {};
}

Status MemoryFile::sync() {
  if (!state_->tracking && !state_->has_faults.load(std::memory_order_relaxed)) return {};
  if (Status ok = state_->check_fault(Operation::sync, path_); !ok) return ok;
  const std::unique_lock guard(node_->content_mutex);
  for (const PendingWrite& change : node_->pending_writes) {
    if (change.bytes.empty()) node_->synced.resize(change.size_after);
    node_->synced.write(change.position, change.bytes);
  }
  node_->pending_writes.clear();
  return {};
}

Status MemoryFile::truncate(std::uint64_t size) {
  if (Status ok = state_->check_fault(Operation::truncate, path_); !ok) return ok;
  const std::unique_lock guard(node_->content_mutex);
  state_->free_bytes += static_cast<std::int64_t>(node_->content.size()) - static_cast<std::int64_t>(size);
  if (state_->tracking && size != node_->content.size()) node_->pending_writes.push_back({0, {}, size});
  node_->content.resize(size);
  return {};
}

Status MemoryFile::allocate(std::uint64_t /*from*/, std::uint64_t /*length*/) { return state_->check_fault(Operation::allocate, path_); }

Result<std::uint64_t> MemoryFile::size() const {
  const std::shared_lock guard(node_->content_mutex);
  return node_->content.size();
}

}  // namespace

std::unique_ptr<File> make_memory_file(std::shared_ptr<MemoryState> state, std::shared_ptr<MemoryNode> node, std::string path,
                                       OpenFlags flags) {
  return std::make_unique<MemoryFile>(std::move(state), std::move(node), std::move(path), flags);
}

}  // namespace streamline::fs
