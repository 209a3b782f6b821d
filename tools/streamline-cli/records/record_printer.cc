// The forms of a record.
#include "records/record_printer.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "output/text.h"

namespace streamline::cli {

/// A key or value as it is shown: bytes, or what they were decoded to.
struct RecordPrinter::Content {
  std::optional<ByteView> bytes{};
  bool is_decoded = false;
  Json decoded{};
};

namespace {

using Content = RecordPrinter::Content;

void put_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain, at - plain);
    plain = at + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kDigits[c >> 4];
        out += kDigits[c & 15];
    }
  }
  out += text.substr(plain);
  out += '"';
}

void put_json_bytes(std::string& out, const std::optional<ByteView>& bytes) {
  if (!bytes) {
    out += "null";
  } else if (is_utf8(*bytes)) {
    put_json_string(out, as_text(*bytes));
  } else {
    out += "{\"base64\":\"" + base64(*bytes) + "\"}";
  }
}

void put_json_content(std::string& out, const Content& content) {
  if (content.is_decoded)
    out += content.decoded.dump(-1, ' ', false, Json::error_handler_t::replace);
  else
    put_json_bytes(out, content.bytes);
}

/// One line: topic, partition, offset, timestamp (ms), headers[] (key, value), key, value. Bytes that are not UTF-8 are {"base64": "…"}.
void put_json(std::string& out, const client::ConsumedRecord& consumed, const Content& key, const Content& value) {
  const record::RecordView& record = consumed.record;
  out += "{\"topic\":";
  put_json_string(out, consumed.topic);
  fmt::format_to(std::back_inserter(out), ",\"partition\":{},\"offset\":{},\"timestamp\":{},\"headers\":[", consumed.partition,
                 record.offset.value, record.timestamp);
  bool first = true;
  for (const record::HeaderView header : record.headers) {
    out += first ? "{\"key\":" : ",{\"key\":";
    first = false;
    put_json_bytes(out, as_bytes(header.key));
    out += ",\"value\":";
    put_json_bytes(out, header.value);
    out += '}';
  }
  out += "],\"key\":";
  put_json_content(out, key);
  out += ",\"value\":";
  put_json_content(out, value);
  out += "}\n";
}

std::string content_text(const Content& content) {
  if (content.is_decoded)
    return content.decoded.is_string() ? content.decoded.get<std::string>()
                                       : content.decoded.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!content.bytes) return {};
  return is_utf8(*content.bytes) ? std::string(as_text(*content.bytes)) : "base64:" + base64(*content.bytes);
}

constexpr std::string_view kRow = "{:<9}  {:<12}  {:<24}  {:<20}  {}\n";
constexpr std::string_view kWideRow = "{:<20}  {:<9}  {:<12}  {:<24}  {:<20}  {:<20}  {}\n";

std::string headers_text(const client::ConsumedRecord& consumed) {
  std::string text;
  for (const record::HeaderView header : consumed.record.headers)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", content_text({.bytes = as_bytes(header.key)}),
                        content_text({.bytes = header.value}));
  return text.empty() ? "-" : text;
}

void put_row(std::string& out, Output output, const client::ConsumedRecord& consumed, const Content& key, const Content& value) {
  const auto cell = [](const Content& content) { return content.bytes ? content_text(content) : std::string("-"); };
  if (output == Output::wide) {
    out += fmt::format(fmt::runtime(kWideRow), consumed.topic, consumed.partition, consumed.record.offset.value,
                       rfc3339(consumed.record.timestamp), headers_text(consumed), cell(key), cell(value));
    return;
  }
  out += fmt::format(fmt::runtime(kRow), consumed.partition, consumed.record.offset.value, rfc3339(consumed.record.timestamp), cell(key),
                     cell(value));
}

constexpr std::array kCsvKeys = {Column{"topic", "", ""},
                                 Column{"partition", "", "", Type::integer},
                                 Column{"offset", "", "", Type::integer},
                                 Column{"timestamp", "", "", Type::integer},
                                 Column{"key", "", ""},
                                 Column{"value", "", ""}};

void put_csv(std::string& out, const client::ConsumedRecord& consumed, const Content& key, const Content& value) {
  Listing row(kCsvKeys);
  row.add({std::string(consumed.topic), consumed.partition, consumed.record.offset.value, consumed.record.timestamp, content_text(key),
           content_text(value)});
  const std::string text = row.text(Output::csv);
  out += std::string_view(text).substr(text.find('\n') + 1);
}

