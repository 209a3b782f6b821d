// Chooses by the kind of the file; files of batches are walked batch by batch.
#include "inspect/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inspect/batch_reader.h"
#include "inspect/internal_record.h"
#include "inspect/small_files.h"
#include "record/record_iterator.h"
#include "storage/layout.h"
#include "storage/segment_header.h"

namespace streamline::inspect {
namespace {

using storage::kSegmentHeaderBytes;
using State = DumpOutcome::State;

/// ".../topics/{topic}/partition-{N}/{file}" or Kafka's ".../{topic}-{N}/{file}"; empty when the path says nothing.
std::string topic_in_path(const std::string& path) {
  const std::string partition = fs::parent_path(path);
  const std::string_view name = std::string_view(partition).substr(partition.rfind('/') + 1);
  if (name.starts_with("partition-")) {
    const std::string topic = fs::parent_path(partition);
    return topic.substr(topic.rfind('/') + 1);
  }
  const std::size_t dash = name.rfind('-');
  return dash == std::string_view::npos ? std::string() : std::string(name.substr(0, dash));
}

/// Where a file of batches starts to count: the offset in its name, that of its first batch, or 0.
Offset first_offset(const std::string& path, ByteView front) {
  constexpr std::size_t kDigits = 20;
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (const auto named = storage::parse_offset_file_name(name.substr(0, kDigits), {})) return *named;
  const Result<record::BatchHeader> header = record::read_batch_header(front);
  return header ? std::max(header->base_offset, Offset(0)) : Offset(0);
}

class BatchFileDump {
 public:
  BatchFileDump(const fs::File& file, const std::string& path, const DumpOptions& options, LineSink& sink)
      : file_(file),
        path_(path),
        options_(options),
        sink_(sink),
        family_(family_of_topic(options.topic.empty() ? topic_in_path(path) : options.topic)) {}

  Result<DumpOutcome> run(FileKind kind);

 private:
  void put_segment_header(ByteView front);
  void put_piece(const Piece& piece);
  void put_batch(const Piece& piece);
  void put_records(const Piece& piece);
  void put_record_line(const record::BatchHeader& header, const record::RecordView& record);

