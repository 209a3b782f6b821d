// Reading producer snapshots at a start, and removing those that must not be believed.
#include "storage/stored_snapshots.h"

#include <utility>

#include "base/log.h"
#include "storage/layout.h"

namespace streamline::storage {

std::string StoredSnapshots::path(Offset offset) const { return fs::join_path(directory_, offset_file_name(offset, kProducersEnding)); }

Result<std::optional<StoredSnapshots::Found>> StoredSnapshots::newest(Offset from, Offset up_to) {
  for (std::size_t i = offsets_.size(); i-- > 0;) {
    const Offset offset = offsets_[i];
    if (offset > up_to || offset < from) continue;
    Result<std::optional<Found>> found = read(offset);
    if (!found || *found) return found;
  }
  return std::optional<Found>{};
}

Result<std::optional<StoredSnapshots::Found>> StoredSnapshots::read(Offset offset) {
  Result<std::vector<std::byte>> bytes = fs_.read_file(path(offset));
  if (!bytes && bytes.error().code != Errc::not_found) return fail_with(std::move(bytes));
  Result<ProducerTable::Snapshot> snapshot = ProducerTable::decode(bytes ? ByteView(*bytes) : ByteView());
  if (!snapshot && snapshot.error().code == Errc::unsupported) return fail_with(std::move(snapshot));
  if (snapshot && snapshot->offset == offset) {
    return std::optional(Found{offset, std::move(snapshot->table), std::move(snapshot->transactions)});
  }
  ++damaged_;
  log::info("storage", "producer snapshot is unreadable, an older one is used file={}", path(offset));
  std::erase(offsets_, offset);
  if (Status removed = fs_.remove(path(offset)); !removed && removed.error().code != Errc::not_found) return fail_with(std::move(removed));
  return std::optional<Found>{};
}

Status StoredSnapshots::drop_behind(Offset log_end) {
  bool dropped = false;
  for (; !offsets_.empty() && offsets_.back() > log_end; offsets_.pop_back()) {
    if (Status removed = fs_.remove(path(offsets_.back())); !removed) return removed;
    dropped = true;
  }
  return dropped ? fs_.sync_directory(directory_) : Status{};
}

}  // namespace streamline::storage