/// A list of one; all of them together are one list.
void put_yaml(std::string& out, const client::ConsumedRecord& consumed, const Content& key, const Content& value) {
  std::string line;
  put_json(line, consumed, key, value);
  out += yaml_text(Json::array({Json::parse(line, nullptr, false)}));
}

Result<Content> content_of(const client::ConsumedRecord& consumed, std::string_view what, std::optional<ByteView> bytes,
                           const std::optional<Decoder>& decoder) {
  Content content{.bytes = bytes};
  if (!bytes || !decoder) return content;
  auto decoded = decoder->decode(*bytes);
  if (!decoded) {
    return fail(Errc::malformed, fmt::format("{} of offset {} of partition {} of topic '{}': {}", what, consumed.record.offset.value,
                                             consumed.partition, consumed.topic, decoded.error().text));
  }
  content.is_decoded = true;
  content.decoded = std::move(decoded->value);
  return content;
}

}  // namespace

RecordPrinter::RecordPrinter(Output output, ConsumePlan& planned)
    : output_(output), planned_(planned), decodes_(planned.decode_key || planned.decode_value) {
  if (output_ == Output::wide)
    text_ = fmt::format(fmt::runtime(kWideRow), "TOPIC", "PARTITION", "OFFSET", "TIMESTAMP", "HEADERS", "KEY", "VALUE");
  if (output_ == Output::table) text_ = fmt::format(fmt::runtime(kRow), "PARTITION", "OFFSET", "TIMESTAMP", "KEY", "VALUE");
  if (output_ == Output::csv) text_ = Listing(kCsvKeys).text(Output::csv);
}

Status RecordPrinter::put_decoded(const client::ConsumedRecord& record) {
  auto key = content_of(record, "key", record.record.key, planned_.decode_key);
  if (!key) return fail_with(std::move(key));
  auto value = content_of(record, "value", record.record.value, planned_.decode_value);
  if (!value) return fail_with(std::move(value));
  if (planned_.pick && value->is_decoded) {
    const Json* picked = planned_.pick->find(value->decoded);
    Json found = picked == nullptr ? Json(nullptr) : *picked;
    value->decoded = std::move(found);
  }
  if (output_ != Output::plain) {
    put_in_form(record, *key, *value);
  } else {
    const std::string key_text = key->is_decoded ? content_text(*key) : std::string();
    const std::string value_text = value->is_decoded ? content_text(*value) : std::string();
    client::ConsumedRecord shown = record;
    if (key->is_decoded) shown.record.key = as_bytes(key_text);
    if (value->is_decoded) shown.record.value = as_bytes(value_text);
    planned_.format.render(text_, shown, shown_);
  }
  return {};
}

void RecordPrinter::put_in_form(const client::ConsumedRecord& record, const Content& key, const Content& value) {
  switch (output_) {
    case Output::json: return put_json(text_, record, key, value);
    case Output::yaml: return put_yaml(text_, record, key, value);
    case Output::csv: return put_csv(text_, record, key, value);
    case Output::name: text_ += fmt::format("{}/{}@{}\n", record.topic, record.partition, record.record.offset.value); return;
    case Output::plain:
    case Output::table:
    case Output::wide: return put_row(text_, output_, record, key, value);
  }
}

Status RecordPrinter::put(const client::ConsumedRecord& record) {
  if (decodes_) return put_decoded(record);
  const Content key{.bytes = record.record.key};
  const Content value{.bytes = record.record.value};
  put_in_form(record, key, value);
  return {};
}

Result<std::size_t> RecordPrinter::show(std::span<const client::ConsumedRecord> records) {
  std::size_t seen = 0;
  const bool is_formatted = output_ == Output::plain && !decodes_;
  for (const auto& record : records) {
    if (complete()) break;
    ++seen;
    if (!planned_.selection.wants(record)) continue;
    ++shown_;
    if (is_formatted) {
      planned_.format.render(text_, record, shown_);
      continue;
    }
    if (auto done = put(record); !done) {
      // What stood before the bad record is shown: the error then tells where to go on.
      if (auto written = write(); !written) return fail_with(std::move(written));
      return fail_with(std::move(done));
    }
  }
  if (auto written = write(); !written) return fail_with(std::move(written));
  return seen;
}

Status RecordPrinter::write() {
  auto printed = print(text_);
  text_.clear();
  return printed;
}

}  // namespace streamline::cli
