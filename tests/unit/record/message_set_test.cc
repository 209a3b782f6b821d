// Message formats 0 and 1: Kafka's own bytes both ways, every limit of both conversions, and damage from a seed.
#include <zlib.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "record/legacy/downgrade.h"
#include "record/legacy/upgrade.h"
#include "unit/record/sample_batches.h"

using namespace streamline;
using namespace streamline::record;
using namespace streamline::record::legacy;

namespace {

constexpr Codec kOldCodecs[] = {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4};
constexpr std::size_t kPlenty = 1U << 20U;

std::vector<std::byte> golden_set(const std::string& name) { return golden_file(name + ".set"); }

std::string set_name(std::int8_t magic, Codec codec) { return "v" + std::to_string(magic) + "-" + std::string(to_string(codec)); }

/// The golden sets' contents: the small samples without headers, and without times in format 0.
std::vector<Sample> expected_samples(std::int8_t magic) {
  auto samples = small_samples();
  for (Sample& sample : samples) {
    sample.headers.clear();
    if (magic == 0) sample.timestamp = kNoTimestamp;
  }
  return samples;
}

Result<UpgradedSet> upgrade(ByteView set, std::size_t max_message_bytes = kPlenty) {
  return Upgrade({.max_message_bytes = max_message_bytes}).run(set);
}

Errc upgrade_error(ByteView set, std::size_t max_message_bytes = kPlenty) {
  const auto upgraded = upgrade(set, max_message_bytes);
  REQUIRE_FALSE(upgraded);
  return upgraded.error().code;
}

std::vector<std::byte> one(const Message& message) {
  std::vector<std::byte> set;
  append_message(set, message);
  return set;
}

Message message_with(std::string_view value, std::int8_t magic = 1) {
  Message message;
  message.magic = magic;
  message.value = as_bytes(value);
  if (magic > 0) message.timestamp = kSampleTime;
  return message;
}

std::vector<std::byte> wrapped(ByteView inner, Codec codec, std::int8_t magic = 1) {
  Compressor compressor;
  Message wrapper;
  wrapper.magic = magic;
  wrapper.attributes = static_cast<std::int8_t>(codec);
  const auto compressed = compressor.compress(codec, inner);
  REQUIRE(compressed);
  wrapper.value = *compressed;
  return one(wrapper);
}

struct Converted {
  std::vector<std::byte> set;
  std::vector<Downgrade::Room> rooms;
};
Converted downgrade(const std::vector<std::vector<std::byte>>& batches, const Downgrade::Options& options) {
  Decompressor decompressor;
  Compressor compressor;
  Downgrade conversion(options, decompressor, compressor);
  Converted converted;
  for (const auto& batch : batches) {
    const auto room = conversion.add(batch);
    REQUIRE(room);
    converted.rooms.push_back(*room);
    if (*room == Downgrade::Room::used_up) break;
  }
  converted.set = conversion.take();
  return converted;
}

std::vector<std::byte> batch_at(std::int64_t offset, Codec codec = Codec::none, std::vector<Sample> samples = small_samples()) {
  BatchOptions options;
  options.codec = codec;
  options.base_offset = Offset(offset);
  return build(samples, options);
}

/// Offsets of the whole messages of a plain set; one number more, -1, when a part of a message follows.
std::vector<std::int64_t> offsets_of(ByteView set) {
  std::vector<std::int64_t> offsets;
  while (!set.empty()) {
    const auto message = read_message(set);
    REQUIRE(message);
    if (!*message) {
      offsets.push_back(-1);
      break;
    }
    offsets.push_back((*message)->offset.value);
    set = set.subspan((*message)->encoded_size());
  }
  return offsets;
}

}  // namespace

TEST_CASE("message sets of Kafka's classes become batches with the same records") {
  Decompressor decompressor;
  for (const std::int8_t magic : {std::int8_t{0}, std::int8_t{1}}) {
    for (const Codec codec : kOldCodecs) {
      INFO(set_name(magic, codec));
      const auto upgraded = upgrade(golden_set(set_name(magic, codec)));
      REQUIRE(upgraded);
      CHECK(upgraded->codec == codec);
      const auto samples = read_all(upgraded->batch, decompressor);
      REQUIRE(samples);
      CHECK(*samples == expected_samples(magic));
      const auto header = read_batch_header(upgraded->batch);
      REQUIRE(header);
      CHECK(header->base_offset == Offset(0));
      CHECK(header->codec() == Codec::none);
      CHECK(header->max_timestamp == (magic == 0 ? kNoTimestamp : kSampleTime + 10));
      CHECK(check_crc(upgraded->batch));
    }
  }
}

