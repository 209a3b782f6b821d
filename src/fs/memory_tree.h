// What MemoryFileSystem is made of: nodes, the changes that no sync has covered yet, and how a power loss picks among them.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "fs/memory_content.h"
#include "fs/memory_file_system.h"

namespace streamline::fs {

/// A write or a change of size that no sync has covered yet.
struct PendingWrite {
  std::uint64_t position = 0;
  std::vector<std::byte> bytes;  // empty = only the size changed
  std::uint64_t size_after = 0;
};

/// A change of one directory's entry; a rename is two with one number, and both survive or neither.
struct PendingEntry {
  std::uint64_t number = 0;
  std::string name;
  std::shared_ptr<MemoryNode> node;  // null = the name is gone
};

struct MemoryNode {
  explicit MemoryNode(bool directory) : is_directory(directory) {}

  const bool is_directory;

  mutable std::shared_mutex content_mutex;  // the next three
  MemoryContent content;
  MemoryContent synced;
  std::vector<PendingWrite> pending_writes;

  // Guarded by MemoryState::tree_mutex.
  std::map<std::string, std::shared_ptr<MemoryNode>, std::less<>> entries;
  std::map<std::string, std::shared_ptr<MemoryNode>, std::less<>> synced_entries;
  std::vector<PendingEntry> pending_entries;
};

struct MemoryState {
  explicit MemoryState(DurabilityTracking durability) : tracking(durability == DurabilityTracking::on) {}

  const bool tracking;
  std::mutex tree_mutex;  // everything but contents and the atomics; taken before a node's content_mutex
  std::shared_ptr<MemoryNode> root = std::make_shared<MemoryNode>(true);
  std::set<std::string, std::less<>> locked;
  std::uint64_t next_number = 0;
  std::atomic<std::int64_t> free_bytes = std::numeric_limits<std::int64_t>::max() / 2;

  std::mutex faults_mutex;
  std::vector<Fault> faults;
  std::atomic<bool> has_faults = false;

  /// The fault that this call meets, if any.
  std::optional<Fault> take_fault(Operation operation, std::string_view path);
  Status check_fault(Operation operation, std::string_view path);

  // With tree_mutex held:
  std::shared_ptr<MemoryNode> find(std::string_view path) const;
  Result<std::shared_ptr<MemoryNode>> parent_of(std::string_view path) const;
  void set_entry(MemoryNode& directory, std::string_view name, std::shared_ptr<MemoryNode> node, std::uint64_t number);
};

std::string_view last_name(std::string_view path);

/// Copies of a tree: as it is, or as a power loss with this seed leaves it.
std::shared_ptr<MemoryNode> copy_whole(const std::shared_ptr<MemoryNode>& root);
std::shared_ptr<MemoryNode> copy_survivors(const std::shared_ptr<MemoryNode>& root, std::uint64_t seed, std::uint64_t changes);

std::unique_ptr<File> make_memory_file(std::shared_ptr<MemoryState> state, std::shared_ptr<MemoryNode> node, std::string path,
                                       OpenFlags flags);

}  // namespace streamline::fs
