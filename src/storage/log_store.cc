// Starting, checkpointing and stopping a data directory, and opening its logs.
#include "storage/log_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/manifest.h"
#include "storage/recovery.h"
#include "storage/store_files.h"

namespace streamline::storage {
namespace {

constexpr std::int64_t kIdsPerBlock = 1000;

/// 0 stands for "unknown" and is the hash of nothing else.
std::uint64_t hash_of(std::string_view boot_id) {
  if (boot_id.empty()) return 0;
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : boot_id) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return hash == 0 ? 1 : hash;
}

void add(LogRecovery& total, const LogRecovery& one) {
  total.scanned_bytes += one.scanned_bytes;
  total.torn_bytes += one.torn_bytes;
  total.damaged_bytes += one.damaged_bytes;
  total.damaged_batches += one.damaged_batches;
  total.missing_offsets += one.missing_offsets;
  total.rebuilt_files += one.rebuilt_files;
  total.epoch_raised = total.epoch_raised || one.epoch_raised;
}

}  // namespace

std::string current_boot_id(fs::FileSystem& file_system) {
  const Result<std::vector<std::byte>> text = file_system.read_file("/proc/sys/kernel/random/boot_id", 64);
  return text ? std::string(as_text(*text)) : std::string();
}

LogStore::LogStore(fs::FileSystem& file_system, const StoreOptions& options)
    : files_(std::make_shared<OpenFiles>(file_system, options.most_open_files)),
      fs_(*files_),
      options_(options),
      layout_(options.data_directory),
      boot_hash_(hash_of(options.boot_id)) {}

LogStore::~LogStore() = default;

Result<std::unique_ptr<LogStore>> LogStore::open(fs::FileSystem& file_system, const StoreOptions& options) {
  std::unique_ptr<LogStore> store(new LogStore(file_system, options));
  if (Status started = store->start(); !started) return fail_with(std::move(started));
  return store;
}

Status LogStore::start() {
  if (Status made = fs_.make_directories(layout_.root()); !made) return made;
  Result<std::unique_ptr<fs::Lock>> lock = fs_.lock(layout_.lock());
  if (!lock) return fail_with(std::move(lock));
  lock_ = std::move(*lock);
  if (Status meta = read_or_make_meta(); !meta) return meta;
  for (const std::string& directory : {layout_.topics(), layout_.deleted()}) {
    if (Status made = fs_.make_directory(directory); !made) return made;
  }
  // Also when they were there: an earlier start may have been killed before this.
  if (Status synced = fs_.sync_directory(layout_.root()); !synced) return synced;
  if (last_stop_ == LastStop::first_start) return write_manifest();
  if (Status taken = take_clean_mark(); !taken) return taken;
  return read_manifest();
}

Status LogStore::read_or_make_meta() {
  Result<std::vector<std::byte>> text = fs_.read_file(layout_.meta());
  if (text) {
    Result<StoreMeta> meta = decode_store_meta(as_text(*text));
    if (!meta) return fail(meta.error().code, fmt::format("{}: {}", layout_.meta(), meta.error().text));
    if (meta->node_id != options_.node_id) {
      return fail(Errc::conflict, fmt::format("{}: the directory belongs to node {}, this is node {}", layout_.meta(), meta->node_id.value,
                                              options_.node_id.value));
    }
    cluster_id_ = meta->cluster_id;
    last_stop_ = LastStop::power_loss;  // until something says better
    return {};
  }
  if (text.error().code != Errc::not_found) return fail_with(std::move(text));
  if (fs_.exists(layout_.root() + "/meta.properties")) {
    log::warn("storage", "the directory holds an Apache Kafka log (meta.properties): its records are not read directory={}",
              layout_.root());
  }
  if (const auto topics = fs_.list(layout_.topics()); topics && !topics->empty()) {
    return fail(Errc::corrupt,
                fmt::format("{} is missing, but {} holds topics; put it back, or move the topics away", layout_.meta(), layout_.topics()));
  }
  cluster_id_ = options_.cluster_id.is_zero() ? Uuid::random() : options_.cluster_id;
  const std::string fresh = encode(StoreMeta{kFormatVersion, cluster_id_, options_.node_id});
  return fs::replace_file(fs_, layout_.meta(), as_bytes(fresh));
}

/// The mark is gone, durably, before anything can change that it vouches for.
Status LogStore::take_clean_mark() {
  if (!fs_.exists(layout_.clean_mark())) return {};
  last_stop_ = LastStop::clean;
  if (Status removed = fs_.remove(layout_.clean_mark()); !removed) return removed;
  return fs_.sync_directory(layout_.root());
}

