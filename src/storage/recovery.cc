// One log from its files: list, choose where to start, replay, scan, cut, settle.
#include "storage/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/log.h"
#include "storage/batch_scanner.h"
#include "storage/compaction/swap.h"
#include "storage/damage.h"
#include "storage/segment_scan.h"
#include "storage/stored_snapshots.h"
#include "storage/transaction_recovery.h"

namespace streamline::storage {
namespace {
constexpr Offset kNever{INT64_MAX};
class Recovery {
 public:
  Recovery(const std::shared_ptr<OpenFiles>& files, const RecoveryInput& input)
      : files_(files),
        fs_(*files),
        in_(input),
        directory_(input.identity.directory),
        snapshots_(fs_, directory_),
        transactions_(fs_, directory_) {}
  Result<RecoveredLog> run();

 private:
  Status list_files();
  Status drop_below_start();
  Status remove_segment(const Segment& segment);
  void choose_start();
  Status load_epochs();
  void distrust_old_claims();
  Status load_producers();
  Status restore_producers_at(Offset offset);
  Status walk();
  Status visit_certain(std::size_t place);
  Result<bool> scan(std::size_t place);
  Status replay(Segment& segment);
  Status take(const ScannedBatch& batch, const fs::File& file);
  /// From here on a segment's batches may tell something.
  Offset replay_start(const Segment& segment) const {
    return rebuild_epochs_ ? segment.base_offset() : std::min(replay_from_, transactions_.from());
  }
  Status hand_over();
  Status cut_at(std::size_t place, const Tail& tail, std::uint64_t file_bytes);
  bool zeros_are_expected(const Segment& segment) const;
  Status raise_epoch(Offset at);
  Status set_rest_aside(std::size_t first);
  Status check_owner();
  Status settle_header();
  Status settle_start();
  Status sync_scanned();
  void note_missing_below(Offset first_there);
  Status report();