TEST_CASE("batches become the bytes that Kafka's classes write, compressed ones the same contents") {
  for (const std::int8_t magic : {std::int8_t{0}, std::int8_t{1}}) {
    const auto plain = downgrade({batch_at(100)}, {.magic = magic, .max_bytes = kPlenty});
    CHECK(plain.set == golden_set(set_name(magic, Codec::none)));
    for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4}) {
      INFO(set_name(magic, codec));
      const auto converted = downgrade({batch_at(100, codec)}, {.magic = magic, .max_bytes = kPlenty});
      const auto golden_bytes = golden_set(set_name(magic, codec));
      const auto theirs = read_message(golden_bytes);
      const auto ours = read_message(converted.set);
      REQUIRE(ours);
      REQUIRE(*ours);
      CHECK((*ours)->offset == (*theirs)->offset);
      CHECK((*ours)->timestamp == (*theirs)->timestamp);
      CHECK((*ours)->attributes == (*theirs)->attributes);
      Decompressor mine;
      Decompressor other;
      if (codec == Codec::lz4 && magic == 0) {
        // Magic, flags, block size, and the checksum that is wrong on purpose; the contents are read by the tests of Upgrade.
        CHECK(std::ranges::equal((*ours)->value->first(7), (*theirs)->value->first(7)));
        CHECK_FALSE(mine.decompress(codec, *(*ours)->value));
      } else {
        CHECK(std::ranges::equal(mine.decompress(codec, *(*ours)->value).value(), other.decompress(codec, *(*theirs)->value).value()));
      }
    }
  }
}

