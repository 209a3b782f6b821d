// The tree of MemoryFileSystem: names, faults, locks and clones. Contents are in memory_file.cc, power losses in memory_crash.cc.
#include "fs/memory_file_system.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/assert.h"
#include "fs/memory_tree.h"

namespace streamline::fs {
namespace {

class MemoryLock final : public Lock {
 public:
  MemoryLock(std::shared_ptr<MemoryState> state, std::string path) : state_(std::move(state)), path_(std::move(path)) {}
  ~MemoryLock() override {
    const std::lock_guard guard(state_->tree_mutex);
    state_->locked.erase(path_);
  }

 private:
  const std::shared_ptr<MemoryState> state_;
  const std::string path_;
};

std::unexpected<Error> missing(std::string_view doing, std::string_view path) {
  return fail(Errc::not_found, fmt::format("{} {}: No such file or directory", doing, path));
}

/// Gives a file's bytes back to the budget when its last name goes.
void release(MemoryState& state, const std::shared_ptr<MemoryNode>& node) {
  if (node == nullptr || node->is_directory) return;
  const std::shared_lock guard(node->content_mutex);
  state.free_bytes += static_cast<std::int64_t>(node->content.size());
}

}  // namespace

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::optional<Fault> MemoryState::take_fault(Operation operation, std::string_view path) {
  if (!has_faults.load(std::memory_order_relaxed)) return std::nullopt;
  const std::lock_guard guard(faults_mutex);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    Fault& fault = faults[i];
    if (fault.operation != operation || path.find(fault.path_part) == std::string_view::npos) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    Fault taken = fault;
    if (--fault.count == 0) faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(i));
    has_faults = !faults.empty();
    return taken;
  }
  return std::nullopt;
}

Status MemoryState::check_fault(Operation operation, std::string_view path) {
  if (const std::optional<Fault> fault = take_fault(operation, path)) return fail(fault->code, fmt::format("{}: injected", path));
  return {};
}

std::shared_ptr<MemoryNode> MemoryState::find(std::string_view path) const {
  std::shared_ptr<MemoryNode> node = root;
  while (!path.empty() && node != nullptr) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    const auto entry = node->entries.find(name);
    if (entry == node->entries.end()) return nullptr;
    node = entry->second;
  }
  return node;
}

Result<std::shared_ptr<MemoryNode>> MemoryState::parent_of(std::string_view path) const {
  std::shared_ptr<MemoryNode> parent = find(parent_path(path));
  if (parent == nullptr || !parent->is_directory) return missing("find", path);
  return parent;
}

void MemoryState::set_entry(MemoryNode& directory, std::string_view name, std::shared_ptr<MemoryNode> node, std::uint64_t number) {
  if (tracking) directory.pending_entries.push_back({number, std::string(name), node});
  if (node == nullptr) {
    directory.entries.erase(directory.entries.find(name));
  } else {
    directory.entries.insert_or_assign(std::string(name), std::move(node));
  }
}

MemoryFileSystem::MemoryFileSystem(DurabilityTracking tracking) : state_(std::make_shared<MemoryState>(tracking)) {}
MemoryFileSystem::~MemoryFileSystem() = default;

Result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path, OpenFlags flags) {
  if (Status ok = state_->check_fault(Operation::open, path); !ok) return fail_with(std::move(ok));
  const std::lock_guard guard(state_->tree_mutex);
  std::shared_ptr<MemoryNode> node = state_->find(path);
  if (node != nullptr && node->is_directory) return fail(Errc::io, fmt::format("open {}: Is a directory", path));
  if (node != nullptr && flags.exclusive) return fail(Errc::already_exists, fmt::format("open {}: File exists", path));
  if (node == nullptr) {
    if (!flags.create) return missing("open", path);
    Result<std::shared_ptr<MemoryNode>> parent = state_->parent_of(path);
    if (!parent) return fail_with(std::move(parent));
    node = std::make_shared<MemoryNode>(false);
    state_->set_entry(**parent, last_name(path), node, state_->next_number++);
  }
  return make_memory_file(state_, std::move(node), path, flags);
}

bool MemoryFileSystem::exists(const std::string& path) {
  const std::lock_guard guard(state_->tree_mutex);
  return state_->find(path) != nullptr;
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  const std::lock_guard guard(state_->tree_mutex);
  const std::shared_ptr<MemoryNode> node = state_->find(directory);
  if (node == nullptr || !node->is_directory) return missing("list", directory);
  std::vector<std::string> names;
  for (const auto& [name, child] : node->entries) names.push_back(name);
  return names;
}

