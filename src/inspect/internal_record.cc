// Finds the schemas of a record and shows it.
#include "inspect/internal_record.h"

#include <fmt/format.h>

#include <string>

#include "wire/record_codec.h"

namespace streamline::inspect {
namespace {

constexpr std::size_t kPrefixBytes = 2;
/// Keys of coordinator records have one version; their number is the type.
constexpr std::int16_t kKeyVersion = 0;

Status put_key(Line& line, Family family, int type, ByteView key) {
  const RecordSchema* schema = find_schema(family, type, "Key");
  if (schema == nullptr) return fail(Errc::unsupported, fmt::format("key of type {}, which this version does not know", type));
  line.word("record", schema->name.substr(0, schema->name.size() - std::string_view("Key").size()));
  return put_record(line, "key", *schema, kKeyVersion, key.subspan(kPrefixBytes));
}

Status put_value(Line& line, Family family, int type, ByteView value) {
  const RecordSchema* schema = find_schema(family, type, "Value");
  if (schema == nullptr) return fail(Errc::unsupported, fmt::format("value of type {}, which this version does not know", type));
  const Result<std::int16_t> version = wire::decode_prefix(value);
  if (!version) return fail(Errc::malformed, "value without a version");
  return put_record(line, "value", *schema, *version, value.subspan(kPrefixBytes));
}

}  // namespace

Family family_of_topic(std::string_view topic) {
  if (topic == "__consumer_offsets") return Family::groups;
  if (topic == "__transaction_state") return Family::transactions;
  if (topic == "__share_group_state") return Family::share;
  return Family::none;
}

void put_internal_record(Line& line, Family family, const record::RecordView& record) {
  const Result<std::int16_t> type = record.key ? wire::decode_prefix(*record.key) : fail(Errc::malformed, "no key");
  Status shown = type ? put_key(line, family, *type, *record.key) : fail(Errc::malformed, "no key with a type");
  if (!shown) {
    line.contents("key", record.key).contents("value", record.value).word("note", shown.error().text);
    return;
  }
  if (!record.value) {
    line.null("value");
    return;
  }
  shown = put_value(line, family, *type, *record.value);
  if (!shown) line.contents("value", record.value).word("note", shown.error().text);
}

void put_control_record(Line& line, const record::RecordView& record) {
  // Key: version and type of the control record. Type 0 is an abort, 1 a commit, the rest Raft's own.
  constexpr std::size_t kControlKeyBytes = 4;
  if (!record.key || record.key->size() < kControlKeyBytes) {
    line.contents("key", record.key).contents("value", record.value).word("note", "no control record");
    return;
  }
  const auto type = load_be<std::int16_t>(record.key->data() + kPrefixBytes);
  line.word("control", type == 0 ? "abort" : type == 1 ? "commit" : fmt::format("type-{}", type));
  constexpr std::size_t kMarkerBytes = 6;
  if ((type == 0 || type == 1) && record.value && record.value->size() >= kMarkerBytes) {
    line.number("coordinator_epoch", std::int64_t{load_be<std::int32_t>(record.value->data() + kPrefixBytes)});
  } else if (record.value) {
    line.contents("value", record.value);
  }
}

}  // namespace streamline::inspect
