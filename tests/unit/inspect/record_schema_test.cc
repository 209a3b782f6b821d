// Tests of records shown by their schemas, against the codecs that the broker uses.
#include "inspect/record_schema.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "inspect/internal_record.h"
#include "wire/messages/offset_commit_key.h"
#include "wire/messages/offset_commit_value.h"
#include "wire/messages/transaction_log_key.h"
#include "wire/messages/transaction_log_value.h"
#include "wire/record_codec.h"

namespace streamline::inspect {
namespace {

nlohmann::json shown(Family family, ByteView key, std::optional<ByteView> value) {
  record::RecordView record;
  record.key = key;
  record.value = value;
  Line line(Format::json, "record");
  put_internal_record(line, family, record);
  return nlohmann::json::parse(line.finish());
}

std::vector<std::byte> offset_key() {
  wire::OffsetCommitKey key;
  key.group = "g";
  key.topic = "t";
  key.partition = 3;
  return wire::encode_key(key);
}

TEST_CASE("an offset commit is shown in each of its versions") {
  wire::OffsetCommitValue value;
  value.offset = 42;
  value.metadata = "m";
  value.commit_timestamp = 7;
  for (std::int16_t version = wire::OffsetCommitValue::kMinVersion; version <= wire::OffsetCommitValue::kMaxVersion; ++version) {
    const auto json = shown(Family::groups, offset_key(), wire::encode_versioned(value, version));
    INFO(json.dump());
    CHECK(json["record"] == "OffsetCommit");
    CHECK(json["key"] == nlohmann::json{{"group", "g"}, {"topic", "t"}, {"partition", 3}});
    CHECK(json["value"]["offset"] == 42);
    CHECK(json["value"]["metadata"] == "m");
    CHECK(json["value"]["commit_timestamp"] == 7);
    CHECK(json["value"].contains("expire_timestamp") == (version == 1));
    CHECK_FALSE(json.contains("note"));
  }
}

TEST_CASE("a tombstone has a null value") { CHECK(shown(Family::groups, offset_key(), std::nullopt)["value"].is_null()); }

TEST_CASE("arrays, structs, nulls and tagged fields are shown") {
  wire::TransactionLogKey key;
  key.transactional_id = "tx";
  wire::TransactionLogValue value;
  value.producer_id = 9;
  value.next_producer_id = 10;
  value.transaction_status = 1;
  const auto json = shown(Family::transactions, wire::encode_key(key), wire::encode_versioned(value, 1));
  INFO(json.dump());
  CHECK(json["key"]["transactional_id"] == "tx");
  CHECK(json["value"]["next_producer_id"] == 10);
  CHECK_FALSE(json["value"].contains("previous_producer_id"));
  CHECK(json["value"].contains("transaction_partitions"));
}

TEST_CASE("every schema of a coordinator has a key and a value") {
  for (const RecordSchema& schema : record_schemas()) {
    if (schema.family == Family::none) continue;
    INFO(schema.name);
    CHECK(find_schema(schema.family, schema.type, "Key") != nullptr);
    CHECK(find_schema(schema.family, schema.type, "Value") != nullptr);
  }
}

TEST_CASE("a key of a type that is not known is shown as bytes with a note") {
  const auto json = shown(Family::groups, as_bytes(std::string_view("\x00\x63zz", 4)), as_bytes("v"));
  CHECK(json["note"] == "key of type 99, which this version does not know");
  CHECK(json["key_base64"] == "AGN6eg==");
  CHECK(json["value"] == "v");
}

TEST_CASE("a value that its schema does not fit is shown as bytes with a note") {
  std::vector<std::byte> value = wire::encode_versioned(wire::OffsetCommitValue{}, 3);
  const int damage = GENERATE(0, 1, 2);
  if (damage == 0) value.resize(value.size() - 1);
  if (damage == 1) value.push_back(std::byte{1});
  if (damage == 2) value[1] = std::byte{77};  // of an unknown version
  const auto json = shown(Family::groups, offset_key(), value);
  CHECK(json["record"] == "OffsetCommit");
  CHECK(json["key"]["group"] == "g");
  CHECK(json.contains("value_base64"));
  CHECK(json["note"].get<std::string>().find("OffsetCommitValue") != std::string::npos);
}

TEST_CASE("a record without a key is shown as it is") {
  record::RecordView record;
  record.value = as_bytes("v");
  Line line(Format::text, "record");
  put_internal_record(line, Family::share, record);
  CHECK(line.finish() == "record   key=null value=\"v\" note=\"no key with a type\"\n");
}

}  // namespace
}  // namespace streamline::inspect