Status MemoryFileSystem::make_directory(const std::string& path) {
  if (Status ok = state_->check_fault(Operation::make_directory, path); !ok) return ok;
  const std::lock_guard guard(state_->tree_mutex);
  if (state_->find(path) != nullptr) return {};
  Result<std::shared_ptr<MemoryNode>> parent = state_->parent_of(path);
  if (!parent) return fail_with(std::move(parent));
  state_->set_entry(**parent, last_name(path), std::make_shared<MemoryNode>(true), state_->next_number++);
  return {};
}

Status MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  if (Status ok = state_->check_fault(Operation::rename, from); !ok) return ok;
  const std::lock_guard guard(state_->tree_mutex);
  const std::shared_ptr<MemoryNode> node = state_->find(from);
  if (node == nullptr) return missing("rename", from);
  Result<std::shared_ptr<MemoryNode>> old_parent = state_->parent_of(from);
  if (!old_parent) return fail_with(std::move(old_parent));
  Result<std::shared_ptr<MemoryNode>> new_parent = state_->parent_of(to);
  if (!new_parent) return fail_with(std::move(new_parent));
  const std::shared_ptr<MemoryNode> replaced = state_->find(to);
  if (replaced == node) return {};
  if (replaced != nullptr && replaced->is_directory && !replaced->entries.empty()) {
    return fail(Errc::already_exists, fmt::format("rename {} to {}: Directory not empty", from, to));
  }
  release(*state_, replaced);
  const std::uint64_t number = state_->next_number++;
  state_->set_entry(**new_parent, last_name(to), node, number);
  state_->set_entry(**old_parent, last_name(from), nullptr, number);
  return {};
}

Status MemoryFileSystem::remove(const std::string& path) {
  if (Status ok = state_->check_fault(Operation::remove, path); !ok) return ok;
  const std::lock_guard guard(state_->tree_mutex);
  const std::shared_ptr<MemoryNode> node = state_->find(path);
  if (node == nullptr) return missing("remove", path);
  if (!node->entries.empty()) return fail(Errc::io, fmt::format("remove {}: Directory not empty", path));
  Result<std::shared_ptr<MemoryNode>> parent = state_->parent_of(path);
  if (!parent) return fail_with(std::move(parent));
  release(*state_, node);
  state_->set_entry(**parent, last_name(path), nullptr, state_->next_number++);
  return {};
}

Status MemoryFileSystem::sync_directory(const std::string& path) {
  if (Status ok = state_->check_fault(Operation::sync_directory, path); !ok) return ok;
  const std::lock_guard guard(state_->tree_mutex);
  const std::shared_ptr<MemoryNode> node = state_->find(path);
  if (node == nullptr || !node->is_directory) return missing("sync directory", path);
  if (!state_->tracking) return {};
  node->synced_entries = node->entries;
  node->pending_entries.clear();
  return {};
}

Result<std::unique_ptr<Lock>> MemoryFileSystem::lock(const std::string& path) {
  const std::string pid = fmt::format("{}\n", ::getpid());
  {
    const std::lock_guard guard(state_->tree_mutex);
    if (!state_->locked.insert(path).second) {
      return fail(Errc::locked, fmt::format("{} is locked by process {}", path, ::getpid()));
    }
  }
  std::unique_ptr<Lock> held = std::make_unique<MemoryLock>(state_, path);
  Result<std::unique_ptr<File>> file = open(path, {.create = true});
  if (!file) return fail_with(std::move(file));
  if (Status written = (*file)->write_at(0, as_bytes(pid)); !written) return fail_with(std::move(written));
  return held;
}

Result<std::uint64_t> MemoryFileSystem::free_bytes(const std::string& path) {
  if (!exists(path)) return missing("free bytes of", path);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(state_->free_bytes.load(), 0));
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::crash_clone(std::uint64_t seed) const {
  SL_ASSERT(state_->tracking);
  const std::lock_guard guard(state_->tree_mutex);
  std::unique_ptr<MemoryFileSystem> clone = std::make_unique<MemoryFileSystem>(DurabilityTracking::on);
  clone->state_->root = copy_survivors(state_->root, seed, state_->next_number);
  return clone;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::kill_clone() const {
  const std::lock_guard guard(state_->tree_mutex);
  std::unique_ptr<MemoryFileSystem> clone =
      std::make_unique<MemoryFileSystem>(state_->tracking ? DurabilityTracking::on : DurabilityTracking::off);
  clone->state_->root = copy_whole(state_->root);
  clone->state_->next_number = state_->next_number;
  return clone;
}

void MemoryFileSystem::fail_next(Fault fault) {
  const std::lock_guard guard(state_->faults_mutex);
  state_->faults.push_back(std::move(fault));
  state_->has_faults = true;
}

void MemoryFileSystem::clear_faults() {
  const std::lock_guard guard(state_->faults_mutex);
  state_->faults.clear();
  state_->has_faults = false;
}

void MemoryFileSystem::set_free_bytes(std::uint64_t bytes) { state_->free_bytes = static_cast<std::int64_t>(bytes); }

}  // namespace streamline::fs
