// Batches and their contents that several tests of this room share.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "record/batch_builder.h"
#include "record/record_iterator.h"

namespace streamline::record {

inline constexpr std::int64_t kSampleTime = 1'700'000'000'000;

/// A record that owns its bytes, comparable as a whole.
struct Sample {
  std::int64_t timestamp = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  friend bool operator==(const Sample&, const Sample&) = default;
};

inline std::optional<std::string> owned(std::optional<ByteView> bytes) {
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

inline std::optional<ByteView> viewed(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return as_bytes(*text);
}

inline Sample sample_of(const RecordView& record) {
  Sample sample{.timestamp = record.timestamp, .key = owned(record.key), .value = owned(record.value), .headers = {}};
  for (const HeaderView header : record.headers) sample.headers.emplace_back(header.key, owned(header.value));
  return sample;
}

/// What small-*.batch of golden/ holds.
inline std::vector<Sample> small_samples() {
  return {
      {kSampleTime, "k0", "v0", {}},
      {kSampleTime + 5, std::nullopt, "only a value", {}},
      {kSampleTime + 3, "", "", {}},
      {kSampleTime + 10, "tomb", std::nullopt, {}},
      {kSampleTime + 7, "h", "headers", {{"a", "1"}, {"a", "2"}, {"empty", ""}, {"null", std::nullopt}, {"b", std::string("\0\xff", 2)}}}};
}

/// What large-*.batch of golden/ holds.
inline std::vector<Sample> large_samples() {
  std::vector<Sample> samples;
  for (int i = 0; i < 3000; ++i) {
    std::string value;
    for (int repeat = 0; repeat < 5; ++repeat) value += fmt::format("value-{:05} ", i);
    samples.push_back({kSampleTime + i % 100, fmt::format("key-{:05}", i), value, {}});
  }
  return samples;
}

/// The options that the maker of golden/ used.
inline BatchOptions golden_options() {
  BatchOptions options;
  options.leader_epoch = LeaderEpoch(7);
  options.producer_id = ProducerId(4711);
  options.producer_epoch = 3;
  options.base_sequence = 10;
  return options;
}

inline std::vector<std::byte> build(const std::vector<Sample>& samples, const BatchOptions& options = {}) {
  BatchBuilder builder(options);
  for (const Sample& sample : samples) {
    std::vector<HeaderView> headers;
    for (const auto& [key, value] : sample.headers) headers.push_back({.key = key, .value = viewed(value)});
    builder.add({.timestamp = sample.timestamp, .key = viewed(sample.key), .value = viewed(sample.value), .headers = headers});
  }
  auto batch = builder.finish();
  REQUIRE(batch);
  return *batch;
}

/// A file of golden/, by its whole name.
inline std::vector<std::byte> golden_file(const std::string& name) {
  const auto path = std::filesystem::path("tests/unit/record/golden") / name;
  std::ifstream file(path, std::ios::binary);
  INFO("run in the root of the source tree: cannot open " << path);
  REQUIRE(file);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

inline std::vector<std::byte> golden(const std::string& name) { return golden_file(name + ".batch"); }

inline Result<std::vector<Sample>> read_all(ByteView batch, Decompressor& decompressor) {
  auto records = RecordIterator::over(batch, decompressor);
  if (!records) return fail_with(std::move(records));
  std::vector<Sample> samples;
  while (true) {
    auto record = records->next();
    if (!record) return fail_with(std::move(record));
    if (*record == nullptr) return samples;
    samples.push_back(sample_of(**record));
  }
}

/// Makes the CRC right after a test has forged bytes under it.
inline void seal(std::vector<std::byte>& batch) { store_be(batch.data() + 17, compute_crc(batch)); }

inline constexpr Codec kAllCodecs[] = {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};

}  // namespace streamline::record