Status LogStore::read_manifest() {
  Result<std::vector<std::byte>> bytes = fs_.read_file(layout_.manifest());
  if (!bytes && bytes.error().code != Errc::not_found) return fail_with(std::move(bytes));
  Result<Manifest> manifest = bytes ? decode_manifest(*bytes) : Result<Manifest>(fail_with(std::move(bytes)));
  if (!manifest && manifest.error().code == Errc::unsupported) return fail_with(std::move(manifest));
  if (manifest) {
    if (last_stop_ != LastStop::clean && boot_hash_ != 0 && manifest->boot_hash == boot_hash_) last_stop_ = LastStop::killed;
    for (const ManifestEntry& entry : manifest->entries) manifest_.emplace(LogKey(entry.topic_id, entry.partition), entry);
    manifest_is_old_ = manifest->boot_hash != boot_hash_;
  } else {
    report_.manifest_lost = true;
    last_stop_ = LastStop::power_loss;
    manifest_is_old_ = true;
    log::warn("storage", "manifest is unreadable, every log is read in full file={}", layout_.manifest());
  }
  report_.last_stop = last_stop_;
  // From now on the file tells which boot this is. Entries keep the boot that they speak of until their log is opened.
  return manifest_is_old_ ? write_manifest() : Status{};
}

/// checkpoint_mutex_ held, or nobody else there yet.
Status LogStore::write_manifest() {
  Manifest manifest{.boot_hash = boot_hash_, .entries = {}};
  std::vector<std::pair<std::shared_ptr<Log>, Offset>> noted;
  {
    const std::lock_guard guard(mutex_);
    manifest.entries.reserve(manifest_.size());
    auto log = logs_.begin();
    for (const auto& [key, entry] : manifest_) {
      manifest.entries.push_back(entry);
      while (log != logs_.end() && log->first < key) ++log;
      if (log != logs_.end() && log->first == key) noted.emplace_back(log->second, entry.recovery_point);
    }
    manifest_is_old_ = false;
  }
  Status written = fs::replace_file(fs_, layout_.manifest(), encode(manifest));
  if (written) {
    for (const auto& [log, recovery_point] : noted) log->note_manifest(recovery_point);
  }
  if (!written) {
    const std::lock_guard guard(mutex_);
    manifest_is_old_ = true;
  }
  return written;
}

Result<std::shared_ptr<Log>> LogStore::create_log(std::string_view topic, const TopicId& topic_id, std::int32_t partition,
                                                  const LogOptions& options, WallTime now) {
  const std::string directory = layout_.partition(topic, partition);
  if (fs_.exists(directory)) return fail(Errc::already_exists, fmt::format("{} is there already", directory));
  if (Status made = fs_.make_directory(layout_.topic(topic)); !made) return fail_with(std::move(made));
  if (Status synced = fs_.sync_directory(layout_.topics()); !synced) return fail_with(std::move(synced));
  return open_log(topic, topic_id, partition, options, now);
}

Result<std::shared_ptr<Log>> LogStore::open_log(std::string_view topic, const TopicId& topic_id, std::int32_t partition,
                                                const LogOptions& options, WallTime now) {
  const LogKey key(topic_id, partition);
  {
    std::unique_lock guard(mutex_);
    opened_.wait(guard, [&] { return !opening_.contains(key); });
    if (const auto open = logs_.find(key); open != logs_.end()) return open->second;
    opening_.insert(key);
  }
  Result<std::shared_ptr<Log>> log = recover({std::string(topic), topic_id, partition, layout_.partition(topic, partition)}, options, now);
  {
    const std::lock_guard guard(mutex_);
    opening_.erase(key);
    if (log) logs_.emplace(key, *log);
    if (log) count(**log);
  }
  opened_.notify_all();
  return log;
}

RecoveryInput LogStore::recovery_input(LogIdentity identity, const LogOptions& options, WallTime now) const {
  RecoveryInput input{.identity = std::move(identity),
                      .options = options,
                      .entry = {},
                      .last_stop = last_stop_,
                      .boot_hash = boot_hash_,
                      .now = now,
                      .damaged_directory = {}};
  input.entry = manifest_entry(input.identity.topic_id, input.identity.partition);
  input.damaged_directory = fmt::format("{}/{}/partition-{}", layout_.damaged(), input.identity.topic, input.identity.partition);
  return input;
}

