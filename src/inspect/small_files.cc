// One function per kind of small file; each uses the codec that the storage engine uses.
#include "inspect/small_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "record/batch.h"
#include "storage/aborted_index.h"
#include "storage/epoch_cache.h"
#include "storage/layout.h"
#include "storage/manifest.h"
#include "storage/producer_state.h"
#include "storage/sparse_index.h"
#include "storage/store_files.h"

namespace streamline::inspect {
namespace {

using storage::kIndexEntryBytes;

constexpr std::size_t kMagicAt = 16;

Status dump_manifest(ByteView bytes, Format format, LineSink& sink) {
  const Result<storage::Manifest> manifest = storage::decode_manifest(bytes);
  if (!manifest) return fail(manifest.error().code, manifest.error().text);
  sink.put(Line(format, "manifest")
               .word("boot", fmt::format("{:016x}", manifest->boot_hash))
               .number("logs", static_cast<std::int64_t>(manifest->entries.size())));
  for (const storage::ManifestEntry& entry : manifest->entries) {
    Line line(format, "log");
    line.word("topic_id", entry.topic_id.to_string())
        .number("partition", std::int64_t{entry.partition})
        .number("leader_epoch", std::int64_t{entry.leader_epoch.value})
        .number("log_start", entry.log_start.value)
        .number("recovery_point", entry.recovery_point.value)
        .number("end", entry.end.value)
        .word("boot", fmt::format("{:016x}", entry.boot_hash))
        .number("active_segment", entry.active_base)
        .number("active_bytes", std::int64_t{entry.active_bytes});
    const std::pair<std::string_view, std::int64_t> at_rest[] = {{"bytes", entry.at_rest.bytes},
                                                                 {"oldest_bytes", entry.at_rest.oldest_bytes},
                                                                 {"oldest_ms", entry.at_rest.oldest_ms},
                                                                 {"active_since_ms", entry.at_rest.active_since_ms}};
    for (const auto& [name, value] : at_rest) {
      if (value >= 0) line.number(name, value);
    }
    line.open("flags", '[');
    if (entry.no_producers) line.word({}, "no_producers");
    if (entry.sync_failed) line.word({}, "sync_failed");
    line.close(']');
    if (entry.first_unstable >= 0) line.number("first_unstable", entry.first_unstable);
    sink.put(line);
  }
  return {};
}

Status dump_epochs(ByteView bytes, Format format, LineSink& sink) {
  const Result<storage::EpochCache> epochs = storage::EpochCache::decode(bytes);
  if (!epochs) return fail(epochs.error().code, epochs.error().text);
  for (const storage::EpochStart& entry : epochs->entries()) {
    sink.put(Line(format, "epoch").number("epoch", std::int64_t{entry.epoch.value}).number("start_offset", entry.start.value));
  }
  return {};
}

void put_transactions(const storage::TransactionSnapshot& transactions, Format format, LineSink& sink) {
  for (const storage::TransactionEntry& entry : transactions.entries) {
    Line line(format, "transaction");
    line.number("producer_id", entry.id.value)
        .number("producer_epoch", std::int64_t{entry.epoch})
        .number("coordinator_epoch", std::int64_t{entry.coordinator_epoch});
    if (entry.first) line.number("open_since", entry.first->value);
    sink.put(line);
  }
  for (const storage::AbortedRange& range : transactions.aborted) {
    sink.put(Line(format, "aborted_in")
                 .number("from", range.from.value)
                 .number("to", range.to.value)
                 .number("count", std::int64_t{range.count})
                 .word("crc", fmt::format("{:08x}", range.crc)));
  }
}

Status dump_producers(ByteView bytes, Format format, LineSink& sink) {
  const Result<storage::ProducerTable::Snapshot> snapshot = storage::ProducerTable::decode(bytes);
  if (!snapshot) return fail(snapshot.error().code, snapshot.error().text);
  const auto entries = snapshot->table.entries();
  sink.put(
      Line(format, "snapshot").number("offset", snapshot->offset.value).number("producers", static_cast<std::int64_t>(entries.size())));
  for (const storage::ProducerEntry& entry : entries) {
    Line line(format, "producer");
    line.number("producer_id", entry.id.value)
        .number("producer_epoch", std::int64_t{entry.epoch})
        .time("last_update", entry.last_update_ms);
    line.open("batches", '[');
    for (const storage::ProducerBatch& batch : entry.batches()) {
      line.open({}, '{')
          .number("first_sequence", std::int64_t{batch.first_sequence})
          .number("last_sequence", std::int64_t{batch.last_sequence})
          .number("first_offset", batch.first_offset.value)
          .number("last_offset", batch.last_offset.value)
          .time("time", batch.append_time_ms)
          .close('}');
    }
    sink.put(line.close(']'));
  }
  put_transactions(snapshot->transactions, format, sink);
  return {};
}

Status dump_aborted(ByteView bytes, Format format, LineSink& sink) {
  const Result<storage::AbortedIndex> index = storage::AbortedIndex::decode(bytes);
  if (!index) return fail(index.error().code, index.error().text);
  for (const storage::AbortedTransaction& transaction : index->all()) {
    sink.put(Line(format, "aborted")
                 .number("producer_id", transaction.producer_id.value)
                 .number("first_offset", transaction.first.value)
                 .number("marker_offset", transaction.marker.value)
                 .number("last_stable", transaction.last_stable.value));
  }
  return {};
}

Status dump_index(ByteView bytes, Format format, LineSink& sink) {
  const std::vector<storage::IndexEntry> entries = storage::SparseIndex::decode(bytes, UINT32_MAX);
  for (const storage::IndexEntry& entry : entries) {
    sink.put(Line(format, "entry")
                 .number("relative_offset", std::int64_t{entry.relative_offset})
                 .number("position", std::int64_t{entry.position})
                 .time("max_timestamp_before", entry.max_timestamp));
  }
  const std::size_t read = entries.size() * kIndexEntryBytes;
  if (read == bytes.size()) return {};
  return fail(Errc::corrupt, fmt::format("no rising entry at byte {} of {}", read, bytes.size()));
}

Status dump_producer_ids(ByteView bytes, Format format, LineSink& sink) {
  const Result<ProducerId> next = storage::decode_next_producer_id(bytes);
  if (!next) return fail(next.error().code, next.error().text);
  sink.put(Line(format, "next").number("producer_id", next->value));
  return {};
}

void put_json(Line& line, const std::string& name, const nlohmann::json& value) {
  if (value.is_object()) {
    line.open(name, '{');
    for (const auto& [key, inner] : value.items()) put_json(line, key, inner);
    line.close('}');
  } else if (value.is_string()) {
    line.word(name, value.get_ref<const std::string&>());
  } else if (value.is_number_integer()) {
    line.number(name, value.get<std::int64_t>());
  } else {
    line.word(name, value.dump());
  }
}

Status dump_json(ByteView bytes, Format format, LineSink& sink) {
  // Deep nesting is none of ours and would take a stack as deep.
  constexpr int kMaxDepth = 8;
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= kMaxDepth; };
  const nlohmann::json json = nlohmann::json::parse(as_text(bytes), shallow, false);
  if (!json.is_object()) return fail(Errc::malformed, "not a JSON object");
  Line line(format, "json");
  for (const auto& [key, value] : json.items()) put_json(line, key, value);
  sink.put(line);
  return {};
}

}  // namespace

