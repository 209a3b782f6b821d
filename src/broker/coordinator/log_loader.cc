// Reading a coordinator's log.
#include "broker/coordinator/log_loader.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "record/batch_walker.h"
#include "record/record_iterator.h"

namespace streamline::broker {

namespace {

/// One read of the log; a single batch may be larger.
constexpr std::size_t kStepBytes = 2 * 1024 * 1024;

class Loader {
 public:
  explicit Loader(RecordSink& sink) : sink_(sink) {}

  Status take_run(const storage::ReadRun& run) {
    // Not zeroed: every byte is read over.
    if (run.length > capacity_) {
      buffer_ = std::make_unique_for_overwrite<std::byte[]>(run.length);
      capacity_ = run.length;
    }
    const MutableBytes bytes(buffer_.get(), run.length);
    auto got = run.file->read_at(run.position, bytes);
    if (!got) return fail_with(std::move(got));
    if (*got != bytes.size()) return fail(Errc::io, fmt::format("a segment ended {} bytes early", bytes.size() - *got));
    return take_batches(bytes);
  }
  LoadReport report() && { return std::move(report_); }

 private:
  Status take_batches(ByteView bytes) {
    record::BatchWalker walker(bytes);
    while (true) {
      auto batch = walker.next();
      if (!batch) return fail_with(std::move(batch));
      if (!*batch) return {};
      ++report_.batches;
      take_batch(**batch);
    }
  }
  void take_batch(const record::BatchView& batch) {
    if (const Status sound = record::check_crc(batch.bytes); !sound) return skip(batch, sound.error());
    if (batch.header.is_control()) return take_control(batch);
    const ProducerId producer = batch.header.is_transactional() ? batch.header.producer_id : kNoProducerId;
    auto records = record::RecordIterator::over(batch.bytes, decompressor_);
    if (!records) return skip(batch, records.error());
    while (true) {
      const auto next = records->next();
      if (!next) return skip(batch, next.error());
      const record::RecordView* record = *next;
      if (record == nullptr) return;
      sink_.record(record->key.value_or(ByteView{}), record->value, producer);
    }
  }
  void take_control(const record::BatchView& batch) {
    const auto marker = record::read_end_marker(batch.bytes);
    if (marker) return sink_.end(*marker);
    // Another kind of control record is for nobody here.
    if (marker.error().code != Errc::unsupported) skip(batch, marker.error());
  }
  void skip(const record::BatchView& batch, const Error& error) {
    ++report_.bad_batches;
    report_.last_bad = fmt::format("the batch at offset {}: {}", batch.header.base_offset.value, error.text);
  }

  RecordSink& sink_;
  record::Decompressor decompressor_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
  LoadReport report_;
};

}  // namespace

Result<LoadReport> load_records(const storage::Log& log, RecordSink& sink) {
  Loader loader(sink);
  storage::ReadCursor cursor;
  const Offset end = log.log_end();
  for (Offset at = log.log_start(); at < end;) {
    auto plan = log.read(at, end, kStepBytes, storage::MinOneBatch::yes, cursor);
    if (!plan) return fail_with(std::move(plan));
    // Nothing but a gap is left.
    if (plan->empty()) break;
    for (const storage::ReadRun& run : plan->runs()) {
      if (Status taken = loader.take_run(run); !taken) return fail_with(std::move(taken));
    }
    at = plan->next_offset();
  }
  return std::move(loader).report();
}

}  // namespace streamline::broker