  const fs::File& file_;
  const std::string& path_;
  const DumpOptions& options_;
  LineSink& sink_;
  const Family family_;
  DumpOutcome outcome_;
  record::Decompressor decompressor_;
};

Result<DumpOutcome> BatchFileDump::run(FileKind kind) {
  std::array<std::byte, kSegmentHeaderBytes + record::kBatchHeaderBytes> front{};
  Result<std::size_t> got = file_.read_at(0, front);
  if (!got) return fail_with(std::move(got));
  Result<std::uint64_t> size = file_.size();
  if (!size) return fail_with(std::move(size));
  const std::size_t start = kind == FileKind::segment ? kSegmentHeaderBytes : 0;
  if (kind == FileKind::segment) put_segment_header(ByteView(front).first(*got));
  BatchReader reader(file_, start, *size, first_offset(path_, ByteView(front).first(*got).subspan(std::min(start, *got))));
  for (;;) {
    Result<std::optional<Piece>> piece = reader.next();
    if (!piece) return fail_with(std::move(piece));
    if (!*piece) return outcome_;
    put_piece(**piece);
  }
}

void BatchFileDump::put_segment_header(ByteView front) {
  Line line(options_.format, "segment");
  line.word("file", path_);
  const Result<storage::SegmentHeader> header = storage::decode_segment_header(front.first(std::min(front.size(), kSegmentHeaderBytes)));
  if (!header) {
    outcome_.state = State::damaged;
    sink_.put(line.word("problem", header.error().text));
    return;
  }
  line.number("base_offset", header->base_offset.value)
      .number("max_offset", header->max_offset.value)
      .time("created", header->base_timestamp)
      .time("max_timestamp", header->max_timestamp)
      .number("offsets", std::int64_t{header->record_count})
      .number("leader_epoch", std::int64_t{header->leader_epoch.value})
      .word("topic_hash", fmt::format("{:016x}", header->topic_hash));
  line.open("flags", '[');
  if ((header->flags & storage::kVerbatimFlag) != 0) line.word({}, "verbatim");
  if (header->is_sealed()) line.word({}, "sealed");
  if ((header->flags & storage::kPrewrittenTailFlag) != 0) line.word({}, "prewritten_tail");
  sink_.put(line.close(']'));
}

void BatchFileDump::put_piece(const Piece& piece) {
  if (piece.kind == PieceKind::batch) {
    const record::BatchHeader& header = *piece.header;
    if (header.last_offset() < options_.from || header.base_offset >= options_.to) return;
    put_batch(piece);
    if (options_.show == Show::records || header.is_control()) put_records(piece);
    return;
  }
  if (piece.kind != PieceKind::zeros) outcome_.state = State::damaged;
  const std::string_view kind = piece.kind == PieceKind::damaged ? "damaged" : piece.kind == PieceKind::torn ? "torn" : "zeros";
  Line line(options_.format, kind);
  line.number("position", static_cast<std::int64_t>(piece.position)).number("bytes", static_cast<std::int64_t>(piece.size));
  if (piece.kind != PieceKind::zeros) line.word("problem", piece.reason);
  if (piece.header) {
    line.number("base_offset", piece.header->base_offset.value).number("last_offset_delta", std::int64_t{piece.header->last_offset_delta});
  }
  sink_.put(line);
}

void BatchFileDump::put_batch(const Piece& piece) {
  const record::BatchHeader& header = *piece.header;
  Line line(options_.format, "batch");
  line.number("base_offset", header.base_offset.value)
      .number("last_offset", header.last_offset().value)
      .number("count", std::int64_t{header.record_count})
      .number("position", static_cast<std::int64_t>(piece.position))
      .number("bytes", static_cast<std::int64_t>(piece.size))
      .word("codec", record::to_string(header.codec()))
      .time(header.has_delete_horizon() ? "delete_horizon" : "base_timestamp", header.base_timestamp)
      .time("max_timestamp", header.max_timestamp)
      .number("leader_epoch", std::int64_t{header.leader_epoch.value});
  if (header.has_producer_id()) {
    line.number("producer_id", header.producer_id.value)
        .number("producer_epoch", std::int64_t{header.producer_epoch})
        .number("base_sequence", std::int64_t{header.base_sequence})
        .number("last_sequence", std::int64_t{header.last_sequence()});
  }
  line.open("flags", '[');
  if (header.timestamp_type() == record::TimestampType::log_append_time) line.word({}, "log_append_time");
  if (header.is_transactional()) line.word({}, "transactional");
  if (header.is_control()) line.word({}, "control");
  sink_.put(line.close(']').word("crc", "ok"));
}

void BatchFileDump::put_records(const Piece& piece) {
  Result<record::RecordIterator> records = record::RecordIterator::over(piece.bytes, decompressor_);
  Result<const record::RecordView*> record = records ? records->next() : fail_with(std::move(records));
  while (record && *record != nullptr) {
    put_record_line(*piece.header, **record);
    record = records->next();
  }
  if (record) return;
  outcome_.state = State::damaged;
  sink_.put(Line(options_.format, "damaged")
                .number("position", static_cast<std::int64_t>(piece.position))
                .word("problem", "the batch's records cannot be read: " + record.error().text));
}

void BatchFileDump::put_record_line(const record::BatchHeader& header, const record::RecordView& record) {
  if (record.offset < options_.from || record.offset >= options_.to) return;
  Line line(options_.format, "record");
  line.number("offset", record.offset.value);
  line.time("timestamp", header.timestamp_type() == record::TimestampType::create_time ? record.timestamp : header.max_timestamp);
  if (header.is_control()) {
    put_control_record(line, record);
  } else if (family_ != Family::none) {
    put_internal_record(line, family_, record);
  } else {
    line.contents("key", record.key).contents("value", record.value);
  }
  if (!record.headers.empty()) {
    line.open("headers", '[');
    for (const record::HeaderView& one : record.headers) {
      line.open({}, '{').word("key", one.key).contents("value", one.value).close('}');
    }
    line.close(']');
  }
  sink_.put(line);
}

Result<DumpOutcome> dump_file(fs::FileSystem& file_system, const std::string& path, const DumpOptions& options, LineSink& sink) {
  Result<std::unique_ptr<fs::File>> file = file_system.open(path, {.read_only = true});
  if (!file) return fail_with(std::move(file));
  std::array<std::byte, 17> front{};
  Result<std::size_t> got = (*file)->read_at(0, front);
  if (!got) return fail_with(std::move(got));
  const FileKind kind = kind_of_file(path, ByteView(front).first(*got));
  if (kind == FileKind::segment || kind == FileKind::kafka_log || kind == FileKind::bytes_aside) {
    return BatchFileDump(**file, path, options, sink).run(kind);
  }
  constexpr std::size_t kMaxSmallFile = 1U << 28U;
  Result<std::vector<std::byte>> bytes = file_system.read_file(path, kMaxSmallFile);
  if (!bytes) return fail_with(std::move(bytes));
  const Status shown = dump_small_file(kind, *bytes, options.format, sink);
  if (shown) return DumpOutcome{};
  if (kind == FileKind::other) return fail(shown.error().code, fmt::format("{}: {}", path, shown.error().text));
  sink.put(Line(options.format, "damaged").word("file", path).word("problem", shown.error().text));
  return DumpOutcome{State::damaged};
}

}  // namespace

Result<DumpOutcome> dump(fs::FileSystem& file_system, const std::string& path, const DumpOptions& options, LineSink& sink) {
  const Result<std::vector<std::string>> names = file_system.list(path);
  if (!names) return dump_file(file_system, path, options, sink);
  DumpOutcome all;
  std::size_t segments = 0;
  for (const std::string& name : *names) {
    if (!storage::parse_offset_file_name(name, storage::kSegmentEnding) && !storage::parse_offset_file_name(name, ".log")) continue;
    ++segments;
    Result<DumpOutcome> one = dump_file(file_system, fs::join_path(path, name), options, sink);
    if (!one) return one;
    if (one->state == State::damaged) all.state = State::damaged;
  }
  if (segments == 0) return fail(Errc::unsupported, fmt::format("{} holds no segments", path));
  return all;
}

}  // namespace streamline::inspect