FileKind kind_of_file(const std::string& path, ByteView first_bytes) {
  const std::string_view text = as_text(first_bytes);
  if (text.starts_with("STRM")) return FileKind::segment;
  if (text.starts_with("STMF")) return FileKind::manifest;
  if (text.starts_with("STEP")) return FileKind::epochs;
  if (text.starts_with("STPS")) return FileKind::producers;
  if (text.starts_with("STTX")) return FileKind::aborted;
  if (text.starts_with("STID")) return FileKind::producer_ids;
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (name.ends_with(storage::kSegmentEnding)) return FileKind::segment;
  if (name.ends_with(storage::kIndexEnding)) return FileKind::index;
  if (name.ends_with(storage::kProducersEnding)) return FileKind::producers;
  if (name.ends_with(storage::kAbortedEnding)) return FileKind::aborted;
  if (name.ends_with(".bytes")) return FileKind::bytes_aside;
  if (name.ends_with(".json")) return FileKind::json;
  if (name == storage::kEpochsName) return FileKind::epochs;
  if (name == "manifest") return FileKind::manifest;
  if (first_bytes.size() > kMagicAt && first_bytes[kMagicAt] <= std::byte{record::kMagic}) return FileKind::kafka_log;
  return name.ends_with(".log") ? FileKind::kafka_log : FileKind::other;
}

Status dump_small_file(FileKind kind, ByteView bytes, Format format, LineSink& sink) {
  switch (kind) {
    case FileKind::manifest: return dump_manifest(bytes, format, sink);
    case FileKind::epochs: return dump_epochs(bytes, format, sink);
    case FileKind::producers: return dump_producers(bytes, format, sink);
    case FileKind::aborted: return dump_aborted(bytes, format, sink);
    case FileKind::index: return dump_index(bytes, format, sink);
    case FileKind::producer_ids: return dump_producer_ids(bytes, format, sink);
    case FileKind::json: return dump_json(bytes, format, sink);
    case FileKind::segment:
    case FileKind::kafka_log:
    case FileKind::bytes_aside:
    case FileKind::other: break;
  }
  return fail(Errc::unsupported, "no file of a kind that dump knows");
}

}  // namespace streamline::inspect