Result<std::shared_ptr<Log>> LogStore::recover(LogIdentity identity, const LogOptions& options, WallTime now) {
  RecoveryInput input = recovery_input(std::move(identity), options, now);
  if (last_stop_ == LastStop::clean && input.entry && input.entry->recovery_point == input.entry->end && !input.entry->sync_failed) {
    return std::make_shared<Log>(files_, std::make_unique<RecoveryInput>(std::move(input)));
  }
  input.scanned_bytes = &scanned_bytes_;
  Result<RecoveredLog> recovered = recover_log(files_, input);
  if (!recovered) return fail_with(std::move(recovered));
  const bool claims_too_much = input.entry && recovered->log_end < input.entry->end;
  std::shared_ptr<Log> log = std::make_shared<Log>(files_, std::move(input.identity), options, std::move(*recovered));
  if (!claims_too_much) return log;
  // Were the log to grow again and then be killed, the old claim would be believed of other bytes.
  const std::lock_guard guard(checkpoint_mutex_);
  Result<ManifestEntry> entry = log->checkpoint(now);
  if (!entry) return fail_with(std::move(entry));
  if (Status noted = note_in_manifest(*entry); !noted) return fail_with(std::move(noted));
  return log;
}

/// checkpoint_mutex_ held.
Status LogStore::note_in_manifest(ManifestEntry entry) {
  entry.boot_hash = boot_hash_;
  {
    const std::lock_guard guard(mutex_);
    const LogKey key(entry.topic_id, entry.partition);
    // A line of a topic that was deleted meanwhile would stay for ever.
    if (!logs_.contains(key) && !opening_.contains(key)) return fail(Errc::closed, "the partition is gone");
    manifest_.insert_or_assign(key, entry);
  }
  return write_manifest();
}

Status LogStore::secure_producers(Log& log, Offset border, WallTime now) {
  if (log.knows_producers_without(border)) return {};
  const std::lock_guard guard(checkpoint_mutex_);
  if (closed_) return fail(Errc::closed, "the data directory is closed");
  Result<ManifestEntry> entry = log.checkpoint_before(border, now);
  if (!entry) return fail_with(std::move(entry));
  return note_in_manifest(*entry);
}

Status LogStore::restore_log(Log& log, WallTime now) {
  {
    // Should the next attempt be another run's, it has to know as well what is not to be believed.
    const std::lock_guard guard(checkpoint_mutex_);
    if (closed_) return fail(Errc::closed, "the data directory is closed");
    Result<ManifestEntry> entry = log.line_for_restore();
    if (!entry) return fail_with(std::move(entry));
    if (Status noted = note_in_manifest(*entry); !noted) return noted;
  }
  RecoveryInput input = recovery_input(log.identity(), log.options(), now);
  input.last_stop = LastStop::killed;
  // Compaction and retention leave the files alone meanwhile, and no other topic gets the directory.
  const Result<std::unique_lock<std::mutex>> files = log.hold_files();
  if (!files) return fail(files.error().code, files.error().text);
  Result<RecoveredLog> recovered = recover_log(files_, input);
  if (!recovered) return fail_with(std::move(recovered));
  // The line noted above stays true until the next checkpoint: it claims less than there is.
  return log.restore(std::move(*recovered));
}

void LogStore::count(const Log& log) {
  const LogRecovery& found = log.recovery();
  ++report_.logs_opened;
  if (found.torn_bytes > 0 || found.damaged_bytes > 0 || found.missing_offsets > 0 || found.epoch_raised) ++report_.logs_cut;
  add(report_.total, found);
}

RecoveryReport LogStore::report() const {
  const std::lock_guard guard(mutex_);
  return report_;
}

std::optional<ManifestEntry> LogStore::manifest_entry(const TopicId& topic_id, std::int32_t partition) const {
  const std::lock_guard guard(mutex_);
  const auto entry = manifest_.find(LogKey(topic_id, partition));
  if (entry == manifest_.end()) return std::nullopt;
  return entry->second;
}

void LogStore::forget_topic(const TopicId& topic_id) {
  std::vector<std::shared_ptr<Log>> forgotten;
  {
    const std::lock_guard guard(mutex_);
    for (auto log = logs_.lower_bound(LogKey(topic_id, INT32_MIN)); log != logs_.end() && log->first.first == topic_id;) {
      forgotten.push_back(std::move(log->second));
      log = logs_.erase(log);
    }
    const std::size_t gone = std::erase_if(manifest_, [&](const auto& item) { return item.first.first == topic_id; });
    if (gone > 0) manifest_is_old_ = true;
  }
  // Without the mutex: it waits for whatever is done to the log's files, and other logs are not to wait for that.
  for (const std::shared_ptr<Log>& log : forgotten) log->retire();
}

