// LogStore: the data directory: its lock, identity, clean mark, manifest, producer-id blocks, and the open logs.
// Thread rule: any thread; opening different logs may run at once. No call but open_log's and create_log's first is fast: keep them
// off the reactors.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "storage/layout.h"
#include "storage/log.h"
#include "storage/log_options.h"
#include "storage/log_state.h"
#include "storage/open_files.h"

namespace streamline::storage {

struct RecoveryInput;

struct StoreOptions {
  std::string data_directory = {};
  /// Kept in meta.json; a directory of another node is refused.
  NodeId node_id{1};
  /// For a new directory; random when zero.
  Uuid cluster_id = {};
  /// Tells one boot of the machine from another: /proc/sys/kernel/random/boot_id. Empty = treat every unclean start as a power loss.
  std::string boot_id = {};
  /// Segment files held open at once.
  std::size_t most_open_files = 1000;
};

/// Sum over all logs opened since the start.
struct RecoveryReport {
  LastStop last_stop = LastStop::first_start;
  std::uint64_t logs_opened = 0;
  std::uint64_t logs_cut = 0;
  LogRecovery total;
  /// The manifest was unreadable and everything had to be looked at.
  bool manifest_lost = false;
};

/// [first, first + count) belongs to the caller alone, for ever.
struct ProducerIdBlock {
  ProducerId first;
  std::int64_t count = 0;
};

/// A log that shall start at an offset, at most its high watermark.
struct StartMove {
  TopicId topic_id;
  std::int32_t partition = 0;
  Offset start{0};
};

/// The machine's boot id; empty when there is none to be read.
std::string current_boot_id(fs::FileSystem& file_system);

class LogStore {
 public:
  /// Makes or opens the directory. Errors: locked (names the pid), unsupported (another format version), conflict (another node's),
  /// corrupt (meta.json), io ...
  static Result<std::unique_ptr<LogStore>> open(fs::FileSystem& file_system, const StoreOptions& options);
  /// Without close() this is a kill: the next start recovers.
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  const Uuid& cluster_id() const { return cluster_id_; }
  NodeId node_id() const { return options_.node_id; }
  const Layout& layout() const { return layout_; }
  LastStop last_stop() const { return last_stop_; }
  RecoveryReport report() const;
  /// The file system as the store uses it: a call that finds no descriptor closes idle segments first.
  fs::FileSystem& file_system() { return fs_; }
  /// Bytes read so far to bring logs back; rises while they are opened.
  std::uint64_t scanned_bytes() const { return scanned_bytes_.load(std::memory_order_relaxed); }
  /// Segment files open now.
  std::size_t open_files() const { return files_->open_count(); }

  /// A log that has no files yet; they are made by its first append. Errors: already_exists (the directory is there).
  Result<std::shared_ptr<Log>> create_log(std::string_view topic, const TopicId& topic_id, std::int32_t partition,
                                          const LogOptions& options, WallTime now);
  /// Opens, and recovers when the last stop was not clean; the same object when it is open already. A partition without files is an
  /// empty log. Shared because readers and syncs on the pool may outlive the partition's deletion.
  Result<std::shared_ptr<Log>> open_log(std::string_view topic, const TopicId& topic_id, std::int32_t partition, const LogOptions& options,
                                        WallTime now);

  /// Before compaction takes batches below `border` away, which is at most the log's synced end: the producers are known without them after
  /// any kind of stop when it returns. Errors: closed (deleted), conflict (rolls are faster than it), io ...
  Status secure_producers(Log& log, Offset border, WallTime now);

  /// For a log that is stopped: everything unsynced is checked and written again, because after a failed sync the kernel may take lost
  /// pages for clean ones; what does not hold is cut; then the log takes writes again. Its readers go on meanwhile.
  /// Errors: closed (deleted), io and whatever else goes on failing: the log stays stopped.
  Status restore_log(Log& log, WallTime now);

  /// Closes a topic's logs to appends and forgets them; its files stay. Before its directory is renamed or deleted.
  void forget_topic(const TopicId& topic_id);
  /// forget_topic, then renames topics/{topic} to deleted/{id}, durably: a crash never brings it back. purge_removed() frees the bytes.
  Status remove_topic(std::string_view topic, const TopicId& topic_id);
  /// Deletes what remove_topic left, and what an earlier run left.
  Status purge_removed();

  /// Writes the manifest for all logs that changed; every 5 s or 64 MiB. Syncs only the manifest and what rolls owe, so it is cheap,
  /// and it bounds what a start after kill -9 has to scan. A log that fails keeps its old line, and the error is the first of those.
  Status checkpoint(WallTime now);
  /// Orderly stop: syncs and closes every log, writes manifest and clean mark, gives the lock back. The logs refuse appends.
  /// Errors: timed_out after cut_close_short(): no clean mark was written then, and the next start recovers.
  Status close(WallTime now);
  /// Any thread: a close() that is under way, or comes, ends with the log it is at.
  void cut_close_short() { close_cut_short_ = true; }

  /// Records below each start are gone: durably first (one write of the manifest for all), then for readers, whose files go later.
  /// One answer for each; a start that is not above the log's only drops what lies below it. No log start ever goes back, and the log's
  /// end stays. Errors: offset_out_of_range (above the high watermark), closed (no such log is open), io ...
  std::vector<Status> move_starts(std::span<const StartMove> moves, WallTime now);

  /// A block of 1,000 ids that was never handed out before and never will be again, crash or not.
  Result<ProducerIdBlock> next_producer_ids();

  /// What the manifest says of a log that is not open; nothing when it says nothing.
  std::optional<ManifestEntry> manifest_entry(const TopicId& topic_id, std::int32_t partition) const;

 private:
  using LogKey = std::pair<TopicId, std::int32_t>;

  LogStore(fs::FileSystem& file_system, const StoreOptions& options);
  Status start();
  Status read_or_make_meta();
  Status take_clean_mark();
  Status read_manifest();
  Status write_manifest();
  Status note_in_manifest(ManifestEntry entry);
  struct Mover;
  Status note_start(const StartMove& move, Mover& mover, WallTime now);
  void take_back(const StartMove& move, const Mover& mover);
  Result<std::shared_ptr<Log>> recover(LogIdentity identity, const LogOptions& options, WallTime now);
  RecoveryInput recovery_input(LogIdentity identity, const LogOptions& options, WallTime now) const;
  Result<bool> note_changed(Log& log, WallTime now);
  void count(const Log& log);
  std::vector<std::shared_ptr<Log>> open_logs() const;

  const std::shared_ptr<OpenFiles> files_;  // shared with logs, which readers and syncs may keep alive
  fs::FileSystem& fs_;                      // the same
  const StoreOptions options_;
  const Layout layout_;
  const std::uint64_t boot_hash_;
  Uuid cluster_id_;
  LastStop last_stop_ = LastStop::first_start;
  std::unique_ptr<fs::Lock> lock_;
  std::atomic<std::uint64_t> scanned_bytes_ = 0;
  std::atomic<bool> close_cut_short_ = false;

  mutable std::mutex mutex_;  // all of this block; not held while a log is opened
  std::condition_variable opened_;
  std::map<LogKey, std::shared_ptr<Log>> logs_;
  std::set<LogKey> opening_;
  std::map<LogKey, ManifestEntry> manifest_;
  RecoveryReport report_;
  bool manifest_is_old_ = false;

  std::mutex checkpoint_mutex_;  // one writer of the manifest at a time; taken before mutex_
  bool closed_ = false;          // guarded by it

  std::mutex producer_ids_mutex_;
};

}  // namespace streamline::storage
