// What a log knows of transactions: which data and markers it takes, what is stable, and what was aborted.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "record/end_marker.h"
#include "storage/log.h"
#include "storage/recovery.h"
#include "storage/segment.h"

namespace streamline::storage {

namespace {

constexpr std::int64_t kNothingUnstable = INT64_MAX;

Errc error_of(TransactionFault fault) {
  switch (fault) {
    case TransactionFault::not_transactional:
    case TransactionFault::not_verified: return Errc::invalid_txn_state;
    case TransactionFault::out_of_order: return Errc::out_of_order_sequence;
    case TransactionFault::old_epoch: return Errc::invalid_producer_epoch;
    case TransactionFault::coordinator_fenced: return Errc::coordinator_fenced;
  }
  return Errc::invalid_txn_state;
}

}  // namespace

/// The watermark first: whatever is unstable below it is known when it is read.
Offset Log::last_stable() const {
  const Offset visible = high_watermark();
  const std::int64_t unstable = first_unstable_.load(std::memory_order_acquire);
  if (unstable >= visible.value) return visible;
  // What was deleted holds nobody back.
  return std::min(visible, std::max(Offset(unstable), log_start()));
}

Result<std::optional<TransactionGuard>> Log::transaction_guard(const GuardRequest& request) {
  if (Status ready = ensure_open(); !ready) return fail_with(std::move(ready));
  const std::lock_guard guard(mutex_);
  return transactions_.guard(request);
}

void Log::release_transaction_guard(ProducerId id, TransactionGuard guard) {
  const std::lock_guard lock(mutex_);
  transactions_.release_guard(id, guard);
}

bool Log::is_transaction_open(ProducerId id, std::int16_t epoch) const {
  if (!ensure_open()) return false;
  const std::lock_guard guard(mutex_);
  return transactions_.is_open(id, epoch);
}

std::optional<Errc> Log::transaction_refusal(ProducerId id, std::int16_t epoch, std::optional<TransactionGuard> guard) const {
  if (const Status ready = ensure_open(); !ready) return ready.error().code;
  const std::lock_guard lock(mutex_);
  if (epoch < producers_.epoch_of(id)) return Errc::invalid_producer_epoch;
  record::BatchHeader header;
  header.attributes = record::kTransactionalBit;
  header.producer_id = id;
  header.producer_epoch = epoch;
  const std::optional<TransactionFault> fault = transactions_.check(header, guard);
  return fault ? std::optional(error_of(*fault)) : std::nullopt;
}

std::vector<AbortedTransaction> Log::aborted_transactions(Offset from, Offset up_to) const {
  std::vector<AbortedTransaction> found;
  static_cast<void>(ensure_open());
  if (!has_aborted_.load(std::memory_order_acquire)) return found;
  {
    const std::lock_guard guard(aborted_mutex_);
    static_cast<void>(aborted_.collect(from, up_to, found));
  }
  sort_for_readers(found);
  return found;
}

std::vector<DescribedProducer> Log::describe_producers(WallTime now) const {
  std::vector<DescribedProducer> described;
  for (const ProducerEntry& known : producers(now)) described.push_back({.producer = known, .transaction = {.id = known.id}});
  const std::lock_guard guard(mutex_);
  for (DescribedProducer& each : described) {
    if (const auto entry = transactions_.entry(each.producer.id)) each.transaction = *entry;
  }
  return described;
}

/// Data: rules 61 and 70; a marker: rule 63.
std::optional<Errc> Log::transaction_error(const AppendItem& item, const record::BatchHeader& header,
                                           std::optional<Errc> sequence_error) const {
  if (header.is_control()) return marker_error(item);
  const std::optional<TransactionFault> fault = transactions_.check(header, item.guard);
  // As in Kafka, who was not verified hears that first, who forgot his transaction hears it last.
  if (!fault || (*fault == TransactionFault::not_transactional && sequence_error)) return sequence_error;
  return error_of(*fault);
}

std::optional<Errc> Log::marker_error(const AppendItem& item) const {
  const Result<record::EndMarker> marker = record::read_end_marker(item.batch);
  if (!marker) return Errc::invalid_record;
  if (marker->producer_epoch < producers_.epoch_of(marker->producer_id)) return Errc::invalid_producer_epoch;
  const std::optional<TransactionFault> fault = transactions_.check(*marker);
  return fault ? std::optional(error_of(*fault)) : std::nullopt;
}

/// Of a batch that was admitted and has its offset.
void Log::take_up(const AppendItem& item, const record::BatchHeader& header, WallTime now) {
  producers_.apply(header, now.ms, now.ms);
  if (!header.is_control()) return transactions_.apply(header);
  const Result<record::EndMarker> marker = record::read_end_marker(item.batch);
  SL_ASSERT(marker.has_value());
  if (const auto aborted = transactions_.apply(*marker, header.base_offset)) aborted_now_.push_back(*aborted);
}

/// What was aborted is known before it is stable.
void Log::publish_transactions() {
  if (!aborted_now_.empty()) {
    const std::lock_guard guard(aborted_mutex_);
    for (const AbortedTransaction& aborted : aborted_now_) aborted_.add(aborted);
    aborted_now_.clear();
    has_aborted_.store(true, std::memory_order_release);
  }
  transactions_.commit();
  if (!transactions_.is_idle()) note_first_unstable(high_watermark());
}

void Log::note_first_unstable(Offset visible) {
  const std::optional<Offset> first = transactions_.first_unstable(visible);
  first_unstable_.store(first ? first->value : kNothingUnstable, std::memory_order_release);
}

/// mutex_ held, or nobody else there yet.
void Log::adopt_transactions(RecoveredLog& recovered, Offset visible) {
  transactions_ = std::move(recovered.transactions);
  // A snapshot may remember longer than the one that the producers come from.
  for (const TransactionEntry& entry : transactions_.entries()) {
    if (producers_.epoch_of(entry.id) == record::kNoProducerEpoch) static_cast<void>(transactions_.forget(entry.id));
  }
  aborted_ranges_.clear();
  std::shared_ptr<const SegmentList> list;
  {
    const std::lock_guard guard(segments_mutex_);
    list = segments_;
  }
  for (std::size_t i = 0; i + 1 < list->size(); ++i) {
    const AbortedRange range = recovered.aborted.range((*list)[i]->base_offset(), (*list)[i + 1]->base_offset());
    if (range.count > 0) aborted_ranges_.push_back(range);
  }
  {
    const std::lock_guard guard(aborted_mutex_);
    aborted_ = std::move(recovered.aborted);
    has_aborted_.store(!aborted_.empty(), std::memory_order_release);
  }
  aborted_files_ = std::move(recovered.aborted_files);
  aborted_saved_.reset();
  aborted_durable_.reset();
  if (!list->empty() && aborted_files_.contains(list->back()->base_offset())) aborted_durable_ = list->back()->base_offset();
  transactions_.note_high_watermark(visible);
  note_first_unstable(visible);
  // Whether the ends of transactions are synced, only the next sync tells where some may not be.
  const bool all_synced = transactions_.empty() || recovered.synced_end == recovered.log_end;
  synced_stable_ =
      all_synced ? std::min(recovered.synced_end, transactions_.first_open().value_or(recovered.synced_end)) : recovered.log_start;
}

void Log::drop_aborted_below(Offset start) {
  const std::lock_guard guard(aborted_mutex_);
  aborted_.drop_below(start);
  has_aborted_.store(!aborted_.empty(), std::memory_order_release);
  std::erase_if(aborted_ranges_, [&](const AbortedRange& range) { return range.from < start; });
}

/// A snapshot of the producers and of what is known of transactions, as of the log's end.
std::vector<std::byte> Log::encode_producers(Offset end) const {
  TransactionSnapshot known{.entries = transactions_.entries(), .aborted = aborted_ranges_};
  if (active_ != nullptr && !aborted_.empty()) {
    const AbortedRange range = aborted_.range(active_->base_offset(), end);
    if (range.count > 0) known.aborted.push_back(range);
  }
  return producers_.encode(end, known);
}

/// Empty when nothing was aborted there.
std::vector<std::byte> Log::encode_aborted(Offset from, Offset to) const {
  if (aborted_.empty() || aborted_.range(from, to).count == 0) return {};
  return aborted_.encode(from, to);
}

}  // namespace streamline::storage