Status LogStore::remove_topic(std::string_view topic, const TopicId& topic_id) {
  forget_topic(topic_id);
  const std::string directory = layout_.topic(topic);
  if (!fs_.exists(directory)) return {};
  if (Status moved = fs_.rename(directory, layout_.deleted_topic(topic_id)); !moved) return moved;
  if (Status synced = fs_.sync_directory(layout_.deleted()); !synced) return synced;
  return fs_.sync_directory(layout_.topics());
}

Status LogStore::purge_removed() {
  Result<std::vector<std::string>> names = fs_.list(layout_.deleted());
  if (!names) return fail_with(std::move(names));
  for (const std::string& name : *names) {
    if (Status removed = fs_.remove_all(fs::join_path(layout_.deleted(), name)); !removed) return removed;
  }
  return {};
}

std::vector<std::shared_ptr<Log>> LogStore::open_logs() const {
  const std::lock_guard guard(mutex_);
  std::vector<std::shared_ptr<Log>> all;
  all.reserve(logs_.size());
  for (const auto& [key, log] : logs_) all.push_back(log);
  return all;
}

Status LogStore::checkpoint(WallTime now) {
  const std::lock_guard guard(checkpoint_mutex_);
  if (closed_) return {};
  bool changed = false;
  Status outcome;
  for (const std::shared_ptr<Log>& log : open_logs()) {
    Result<bool> noted = note_changed(*log, now);
    if (noted) {
      changed = changed || *noted;
    } else if (outcome) {
      outcome = fail(noted.error().code, fmt::format("{}: {}", log->identity().directory, noted.error().text));
    }
  }
  {
    const std::lock_guard inner(mutex_);
    changed = changed || manifest_is_old_;
  }
  Status written = changed ? write_manifest() : Status{};
  return written ? outcome : written;
}

/// checkpoint_mutex_ held. True when the log's line is another one now.
Result<bool> LogStore::note_changed(Log& log, WallTime now) {
  Result<ManifestEntry> entry = log.checkpoint(now);
  if (!entry) return fail_with(std::move(entry));
  entry->boot_hash = boot_hash_;
  const std::lock_guard guard(mutex_);
  const LogKey key(entry->topic_id, entry->partition);
  if (!logs_.contains(key)) return false;  // forgotten meanwhile
  const auto [place, added] = manifest_.try_emplace(key, *entry);
  const bool changed = added || place->second != *entry;
  place->second = *entry;
  return changed;
}

Status LogStore::close(WallTime now) {
  const std::lock_guard guard(checkpoint_mutex_);
  if (closed_) return {};
  closed_ = true;
  Status outcome;
  for (const std::shared_ptr<Log>& log : open_logs()) {
    if (close_cut_short_) {
      log::warn("storage", "stopped before every log was synced, the next start recovers");
      return fail(Errc::timed_out, "the stop was cut short");
    }
    Result<ManifestEntry> entry = log->close(now);
    if (!entry) {
      // The others are closed all the same; without the mark the next start looks closely.
      outcome = fail_with(std::move(entry));
      continue;
    }
    entry->boot_hash = boot_hash_;
    if (entry->recovery_point != entry->end || entry->sync_failed) outcome = fail(Errc::io, "a log could not be synced");
    const std::lock_guard inner(mutex_);
    manifest_.insert_or_assign(LogKey(entry->topic_id, entry->partition), *entry);
  }
  if (Status written = write_manifest(); !written) return written;
  if (!outcome) return outcome;
  if (Status marked = fs::replace_file(fs_, layout_.clean_mark(), as_bytes("clean\n")); !marked) return marked;
  lock_.reset();
  return {};
}

Result<ProducerIdBlock> LogStore::next_producer_ids() {
  const std::lock_guard guard(producer_ids_mutex_);
  ProducerId first{0};
  Result<std::vector<std::byte>> bytes = fs_.read_file(layout_.producer_ids());
  if (bytes) {
    Result<ProducerId> next = decode_next_producer_id(*bytes);
    if (!next) return fail_with(std::move(next));
    first = *next;
  } else if (bytes.error().code != Errc::not_found) {
    return fail_with(std::move(bytes));
  }
  const ProducerId after(first.value + kIdsPerBlock);
  if (Status saved = fs::replace_file(fs_, layout_.producer_ids(), encode_next_producer_id(after)); !saved) {
    return fail_with(std::move(saved));
  }
  return ProducerIdBlock{first, kIdsPerBlock};
}

}  // namespace streamline::storage