  const std::shared_ptr<OpenFiles>& files_;
  fs::FileSystem& fs_;
  const RecoveryInput& in_;
  const std::string& directory_;
  RecoveredLog out_;
  StoredSnapshots snapshots_;
  TransactionRecovery transactions_;
  Offset scan_from_{0};    // below this the manifest vouches
  Offset replay_from_{0};  // from here on batches tell of producers
  DamageReport damage_{.topic = in_.identity.topic, .partition = in_.identity.partition};
  Offset vouched_end_{kNever};  // the recovery point holds below this only
  bool power_like_ = false;     // unsynced bytes may be gone
  bool rebuild_epochs_ = false;
  bool header_is_good_ = false;
  SegmentHeader header_;
};

Result<RecoveredLog> Recovery::run() {
  if (in_.entry) out_.recovery_point = in_.entry->recovery_point;
  if (Status listed = list_files(); !listed) return fail_with(std::move(listed));
  // Before anything is removed.
  if (Status checked = check_owner(); !checked) return fail_with(std::move(checked));
  if (Status dropped = drop_below_start(); !dropped) return fail_with(std::move(dropped));
  choose_start();
  if (out_.segments.empty()) {
    // Offsets that were handed out once are not handed out again, even if the files are gone.
    if (in_.entry) out_.log_start = out_.log_end = out_.synced_end = std::max(in_.entry->end, in_.entry->log_start);
    if (in_.entry) out_.leader_epoch = in_.entry->leader_epoch;
    if (Status restored = restore_producers_at(out_.log_end); !restored) return fail_with(std::move(restored));
    note_missing_below(out_.log_end);
    if (Status handed = hand_over(); !handed) return fail_with(std::move(handed));
    return std::move(out_);
  }
  note_missing_below(out_.segments.front()->base_offset());
  if (Status loaded = load_epochs(); !loaded) return fail_with(std::move(loaded));
  if (Status known = load_producers(); !known) return fail_with(std::move(known));
  if (Status walked = walk(); !walked) return fail_with(std::move(walked));
  if (Status settled = settle_start(); !settled) return fail_with(std::move(settled));
  if (Status dropped = snapshots_.drop_behind(out_.log_end); !dropped) return fail_with(std::move(dropped));
  out_.snapshots = snapshots_.offsets();
  if (Status synced = sync_scanned(); !synced) return fail_with(std::move(synced));
  if (Status handed = hand_over(); !handed) return fail_with(std::move(handed));
  return std::move(out_);
}

Status Recovery::hand_over() {
  Result<std::uint32_t> made = transactions_.settle(out_.segments);
  if (!made) return fail_with(std::move(made));
  out_.recovery.rebuilt_files += snapshots_.damaged() + *made;
  out_.producers.commit();
  out_.transactions = std::move(transactions_.transactions);
  out_.aborted = std::move(transactions_.aborted);
  out_.aborted_files = transactions_.files();
  return report();
}

Status Recovery::list_files() {
  if (!fs_.exists(directory_)) return {};
  if (Status swapped = recover_swaps(fs_, directory_); !swapped) return swapped;
  Result<std::vector<std::string>> names = fs_.list(directory_);
  if (!names) return fail_with(std::move(names));
  for (const std::string& name : *names) {
    if (const std::optional<Offset> base = parse_offset_file_name(name, kSegmentEnding)) {
      out_.segments.push_back(std::make_shared<Segment>(fs_, directory_, *base));
      out_.segments.back()->attach(files_);
      out_.segments.back()->set_topic_hash(topic_hash(in_.identity.topic_id));
    } else if (const std::optional<Offset> offset = parse_offset_file_name(name, kProducersEnding)) {
      snapshots_.add(*offset);
    } else if (const std::optional<Offset> base_of_index = parse_offset_file_name(name, kAbortedEnding)) {
      transactions_.add_file(*base_of_index);
    } else if (name.ends_with(".new") || name.ends_with(kDroppedEnding)) {
      if (Status removed = fs_.remove(fs::join_path(directory_, name)); !removed) return removed;
    }
  }
  return {};
}

/// Segments that had left the log and whose files a crash kept or brought back. Which of them came back is chance, so that there may be
/// gaps between them; nothing may be read from them.
Status Recovery::drop_below_start() {
  if (!in_.entry) return {};
  std::size_t gone = 0;
  while (gone + 1 < out_.segments.size() && out_.segments[gone + 1]->base_offset() <= in_.entry->log_start) {
    if (Status removed = remove_segment(*out_.segments[gone]); !removed) return removed;
    ++gone;
  }
  out_.segments.erase(out_.segments.begin(), out_.segments.begin() + static_cast<std::ptrdiff_t>(gone));
  return {};
}

Status Recovery::remove_segment(const Segment& segment) {
  if (Status removed = fs_.remove(segment.path(kIndexEnding)); !removed && removed.error().code != Errc::not_found) return removed;
  return fs_.remove(segment.path(kSegmentEnding));
}

void Recovery::choose_start() {
  power_like_ = !in_.entry || in_.boot_hash == 0 || in_.entry->boot_hash != in_.boot_hash;
  if (!in_.entry) {
    // A partition that the manifest never saw: all of it is new.
    scan_from_ = Offset(0);
  } else if (in_.last_stop == LastStop::clean || !power_like_) {
    scan_from_ = in_.entry->end;
  } else {
    scan_from_ = in_.entry->recovery_point;
  }
}

Status Recovery::load_epochs() {
  Result<std::vector<std::byte>> bytes = fs_.read_file(fs::join_path(directory_, kEpochsName));
  if (bytes) {
    Result<EpochCache> epochs = EpochCache::decode(*bytes);
    if (!epochs && epochs.error().code == Errc::unsupported) return fail_with(std::move(epochs));
    if (epochs) out_.epochs = std::move(*epochs);
  } else if (bytes.error().code != Errc::not_found) {
    // What cannot be read today may be whole: its batches may not tell as much.
    return fail_with(std::move(bytes));
  }
  rebuild_epochs_ = out_.epochs.entries().empty();
  distrust_old_claims();
  return {};
}

/// An epoch that the manifest does not know and that starts below what it vouches for came with a cut: what lies behind the cut now is
/// not what the manifest speaks of.
void Recovery::distrust_old_claims() {
  if (!in_.entry) return;
  for (const EpochStart& epoch : out_.epochs.entries()) {
    if (epoch.epoch <= in_.entry->leader_epoch || epoch.start >= scan_from_) continue;
    scan_from_ = epoch.start;
    vouched_end_ = std::min(vouched_end_, epoch.start);
  }
}

Status Recovery::load_producers() {
  if (in_.entry && in_.entry->no_producers && scan_from_ == in_.entry->end) {
    replay_from_ = scan_from_;
    transactions_.start_at(scan_from_);
    return {};
  }
  replay_from_ = out_.segments.front()->base_offset();
  transactions_.start_at(replay_from_);
  Result<std::optional<StoredSnapshots::Found>> found = snapshots_.newest(replay_from_, scan_from_);
  if (!found) return fail_with(std::move(found));
  if (*found) {
    out_.producers = std::move((*found)->table);
    replay_from_ = (*found)->offset;
    Status loaded = transactions_.load(out_.segments, snapshots_, **found);
    // One whose word about transactions does not hold is not to be counted on.
    if (loaded && power_like_ && transactions_.from() == replay_from_) out_.durable_snapshot = replay_from_;
    return loaded;
  }
  if (!in_.entry || in_.entry->no_producers || in_.entry->sync_failed || replay_from_ >= scan_from_) return {};
  // A checkpoint writes one before the manifest speaks of its end; that one is not synced.
  if (!power_like_ && snapshots_.damaged() == 0) ++out_.recovery.rebuilt_files;
  log::info("storage", "no producer snapshot is there, producers are read from the batches topic={} partition={} from={} to={}",
            in_.identity.topic, in_.identity.partition, replay_from_.value, scan_from_.value);
  return {};
}

/// For a log without segments: its producers as they stood at its end, if a snapshot of just then is there.
Status Recovery::restore_producers_at(Offset offset) {
  Result<std::optional<StoredSnapshots::Found>> found = snapshots_.newest(offset, offset);
  if (!found) return fail_with(std::move(found));
  StoredSnapshots::Found known = *found ? std::move(**found) : StoredSnapshots::Found{};
  out_.producers = std::move(known.table);
  transactions_.reset(known.transactions);
  return {};
}

Status Recovery::walk() {
  for (std::size_t i = 0; i < out_.segments.size(); ++i) {
    const bool last = i + 1 == out_.segments.size();
    if (!last) out_.segments[i]->set_limit(out_.segments[i + 1]->base_offset());
    if (!last && out_.segments[i + 1]->base_offset() <= scan_from_) {
      if (Status visited = visit_certain(i); !visited) return visited;
      continue;
    }
    Result<bool> goes_on = scan(i);
    if (!goes_on) return fail_with(std::move(goes_on));
    if (!*goes_on) break;
  }
  out_.log_end = out_.segments.back()->end_offset();
  if (rebuild_epochs_ && !out_.epochs.entries().empty()) {
    ++out_.recovery.rebuilt_files;
    log::info("storage", "epoch file was missing or damaged and is made anew file={}", fs::join_path(directory_, kEpochsName));
    if (Status saved = fs::replace_file(fs_, fs::join_path(directory_, kEpochsName), out_.epochs.encode()); !saved) return saved;
  }
  out_.epochs.truncate_to(out_.log_end + 1);
  const LeaderEpoch noted = in_.entry ? in_.entry->leader_epoch : LeaderEpoch(0);
  out_.leader_epoch = std::max(noted, out_.epochs.latest().value_or(LeaderEpoch(0)));
  return settle_header();
}

/// A segment that the manifest vouches for is opened only for what it can tell of producers or epochs.
Status Recovery::visit_certain(std::size_t place) {
  Segment& segment = *out_.segments[place];
  if (replay_start(segment) >= out_.segments[place + 1]->base_offset()) return {};
  if (Status prepared = segment.prepare(); !prepared) return prepared;
  return replay(segment);
}

Status Recovery::replay(Segment& segment) {
  Result<Mark> start = segment.locate(replay_start(segment));
  if (!start) return fail_with(std::move(start));
  Result<std::shared_ptr<fs::File>> file = segment.file();
  if (!file) return fail_with(std::move(file));
  BatchScanner scanner(**file, start->position, segment.end().position);
  for (;;) {
    Result<std::optional<ScannedBatch>> batch = scanner.next();
    if (!batch) return fail_with(std::move(batch));
    if (!*batch) return {};
    if (Status taken = take(**batch, **file); !taken) return taken;
  }
}

Status Recovery::take(const ScannedBatch& batch, const fs::File& file) {
  const record::BatchHeader& header = batch.header;
  if (header.base_offset >= replay_from_) {
    out_.producers.apply(header, header.max_timestamp, in_.now.ms);
    out_.producers.commit();
  }
  out_.epochs.assign(header.leader_epoch, header.base_offset);
  return transactions_.take(batch, file);
}

/// True when the next segment may follow.
Result<bool> Recovery::scan(std::size_t place) {
  Segment& segment = *out_.segments[place];
  if (Status loaded = segment.load(scan_from_); !loaded) return fail_with(std::move(loaded));
  if (Status replayed = replay(segment); !replayed) return fail_with(std::move(replayed));
  Result<std::shared_ptr<fs::File>> file = segment.file();
  if (!file) return fail_with(std::move(file));
  Result<std::uint64_t> bytes = (*file)->size();
  if (!bytes) return fail_with(std::move(bytes));
  const bool last = place + 1 == out_.segments.size();
  const Offset next_base = last ? kNever : out_.segments[place + 1]->base_offset();
  Mark at = segment.end();
  SegmentScan scan(**file, at.position, *bytes, segment.offset_of(at));
  for (;;) {
    Result<std::optional<ScannedBatch>> batch = scan.next();
    if (!batch) return fail_with(std::move(batch));
    if (!*batch) break;
    const record::BatchHeader& header = (*batch)->header;
    const std::int64_t relative_end = header.next_offset() - segment.base_offset();
    if (header.base_offset >= next_base || relative_end > INT32_MAX) break;
    segment.note_batch(header, at.position, in_.options.index_interval_bytes);
    if (Status taken = take(**batch, **file); !taken) return fail_with(std::move(taken));
    at = {static_cast<std::uint32_t>(relative_end), static_cast<std::uint32_t>((*batch)->end())};
    out_.recovery.scanned_bytes += header.size_bytes();
    if (in_.scanned_bytes != nullptr) in_.scanned_bytes->fetch_add(header.size_bytes(), std::memory_order_relaxed);
  }
  segment.publish(at);
  segment.show(at);
  if (segment.end_offset() == next_base) {
    // The next segment goes on from here; what still lies behind is a write that failed and was cut before the roll.
    if (*bytes == at.position) return true;
    if (Status trimmed = (*file)->truncate(at.position); !trimmed) return fail_with(std::move(trimmed));
    return true;
  }
  Result<Tail> tail = scan.judge_tail();
  if (!tail) return fail_with(std::move(tail));
  if (!last && tail->kind == TailKind::complete) {
    Result<bool> compacted = segment.reaches(next_base);
    if (!compacted || *compacted) return compacted;
  }
  const bool lost = in_.entry && segment.end_offset() < in_.entry->end;
  if (last && tail->kind == TailKind::complete && !lost) return true;
  if (last && tail->kind == TailKind::zeros && !lost && zeros_are_expected(segment)) {
    segment.note_prewritten(*bytes);
    return true;
  }
  if (Status cut = cut_at(place, *tail, *bytes); !cut) return fail_with(std::move(cut));
  return false;
}

/// Zeros where nothing was written yet. After a power loss they may also be what an unsynced write left; only in `always` nobody has
/// seen that.
bool Recovery::zeros_are_expected(const Segment& segment) const {
  const bool flagged = header_is_good_ && header_.base_offset == segment.base_offset() && (header_.flags & kPrewrittenTailFlag) != 0;
  return flagged && !header_.is_sealed() && (!power_like_ || in_.options.durability == Durability::always);
}

/// Removes everything behind the segment's end. Whatever could be of use to somebody is saved first, and before any byte goes the
/// leader epoch is raised, so that a crash in between only repeats this.
Status Recovery::cut_at(std::size_t place, const Tail& tail, std::uint64_t file_bytes) {
  Segment& segment = *out_.segments[place];
  const std::uint32_t end = segment.end().position;
  const bool nothing_lost = tail.kind == TailKind::zeros && in_.options.durability == Durability::always;
  const bool claim_broken = in_.entry && segment.end_offset() < in_.entry->end;
  if (claim_broken || (power_like_ && !nothing_lost)) {
    if (Status raised = raise_epoch(segment.end_offset()); !raised) return raised;
  }
  const std::uint64_t behind = file_bytes > end ? file_bytes - end : 0;
  if (tail.kind == TailKind::damaged) {
    Result<SetAside> saved = save_bytes_aside(fs_, in_.damaged_directory, segment);
    if (!saved) return fail_with(std::move(saved));
    saved->batches = tail.good_batches_behind;
    saved->first_offset = tail.first_offset;
    saved->last_offset = tail.last_offset;
    damage_.kept.push_back(std::move(*saved));
    out_.recovery.damaged_bytes += behind;
    out_.recovery.damaged_batches += tail.good_batches_behind;
  } else if (tail.kind == TailKind::torn) {
    out_.recovery.torn_bytes += behind;
  }
  if (Status aside = set_rest_aside(place + 1); !aside) return aside;
  if (behind == 0) return {};
  Result<std::shared_ptr<fs::File>> file = segment.file();
  if (!file) return fail_with(std::move(file));
  if (Status cut = (*file)->truncate(end); !cut) return cut;
  return (*file)->sync();
}

Status Recovery::raise_epoch(Offset at) {
  const LeaderEpoch noted = in_.entry ? in_.entry->leader_epoch : LeaderEpoch(0);
  const LeaderEpoch latest = std::max(noted, out_.epochs.latest().value_or(LeaderEpoch(0)));
  out_.epochs.truncate_to(at);
  out_.epochs.assign(LeaderEpoch(latest.value + 1), at);
  out_.recovery.epoch_raised = true;
  return fs::replace_file(fs_, fs::join_path(directory_, kEpochsName), out_.epochs.encode());
}

/// Segments behind a hole. Those with batches are kept under damaged/, empty ones are only removed.
Status Recovery::set_rest_aside(std::size_t first) {
  if (first >= out_.segments.size()) return {};
  for (std::size_t i = first; i < out_.segments.size(); ++i) {
    Result<SetAside> aside = set_segment_aside(fs_, in_.damaged_directory, *out_.segments[i]);
    if (!aside) return fail_with(std::move(aside));
    out_.recovery.damaged_bytes += aside->bytes;
    out_.recovery.damaged_batches += aside->batches;
    if (aside->batches > 0) damage_.kept.push_back(std::move(*aside));
  }
  out_.segments.resize(first);
  return fs_.sync_directory(directory_);
}

Status Recovery::check_owner() {
  if (out_.segments.empty()) return {};
  Result<std::shared_ptr<fs::File>> file = out_.segments.back()->file();
  if (!file) return fail_with(std::move(file));
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) return fail_with(std::move(got));
  const Result<SegmentHeader> header = decode_segment_header(ByteView(bytes).first(*got));
  if (!header) {
    header_is_good_ = false;
    return {};
  }
  if (header->topic_hash != topic_hash(in_.identity.topic_id)) {
    return fail(Errc::conflict, fmt::format("{} holds files of another topic than {}", directory_, in_.identity.topic_id.to_string()));
  }
  header_is_good_ = true;
  header_ = *header;
  return {};
}

Status Recovery::settle_header() {
  Segment& active = *out_.segments.back();
  // After a cut another segment is the last one; its header is rewritten too, so that it does not say "sealed".
  if (!header_is_good_ || header_.base_offset != active.base_offset() || header_.is_sealed()) {
    header_ = {.base_offset = active.base_offset(),
               .max_offset = active.base_offset() - 1,
               .base_timestamp = in_.now.ms,
               .leader_epoch = out_.leader_epoch,
               .topic_hash = topic_hash(in_.identity.topic_id)};
    Result<std::shared_ptr<fs::File>> file = active.file();
    if (!file) return fail_with(std::move(file));
    if (Status written = (*file)->write_at(0, encode(header_)); !written) return written;
    if (!header_is_good_) log::info("storage", "segment header was damaged and is made anew file={}", active.path(kSegmentEnding));
    ++out_.recovery.rebuilt_files;
  }
  if ((header_.flags & kPrewrittenTailFlag) != 0) active.allow_prewriting();
  if (active.end().relative_offset > 0) active.first_append_ms = header_.base_timestamp;
  return {};
}

Status Recovery::settle_start() {
  out_.log_start = out_.segments.front()->base_offset();
  if (!in_.entry || in_.entry->log_start <= out_.log_start) return {};
  out_.log_start = in_.entry->log_start;
  if (out_.log_start <= out_.log_end) return {};
  // All that is left was deleted by request; the log goes on where it started.
  for (const std::shared_ptr<Segment>& segment : out_.segments) {
    if (Status removed = remove_segment(*segment); !removed) return removed;
  }
  out_.segments.clear();
  out_.log_end = out_.log_start;
  // What was replayed stops short of the start: it would call the next batch of each producer out of order.
  if (Status restored = restore_producers_at(out_.log_end); !restored) return restored;
  return fs_.sync_directory(directory_);
}

/// In `always` everything that is there becomes visible at once, so it has to be durable first.
Status Recovery::sync_scanned() {
  out_.synced_end = std::min({in_.entry ? in_.entry->recovery_point : Offset(0), out_.log_end, vouched_end_});
  const bool distrusted = in_.entry && in_.entry->sync_failed;
  if (!distrusted && (in_.options.durability != Durability::always || out_.synced_end == out_.log_end)) return {};
  for (std::size_t i = 0; i < out_.segments.size(); ++i) {
    // What a killed run had written and not synced may lie before the point from which this one had to scan.
    if (i + 1 < out_.segments.size() && out_.segments[i + 1]->base_offset() <= out_.synced_end) continue;
    if (distrusted) {
      if (Status written = out_.segments[i]->write_again(); !written) return written;
    }
    Result<std::shared_ptr<fs::File>> file = out_.segments[i]->file();
    if (!file) return fail_with(std::move(file));
    if (Status synced = (*file)->sync(); !synced) return synced;
  }
  for (const std::string& directory : {directory_, fs::parent_path(directory_)}) {
    if (Status synced = fs_.sync_directory(directory); !synced) return synced;
  }
  out_.synced_end = out_.log_end;
  return {};
}

/// The start of a log moves in the manifest before any file goes; so what lies between it and the first file was lost.
void Recovery::note_missing_below(Offset first_there) {
  if (!in_.entry) return;
  damage_.missing_from = in_.entry->log_start;
  damage_.missing_to = std::max(damage_.missing_from, std::min(first_there, scan_from_));
  out_.recovery.missing_offsets = damage_.missing_to - damage_.missing_from;
}

Status Recovery::report() {
  damage_.log_end = out_.log_end;
  if (damage_.kept.empty() && out_.recovery.torn_bytes > 0) {
    log::info("storage", "cut the torn tail topic={} partition={} end={} bytes={}", damage_.topic, damage_.partition, damage_.log_end.value,
              out_.recovery.torn_bytes);
  }
  return report_damage(fs_, in_.damaged_directory, damage_);
}

}  // namespace

Result<RecoveredLog> recover_log(const std::shared_ptr<OpenFiles>& files, const RecoveryInput& input) {
  return Recovery(files, input).run();
}

}  // namespace streamline::storage
