// How a power loss picks what is left: copies of a MemoryFileSystem's tree.
#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <unordered_map>

#include "fs/memory_tree.h"

namespace streamline::fs {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

using Nodes = std::unordered_map<const MemoryNode*, std::shared_ptr<MemoryNode>>;

/// One seed's choices. Half of the seeds mix freely; the others are the plain cases: all, nothing, the first so many.
class Fate {
 public:
  Fate(std::uint64_t seed, std::uint64_t changes)
      : random_(seed), mode_(static_cast<Mode>(std::min<std::uint64_t>(random_() % 6, 3))), first_lost_(random_() % (changes + 1)) {}

  bool keeps_entry(std::uint64_t number) {
    switch (mode_) {
      case Mode::all: return true;
      case Mode::nothing: return false;
      case Mode::first_ones: return number < first_lost_;
      case Mode::mixed: break;
    }
    const auto [place, added] = entries_.try_emplace(number, false);
    if (added) place->second = coin();
    return place->second;
  }
  /// The content of a file of which `pending` was not synced.
  void survive(MemoryContent& content, const std::vector<PendingWrite>& pending);

 private:
  enum class Mode : std::uint8_t { all, nothing, first_ones, mixed };
  bool coin() { return (random_() & 1U) != 0; }
  void apply_mixed(MemoryContent& content, const std::vector<PendingWrite>& pending);
  void write_sectors(MemoryContent& content, const PendingWrite& change, std::map<std::uint64_t, bool>& settled);

  std::mt19937_64 random_;
  Mode mode_;
  std::uint64_t first_lost_;
  std::unordered_map<std::uint64_t, bool> entries_;
};

void Fate::survive(MemoryContent& content, const std::vector<PendingWrite>& pending) {
  if (mode_ == Mode::nothing || pending.empty()) return;
  // The first so many of a file, the next one torn, is what an ordered journal leaves.
  const std::size_t whole = mode_ == Mode::all ? pending.size() : random_() % (pending.size() + 1);
  if (mode_ == Mode::mixed) return apply_mixed(content, pending);
  for (std::size_t i = 0; i < whole; ++i) {
    if (pending[i].bytes.empty()) content.resize(pending[i].size_after);
    content.write(pending[i].position, pending[i].bytes);
  }
  if (whole < pending.size() && coin()) {
    const PendingWrite& torn = pending[whole];
    const std::uint64_t kept = random_() % (torn.bytes.size() / kSectorBytes + 1) * kSectorBytes;
    content.write(torn.position, ByteView(torn.bytes).first(static_cast<std::size_t>(kept)));
  }
}

void Fate::apply_mixed(MemoryContent& content, const std::vector<PendingWrite>& pending) {
  // Sizes are settled apart from the bytes: the size after any one of the changes, or the synced one.
  const std::uint64_t synced_size = content.size();
  const std::size_t size_changes = random_() % (pending.size() + 1);
  std::uint64_t size = size_changes == 0 ? synced_size : pending[size_changes - 1].size_after;
  std::map<std::uint64_t, bool> settled;  // sectors that reached the disk for the last time
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (!pending[i].bytes.empty()) {
      write_sectors(content, pending[i], settled);
    } else if (i < size_changes && pending[i].size_after < content.size()) {
      content.resize(pending[i].size_after);
    }
  }
  content.resize(size);
}

void Fate::write_sectors(MemoryContent& content, const PendingWrite& change, std::map<std::uint64_t, bool>& settled) {
  const std::uint64_t end = change.position + change.bytes.size();
  for (std::uint64_t from = change.position; from < end;) {
    const std::uint64_t sector = from / kSectorBytes;
    const std::uint64_t to = std::min(end, (sector + 1) * kSectorBytes);
    // A sector holds what it held at one moment: after a write that did not reach the disk, no later one does.
    bool& stuck = settled[sector];
    if (!stuck && random_() % 8 != 0) {
      content.write(from,
                    ByteView(change.bytes).subspan(static_cast<std::size_t>(from - change.position), static_cast<std::size_t>(to - from)));
    } else {
      stuck = true;
    }
    from = to;
  }
}

std::shared_ptr<MemoryNode> copy_survivor(const std::shared_ptr<MemoryNode>& from, Fate& fate, Nodes& copies) {
  std::shared_ptr<MemoryNode>& known = copies[from.get()];
  if (known != nullptr) return known;
  const std::shared_ptr<MemoryNode> copy = known = std::make_shared<MemoryNode>(from->is_directory);
  if (!from->is_directory) {
    const std::shared_lock guard(from->content_mutex);
    MemoryContent content(from->synced);
    fate.survive(content, from->pending_writes);
    std::vector<std::byte> bytes(static_cast<std::size_t>(content.size()));
    static_cast<void>(content.read(0, bytes));
    copy->content.write(0, bytes);
    copy->synced.write(0, bytes);
    return copy;
  }
  auto entries = from->synced_entries;
  for (const PendingEntry& change : from->pending_entries) {
    if (!fate.keeps_entry(change.number)) continue;
    if (change.node == nullptr) {
      entries.erase(change.name);
    } else {
      entries[change.name] = change.node;
    }
  }
  for (const auto& [name, node] : entries) copy->entries[name] = copy_survivor(node, fate, copies);
  copy->synced_entries = copy->entries;
  return copy;
}

std::shared_ptr<MemoryNode> copy_node(const std::shared_ptr<MemoryNode>& from, Nodes& copies) {
  if (from == nullptr) return nullptr;
  std::shared_ptr<MemoryNode>& known = copies[from.get()];
  if (known != nullptr) return known;
  const std::shared_ptr<MemoryNode> copy = known = std::make_shared<MemoryNode>(from->is_directory);
  {
    const std::shared_lock guard(from->content_mutex);
    std::vector<std::byte> bytes(static_cast<std::size_t>(from->content.size()));
    static_cast<void>(from->content.read(0, bytes));
    copy->content.write(0, bytes);
    bytes.resize(static_cast<std::size_t>(from->synced.size()));
    static_cast<void>(from->synced.read(0, bytes));
    copy->synced.write(0, bytes);
    copy->pending_writes = from->pending_writes;
  }
  for (const auto& [name, node] : from->entries) copy->entries[name] = copy_node(node, copies);
  for (const auto& [name, node] : from->synced_entries) copy->synced_entries[name] = copy_node(node, copies);
  for (const PendingEntry& change : from->pending_entries) {
    copy->pending_entries.push_back({change.number, change.name, copy_node(change.node, copies)});
  }
  return copy;
}

}  // namespace

std::shared_ptr<MemoryNode> copy_whole(const std::shared_ptr<MemoryNode>& root) {
  Nodes copies;
  return copy_node(root, copies);
}

std::shared_ptr<MemoryNode> copy_survivors(const std::shared_ptr<MemoryNode>& root, std::uint64_t seed, std::uint64_t changes) {
  Fate fate(seed, changes);
  Nodes copies;
  return copy_survivor(root, fate, copies);
}

}  // namespace streamline::fs
