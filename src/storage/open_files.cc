// Which files are closed: a clock over the open ones, so that a use costs no more than setting a flag.
#include "storage/open_files.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace streamline::storage {
namespace {
// Of the open files, closed at once when the process has no descriptor left.
constexpr std::size_t kShareClosed = 8;
// Slots looked at in one go, so that a long list of busy files holds nobody up.
constexpr std::size_t kMostLooks = 1024;
}  // namespace

FileSlot::~FileSlot() {
  if (owner_ != nullptr) owner_->forget(*this);
}

std::shared_ptr<fs::File> FileSlot::get() const {
  const std::lock_guard guard(mutex_);
  if (!used_.load(std::memory_order_relaxed)) used_.store(true, std::memory_order_relaxed);
  return file_;
}

std::shared_ptr<fs::File> FileSlot::put(std::unique_ptr<fs::File> file) {
  std::shared_ptr<fs::File> kept;
  std::shared_ptr<OpenFiles> owner;
  {
    const std::lock_guard guard(mutex_);
    if (file_ != nullptr) return file_;
    file_ = kept = std::move(file);
    owner = owner_;
  }
  if (owner != nullptr) owner->opened(*this);
  return kept;
}

void FileSlot::attach(const std::shared_ptr<OpenFiles>& owner) {
  {
    const std::lock_guard guard(mutex_);
    if (owner_ != nullptr) return;
    owner_ = owner;
    if (file_ == nullptr) return;
  }
  owner->opened(*this);
}

std::shared_ptr<fs::File> FileSlot::give_up(Reach reach) {
  const std::unique_lock guard(mutex_, std::try_to_lock);
  // With another holder the descriptor would stay open, and the next use would open a second one.
  if (!guard.owns_lock() || file_.use_count() > 1) return nullptr;
  const bool used = used_.exchange(false, std::memory_order_relaxed);
  if (reach == Reach::idle && (used || dirty_.load(std::memory_order_relaxed))) return nullptr;
  return std::exchange(file_, nullptr);
}

std::size_t OpenFiles::open_count() const {
  const std::lock_guard guard(mutex_);
  return open_;
}

void OpenFiles::opened(FileSlot& slot) {
  std::vector<std::shared_ptr<fs::File>> closing;  // closed without the lock
  const std::lock_guard guard(mutex_);
  if (slot.linked()) return;
  slots_.push_back(slot);
  ++open_;
  if (open_ > most_) closing = choose(open_ - most_);
}

void OpenFiles::forget(FileSlot& slot) {
  const std::lock_guard guard(mutex_);
  if (!slot.linked()) return;
  slot.unlink();
  --open_;
}

/// With mutex_ held. The second round finds what the first one took the mark of use from.
std::vector<std::shared_ptr<fs::File>> OpenFiles::choose(std::size_t count) {
  std::vector<std::shared_ptr<fs::File>> closing;
  for (const FileSlot::Reach reach : {FileSlot::Reach::idle, FileSlot::Reach::idle, FileSlot::Reach::any}) {
    for (std::size_t looks = std::min(open_, kMostLooks); looks > 0 && closing.size() < count; --looks) {
      FileSlot* slot = slots_.pop_front();
      if (slot == nullptr) break;
      if (std::shared_ptr<fs::File> file = slot->give_up(reach)) {
        closing.push_back(std::move(file));
        --open_;
      } else {
        slots_.push_back(*slot);
      }
    }
  }
  return closing;
}

bool OpenFiles::make_room() {
  std::vector<std::shared_ptr<fs::File>> closing;
  std::size_t left = 0;
  {
    const std::lock_guard guard(mutex_);
    closing = choose(open_ / kShareClosed + 1);
    left = open_;
  }
  log::debug("storage", "no descriptor was free closed={} open={}", closing.size(), left);
  return !closing.empty();
}

Result<std::unique_ptr<fs::File>> OpenFiles::open(const std::string& path, fs::OpenFlags flags) {
  Result<std::unique_ptr<fs::File>> file = real_.open(path, flags);
  if (file || file.error().code != Errc::too_many_files || !make_room()) return file;
  return real_.open(path, flags);
}

Result<std::vector<std::string>> OpenFiles::list(const std::string& directory) {
  Result<std::vector<std::string>> names = real_.list(directory);
  if (names || names.error().code != Errc::too_many_files || !make_room()) return names;
  return real_.list(directory);
}

Status OpenFiles::sync_directory(const std::string& path) {
  Status synced = real_.sync_directory(path);
  if (synced || synced.error().code != Errc::too_many_files || !make_room()) return synced;
  return real_.sync_directory(path);
}

}  // namespace streamline::storage
