// Golden bytes of every file that storage writes, and what its readers refuse.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <string>

#include "base/crc32c.h"
#include "storage/epoch_cache.h"
#include "storage/layout.h"
#include "storage/manifest.h"
#include "storage/producer_state.h"
#include "storage/segment_header.h"
#include "storage/sparse_index.h"
#include "storage/store_files.h"

namespace streamline::storage {
namespace {

std::string hex(ByteView bytes) {
  std::string text;
  for (const std::byte b : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(b));
  return text;
}

/// Every single damaged byte, and every length but the right one, is refused.
template <class Decode>
void refuses_damage(const std::vector<std::byte>& bytes, Decode decode) {
  REQUIRE(decode(ByteView(bytes)));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::vector<std::byte> damaged = bytes;
    damaged[i] ^= std::byte{0x10};
    CHECK_FALSE(decode(ByteView(damaged)));
    CHECK_FALSE(decode(ByteView(bytes).first(i)));
  }
}

const SegmentHeader kHeader{.flags = kVerbatimFlag | kSealedFlag,
                            .base_offset = Offset(0x0102030405060708),
                            .max_offset = Offset(0x1112131415161718),
                            .base_timestamp = 0x21,
                            .max_timestamp = 0x31,
                            .record_count = 0x41,
                            .codec = 4,
                            .leader_epoch = LeaderEpoch(5),
                            .topic_hash = 0x6162636465666768};

TEST_CASE("a segment header is 64 little-endian bytes", "[storage]") {
  const auto bytes = encode(kHeader);
  CHECK(hex(ByteView(bytes).first(60)) ==
        "5354524d"
        "0200"
        "0300"
        "0807060504030201"
        "1817161514131211"
        "2100000000000000"
        "3100000000000000"
        "41000000"
        "04"
        "000000"
        "05000000"
        "6867666564636261");
  CHECK(decode_segment_header(bytes).value() == kHeader);
  refuses_damage({bytes.begin(), bytes.end()}, decode_segment_header);
}

TEST_CASE("an index entry is 16 little-endian bytes", "[storage]") {
  SparseIndex index;
  index.add({0x01, 0x0203, 0x04});
  index.add({0x05, 0x0607, 0x08});
  CHECK(hex(index.encode(0)) ==
        "01000000"
        "03020000"
        "0400000000000000"
        "05000000"
        "07060000"
        "0800000000000000");
  CHECK(SparseIndex::decode(index.encode(0), 0x10000) == std::vector<IndexEntry>{{0x01, 0x0203, 0x04}, {0x05, 0x0607, 0x08}});
}

TEST_CASE("index entries are read up to the first that breaks the order or the file's end", "[storage]") {
  SparseIndex index;
  for (std::uint32_t i = 1; i <= 4; ++i) index.add({i * 10, i * 100, i});
  CHECK(SparseIndex::decode(index.encode(0), 300).size() == 2);
  std::vector<std::byte> bytes = index.encode(0);
  bytes.resize(bytes.size() - 3);
  CHECK(SparseIndex::decode(bytes, 10000).size() == 3);
  store_le(bytes.data() + 16, std::uint32_t{5});
  CHECK(SparseIndex::decode(bytes, 10000).size() == 1);
  CHECK(SparseIndex::decode(std::vector<std::byte>(64), 10000).empty());
}

TEST_CASE("an index finds the entry below, over many chunks", "[storage]") {
  SparseIndex index;
  CHECK_FALSE(index.floor_offset(5));
  for (std::uint32_t i = 1; i <= 10'000; ++i) index.add({i * 10, i * 100, i * 7});
  CHECK_FALSE(index.floor_offset(9));
  CHECK(index.floor_offset(10)->position == 100);
  CHECK(index.floor_offset(54'329)->position == 543'200);
  CHECK(index.floor_position(UINT32_MAX)->relative_offset == 100'000);
  CHECK_FALSE(index.floor_time(7));
  CHECK(index.floor_time(15)->position == 200);
}

TEST_CASE("the epoch file", "[storage]") {
  EpochCache cache;
  CHECK(cache.assign(LeaderEpoch(1), Offset(0)));
  CHECK(cache.assign(LeaderEpoch(3), Offset(10)));
  const std::vector<std::byte> bytes = cache.encode();
  CHECK(hex(ByteView(bytes).first(bytes.size() - 4)) ==
        "53544550"
        "0100"
        "0000"
        "02000000"
        "01000000"
        "0000000000000000"
        "03000000"
        "0a00000000000000");
  CHECK(EpochCache::decode(bytes).value().entries() == cache.entries());
  refuses_damage(bytes, EpochCache::decode);
}

TEST_CASE("the producer snapshot", "[storage]") {
  ProducerTable table;
  record::BatchHeader header;
  header.producer_id = ProducerId(7);
  header.producer_epoch = 2;
  header.base_sequence = 3;
  header.last_offset_delta = 1;
  header.base_offset = Offset(100);
  table.apply(header, 11, 12);
  const std::vector<std::byte> bytes = table.encode(Offset(102));
  CHECK(hex(ByteView(bytes).first(bytes.size() - 4)) ==
        "53545053"
        "0100"
        "0000"
        "6600000000000000"
        "01000000"
        "0700000000000000"
        "0200"
        "0c00000000000000"
        "01"
        "03000000"
        "04000000"
        "6400000000000000"
        "6500000000000000"
        "0b00000000000000");
  const Result<ProducerTable::Snapshot> read = ProducerTable::decode(bytes);
  REQUIRE(read);
  CHECK(read->offset == Offset(102));
  CHECK(read->table.entries() == table.entries());
  refuses_damage(bytes, ProducerTable::decode);
}

TEST_CASE("the producer snapshot with transactions", "[storage]") {
  const TransactionSnapshot transactions{
      .entries = {{.id = ProducerId(7), .epoch = 2, .first = Offset(5), .coordinator_epoch = 3}, {.id = ProducerId(8), .epoch = 1}},
      .aborted = {{.from = Offset(1), .to = Offset(2), .count = 3, .crc = 4}}};
  const std::vector<std::byte> bytes = ProducerTable().encode(Offset(102), transactions);
  CHECK(hex(ByteView(bytes).first(bytes.size() - 4)) ==
        "53545053"
        "0200"
        "0000"
        "6600000000000000"
        "00000000"
        "02000000"
        "0700000000000000"
        "0200"
        "03000000"
        "0500000000000000"
        "0800000000000000"
        "0100"
        "ffffffff"
        "ffffffffffffffff"
        "01000000"
        "0100000000000000"
        "0200000000000000"
        "03000000"
        "04000000");
  const Result<ProducerTable::Snapshot> read = ProducerTable::decode(bytes);
  REQUIRE(read);
  CHECK(read->transactions == transactions);
  CHECK(read->table.empty());
  refuses_damage(bytes, ProducerTable::decode);
}

TEST_CASE("the manifest", "[storage]") {
  ManifestEntry entry{.topic_id = {},
                      .partition = 1,
                      .leader_epoch = LeaderEpoch(2),
                      .log_start = Offset(3),
                      .recovery_point = Offset(4),
                      .end = Offset(5),
                      .boot_hash = 6,
                      .active_base = 7,
                      .active_bytes = 8,
                      .no_producers = true,
                      .at_rest = {.bytes = 10, .oldest_bytes = 11, .oldest_ms = 12, .active_since_ms = 13},
                      .first_unstable = 14};
  entry.topic_id.bytes[0] = std::byte{0xaa};
  std::vector<std::byte> bytes = encode(Manifest{.boot_hash = 9, .entries = {entry}});
  CHECK(hex(ByteView(bytes).first(bytes.size() - 4)) ==
        "53544d46"
        "0300"
        "0000"
        "0900000000000000"
        "01000000"
        "aa000000000000000000000000000000"
        "01000000"
        "02000000"
        "0300000000000000"
        "0400000000000000"
        "0500000000000000"
        "0600000000000000"
        "0700000000000000"
        "08000000"
        "01000000"
        "0a00000000000000"
        "0b00000000000000"
        "0c00000000000000"
        "0d00000000000000"
        "0e00000000000000");
  CHECK(decode_manifest(bytes).value().entries == std::vector{entry});
  refuses_damage(bytes, decode_manifest);
  const auto cut_to_version = [&](std::uint16_t version, std::size_t less) {
    store_le(bytes.data() + 4, version);
    bytes.resize(bytes.size() - less);
    store_le(bytes.data() + bytes.size() - 4, crc32c(ByteView(bytes).first(bytes.size() - 4)));
    CHECK(decode_manifest(bytes).value().entries == std::vector{entry});
    refuses_damage(bytes, decode_manifest);
  };
  // As it was before version 3, and before version 2.
  entry.first_unstable = -1;
  cut_to_version(2, 8);
  entry.at_rest = {};
  cut_to_version(1, 32);
}

TEST_CASE("the producer-id file", "[storage]") {
  const std::vector<std::byte> bytes = encode_next_producer_id(ProducerId(3000));
  CHECK(hex(ByteView(bytes).first(16)) ==
        "53544944"
        "0100"
        "0000"
        "b80b000000000000");
  CHECK(decode_next_producer_id(bytes).value() == ProducerId(3000));
  refuses_damage(bytes, decode_next_producer_id);
}

TEST_CASE("meta.json says version, cluster and node, and anything else is refused with the reason", "[storage]") {
  const StoreMeta meta{kFormatVersion, Uuid::parse("AAECAwQFBgcICQoLDA0ODw").value(), NodeId(3)};
  CHECK(encode(meta) == "{\n  \"format_version\": 1,\n  \"cluster_id\": \"AAECAwQFBgcICQoLDA0ODw\",\n  \"node_id\": 3\n}\n");
  CHECK(decode_store_meta(encode(meta)).value() == meta);
  const Result<StoreMeta> newer = decode_store_meta("{\"format_version\": 9}");
  CHECK(newer.error().code == Errc::unsupported);
  CHECK(newer.error().text == "the directory has format version 9; this program reads version 1");
  for (const char* text : {"", "[]", "{}", "{\"format_version\": \"1\"}", "{\"format_version\": 1, \"cluster_id\": 1, \"node_id\": 1}",
                           "{\"format_version\": 1, \"cluster_id\": \"x\", \"node_id\": 1}"}) {
    CHECK(decode_store_meta(text).error().code == Errc::corrupt);
  }
}

TEST_CASE("files are named so that names sort like offsets", "[storage]") {
  CHECK(offset_file_name(Offset(42), kSegmentEnding) == "00000000000000000042.segment");
  CHECK(parse_offset_file_name("00000000000000000042.segment", kSegmentEnding) == Offset(42));
  for (const char* name : {"42.segment", "00000000000000000042.index", "0000000000000000004x.segment", "99999999999999999999.segment"}) {
    CHECK_FALSE(parse_offset_file_name(name, kSegmentEnding));
  }
  CHECK(Layout("data").partition("t", 3) == "data/topics/t/partition-3");
}

}  // namespace
}  // namespace streamline::storage