TEST_CASE("LogAppendTime is an attribute of format 1 and nothing in format 0") {
  BatchOptions options;
  options.base_offset = Offset(100);
  auto batch = build(small_samples(), options);
  patch_max_timestamp_and_type(batch, {.type = TimestampType::log_append_time, .max_timestamp = kSampleTime + 60'000});
  CHECK(downgrade({batch}, {.magic = 1, .max_bytes = kPlenty}).set == golden_set("v1-log-append-time"));
  CHECK(downgrade({batch}, {.magic = 0, .max_bytes = kPlenty}).set == golden_set("v0-none"));
  options.codec = Codec::gzip;
  auto compressed = build(small_samples(), options);
  patch_max_timestamp_and_type(compressed, {.type = TimestampType::log_append_time, .max_timestamp = kSampleTime + 60'000});
  const auto converted = downgrade({compressed}, {.magic = 1, .max_bytes = kPlenty});
  const auto ours = read_message(converted.set);
  const auto golden_bytes = golden_set("v1-log-append-time-gzip");
  const auto theirs = read_message(golden_bytes);
  CHECK((*ours)->attributes == (*theirs)->attributes);
  CHECK((*ours)->timestamp == (*theirs)->timestamp);
}

TEST_CASE("what was converted down comes back up unchanged") {
  Decompressor decompressor;
  auto samples = large_samples();
  for (const std::int8_t magic : {std::int8_t{0}, std::int8_t{1}}) {
    for (const Codec codec : kOldCodecs) {
      INFO(set_name(magic, codec));
      const auto down = downgrade({batch_at(7, codec, samples)}, {.magic = magic, .max_bytes = kPlenty});
      CHECK(down.rooms == std::vector{Downgrade::Room::left});
      const auto up = upgrade(down.set);
      REQUIRE(up);
      auto expected = samples;
      if (magic == 0) {
        for (Sample& sample : expected) sample.timestamp = kNoTimestamp;
      }
      CHECK(read_all(up->batch, decompressor).value() == expected);
    }
  }
}

TEST_CASE("a part of a message at the end is ignored, and a set of nothing else is empty") {
  auto set = golden_set("v1-none");
  const auto upgraded = upgrade(ByteView(set).first(set.size() - 1));
  REQUIRE(upgraded);
  CHECK(read_batch_header(upgraded->batch)->record_count == 4);
  CHECK(upgrade(ByteView(set).first(20))->batch.empty());
  CHECK(upgrade({})->batch.empty());
}

TEST_CASE("both formats may stand side by side") {
  auto set = one(message_with("new"));
  append_message(set, message_with("old", 0));
  const auto upgraded = upgrade(set);
  REQUIRE(upgraded);
  Decompressor decompressor;
  const auto samples = read_all(upgraded->batch, decompressor);
  REQUIRE(samples);
  CHECK(samples->at(0).timestamp == kSampleTime);
  CHECK(samples->at(1).timestamp == kNoTimestamp);
}

TEST_CASE("rule 36: damaged messages are corrupt") {
  const auto good = one(message_with("value"));
  auto crc = good;
  crc.back() ^= std::byte{1};
  CHECK(upgrade_error(crc) == Errc::corrupt);
  auto magic = good;
  magic[kMagicAt] = std::byte{9};
  CHECK(upgrade_error(magic) == Errc::corrupt);
  auto size = good;
  store_be(size.data() + 8, std::int32_t{13});
  CHECK(upgrade_error(size) == Errc::corrupt);
}

TEST_CASE("lengths that do not fit are corrupt although the checksum is right") {
  for (const std::int32_t length : {-2, 6, 4, INT32_MAX}) {
    auto set = one(message_with("value"));
    // Behind prefix, checksum, magic, attributes, timestamp and the null key.
    store_be(set.data() + 30, length);
    const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(set.data() + kMagicAt), set.size() - kMagicAt);
    store_be(set.data() + 12, static_cast<std::uint32_t>(sum));
    CHECK(upgrade_error(set) == Errc::corrupt);
  }
}

TEST_CASE("rule 35: a message over max.message.bytes is too large, as it was sent") {
  const auto set = one(message_with("value"));
  CHECK(upgrade(set, set.size()));
  CHECK(upgrade_error(set, set.size() - 1) == Errc::too_large);
}

TEST_CASE("a wrapper holds messages of its own format, no other wrapper, and is alone") {
  const auto plain = one(message_with("value"));
  const auto wrapper = wrapped(plain, Codec::gzip);
  CHECK(upgrade(wrapper));
  CHECK(upgrade_error(wrapped(wrapper, Codec::gzip)) == Errc::invalid_record);
  CHECK(upgrade_error(wrapped(one(message_with("value", 0)), Codec::gzip)) == Errc::invalid_record);
  CHECK(upgrade_error(wrapped({}, Codec::gzip)) == Errc::invalid_record);
  auto damaged = plain;
  damaged.back() ^= std::byte{1};
  CHECK(upgrade_error(wrapped(damaged, Codec::gzip)) == Errc::corrupt);
  CHECK(upgrade_error(wrapped(ByteView(plain).first(plain.size() - 1), Codec::gzip)) == Errc::invalid_record);
  for (const bool wrapper_first : {true, false}) {
    auto both = wrapper_first ? wrapper : plain;
    const auto& second = wrapper_first ? plain : wrapper;
    both.insert(both.end(), second.begin(), second.end());
    CHECK(upgrade_error(both) == Errc::invalid_record);
  }
  Message without_value;
  without_value.attributes = static_cast<std::int8_t>(Codec::gzip);
  CHECK(upgrade_error(one(without_value)) == Errc::invalid_record);
}

TEST_CASE("codecs that the old formats lack are invalid records, and bytes that no codec reads are corrupt") {
  Message message = message_with("no codec wrote this");
  for (const int codec : {4, 5, 6, 7}) {
    message.attributes = static_cast<std::int8_t>(codec);
    CHECK(upgrade_error(one(message)) == Errc::invalid_record);
  }
  for (const int codec : {1, 2, 3}) {
    message.attributes = static_cast<std::int8_t>(codec);
    CHECK(upgrade_error(one(message)) == Errc::corrupt);
  }
}

TEST_CASE("rule 38: a client's LogAppendTime is refused") {
  Message message = message_with("value");
  message.attributes = kLogAppendTimeBit;
  CHECK(upgrade_error(one(message)) == Errc::invalid_timestamp);
}

TEST_CASE("a wrapper that would grow beyond the limit is too large") {
  const std::string zeros(kPlenty, '\0');
  const auto bomb = wrapped(one(message_with(zeros)), Codec::gzip);
  const auto upgraded = Upgrade({.max_message_bytes = kPlenty, .max_plain_bytes = kPlenty / 2}).run(bomb);
  REQUIRE_FALSE(upgraded);
  CHECK(upgraded.error().code == Errc::too_large);
}

TEST_CASE("rule 85: records below the asked offset are left out of plain batches, compressed ones stay whole") {
  CHECK(offsets_of(downgrade({batch_at(10)}, {.first_offset = Offset(13), .max_bytes = kPlenty}).set) == std::vector<std::int64_t>{13, 14});
  const auto compressed = downgrade({batch_at(10, Codec::gzip)}, {.first_offset = Offset(13), .max_bytes = kPlenty});
  const auto up = upgrade(compressed.set);
  REQUIRE(up);
  CHECK(read_batch_header(up->batch)->record_count == 5);
}

TEST_CASE("whole messages up to the limit are given") {
  const auto all = downgrade({batch_at(0), batch_at(5)}, {.max_bytes = kPlenty});
  CHECK(offsets_of(all.set) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const auto exact = downgrade({batch_at(0), batch_at(5)}, {.max_bytes = all.set.size()});
  CHECK(exact.set == all.set);
  const auto less = downgrade({batch_at(0), batch_at(5)}, {.max_bytes = all.set.size() - 1});
  CHECK(offsets_of(less.set) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(less.rooms.back() == Downgrade::Room::used_up);
}

TEST_CASE("rule 75: a first message over the limit is cut for clients that grow their limit, and whole for the others") {
  for (const Codec codec : {Codec::none, Codec::gzip}) {
    const auto cut = downgrade({batch_at(0, codec)}, {.max_bytes = 20, .first_too_large = FirstTooLarge::cut});
    CHECK(cut.set.size() == 20);
    CHECK(offsets_of(cut.set) == std::vector<std::int64_t>{-1});
    const auto whole = downgrade({batch_at(0, codec)}, {.max_bytes = 20, .first_too_large = FirstTooLarge::whole});
    CHECK(offsets_of(whole.set) == std::vector<std::int64_t>{codec == Codec::none ? 0 : 4});
    CHECK(whole.rooms.back() == Downgrade::Room::used_up);
    const auto none = downgrade({batch_at(0, codec)}, {.max_bytes = 20, .first_too_large = FirstTooLarge::none});
    CHECK(none.set.empty());
    CHECK(none.rooms.back() == Downgrade::Room::used_up);
  }
}

TEST_CASE("control batches are skipped and a zstd batch ends the set") {
  BatchOptions control;
  control.control = true;
  control.base_offset = Offset(5);
  const auto marker = build({{kSampleTime, "k", "v", {}}}, control);
  CHECK(offsets_of(downgrade({batch_at(0), marker, batch_at(6)}, {.max_bytes = kPlenty}).set) ==
        std::vector<std::int64_t>{0, 1, 2, 3, 4, 6, 7, 8, 9, 10});
  const auto ended = downgrade({batch_at(0), batch_at(5, Codec::zstd)}, {.max_bytes = kPlenty});
  CHECK(offsets_of(ended.set) == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  CHECK(ended.rooms.back() == Downgrade::Room::used_up);
  Decompressor decompressor;
  Compressor compressor;
  Downgrade first({.max_bytes = kPlenty}, decompressor, compressor);
  const auto refused = first.add(batch_at(0, Codec::zstd));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unsupported_codec);
}

TEST_CASE("damaged sets and batches end in an error or in something whole, never in a crash") {
  const unsigned seed = 20'270'411;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::vector<std::vector<std::byte>> sets;
  std::vector<std::vector<std::byte>> batches;
  for (const Codec codec : kOldCodecs) {
    sets.push_back(golden_set(set_name(0, codec)));
    sets.push_back(golden_set(set_name(1, codec)));
    batches.push_back(batch_at(3, codec));
  }
  Decompressor decompressor;
  Compressor compressor;
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto set = sets[random() % sets.size()];
    for (unsigned change = random() % 4; change > 0; --change) set[random() % set.size()] = static_cast<std::byte>(random());
    if (random() % 2 == 0) set.resize(random() % set.size());
    // A right checksum lets the damage through to the parts behind it.
    if (set.size() > kMagicAt) {
      const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(set.data() + kMagicAt), set.size() - kMagicAt);
      store_be(set.data() + 12, static_cast<std::uint32_t>(sum));
    }
    const auto upgraded = upgrade(set);
    if (upgraded && !upgraded->batch.empty()) {
      REQUIRE(check_crc(upgraded->batch));
      ++taken;
    }
    auto batch = batches[random() % batches.size()];
    for (unsigned change = random() % 4; change > 0; --change) batch[random() % batch.size()] = static_cast<std::byte>(random());
    Downgrade conversion({.max_bytes = random() % 300}, decompressor, compressor);
    if (conversion.add(batch) && !conversion.set().empty()) ++taken;
  }
  CHECK(taken > 1000);
}
