// What the inspect tests share: a data directory with one topic in memory, ways to damage it, and lines and findings as text.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "catalog/topic_file.h"
#include "inspect/check.h"
#include "inspect/dump.h"
#include "unit/storage/fixture.h"

namespace streamline::inspect::test {

using storage::test::BatchSpec;
using storage::test::kNow;

struct Lines final : LineSink {
  std::vector<std::string> all;
  void put(const Line& line) override {
    all.push_back(line.finish());
    all.back().pop_back();
  }
};

struct Findings final : CheckObserver {
  std::vector<Finding> all;
  std::vector<std::string> steps;
  void found(const Finding& finding) override { all.push_back(finding); }
  void mended(const std::string&, const std::string& text) override { steps.push_back(text); }
  void advanced(const CheckProgress&) override {}
  /// "error damaged 3-5", "note torn_tail 7", "note index".
  std::vector<std::string> brief() const {
    std::vector<std::string> texts;
    for (const Finding& one : all) {
      std::string text = one.severity == Severity::error ? "error " : "note ";
      text += one.what;
      if (one.offset) text += " " + std::to_string(*one.offset);
      if (one.last_offset) text += "-" + std::to_string(*one.last_offset);
      texts.push_back(std::move(text));
    }
    return texts;
  }
};

/// Segments of three batches with two records each unless the options say otherwise: offsets 0-5, 6-11, ...
struct DataDirectory {
  storage::test::Bench<storage::test::MemoryPlace> bench;
  fs::MemoryFileSystem& files = bench.place.fs;
  std::string root = bench.place.root + "/d";

  explicit DataDirectory(std::uint64_t segment_bytes = 64 + 3 * batch_bytes())
      : bench({.segment_bytes = segment_bytes, .index_interval_bytes = 0, .durability = storage::Durability::interval}) {
    describe({});
  }
  static std::vector<std::byte> batch() { return storage::test::make_batch({.count = 2}); }
  static std::size_t batch_bytes() { return batch().size(); }

  void describe(config::TopicConfigMap configs) {
    catalog::Topic topic;
    topic.id = storage::test::topic_id(1);
    topic.partition_count = 1;
    topic.configs = std::move(configs);
    const std::string text = catalog::write_topic_file(topic);
    REQUIRE(fs::replace_file(files, root + "/topics/topic/metadata.json", as_bytes(text)));
  }
  DataDirectory& append(int batches, BatchSpec spec = {.count = 2}) {
    for (int i = 0; i < batches; ++i) {
      REQUIRE_FALSE(storage::test::append_one(*bench.log, spec).error);
      if (spec.sequence >= 0) spec.sequence += spec.count;
    }
    return *this;
  }
  DataDirectory& stop() {
    REQUIRE(bench.store->close(kNow));
    bench.drop();
    return *this;
  }
  /// "/name" lies at the top of the data directory, "name" in the partition.
  std::string path(const std::string& name) const {
    return name.starts_with('/') ? root + name : root + "/topics/topic/partition-0/" + name;
  }
  static std::string segment(int base) { return storage::offset_file_name(Offset(base), ".segment"); }
  std::unique_ptr<fs::File> file(const std::string& name) {
    auto opened = files.open(path(name), {});
    REQUIRE(opened);
    return std::move(*opened);
  }
  void write(const std::string& name, std::uint64_t position, std::string_view bytes) {
    auto opened = files.open(path(name), {.create = true});
    REQUIRE(opened);
    REQUIRE((*opened)->write_at(position, as_bytes(bytes)));
    REQUIRE((*opened)->sync());
  }
  /// Changes one byte in the n-th batch's records.
  void spoil_batch(int base, std::size_t n) { write(segment(base), 64 + n * batch_bytes() + record::kBatchHeaderBytes + 3, "\x7f"); }

  Findings check(Repair repair = Repair::no, CheckSummary* summary = nullptr) {
    Findings found;
    const Result<CheckSummary> done = inspect::check(files, {.data_directory = root, .repair = repair, .now = kNow}, found);
    if (!done) FAIL(done.error().text);
    if (summary != nullptr) *summary = *done;
    return found;
  }
  std::vector<std::string> dump(const std::string& name, const DumpOptions& options = {}) {
    Lines lines;
    const Result<DumpOutcome> done = inspect::dump(files, path(name), options, lines);
    if (!done) FAIL(done.error().text);
    return lines.all;
  }
  /// Base offsets of all batches that a started broker serves.
  std::vector<std::int64_t> served() {
    bench.open(files);
    std::vector<std::int64_t> offsets = storage::test::read_all(*bench.log, bench.log->log_start());
    REQUIRE(bench.store->close(kNow));
    bench.drop();
    return offsets;
  }
};

}  // namespace streamline::inspect::test
