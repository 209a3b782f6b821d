// The three forms of a record.
#include "record_printer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "text.h"

namespace streamline::cli {

namespace {

using Json = nlohmann::ordered_json;

Json json_bytes(std::optional<ByteView> bytes) {
  if (!bytes) return nullptr;
  if (is_utf8(*bytes)) return std::string(as_text(*bytes));
  return {{"base64", base64(*bytes)}};
}

/// One line: topic, partition, offset, timestamp (ms), headers[] (key, value), key, value. Bytes that are not UTF-8 are {"base64": "…"}.
void put_json(std::string& out, const std::string& topic, const client::ConsumedRecord& consumed) {
  const record::RecordView& record = consumed.record;
  Json headers = Json::array();
  for (const record::HeaderView header : record.headers)
    headers.push_back({{"key", json_bytes(as_bytes(header.key))}, {"value", json_bytes(header.value)}});
  const Json line{
      {"topic", topic},     {"partition", consumed.partition}, {"offset", record.offset.value},    {"timestamp", record.timestamp},
      {"headers", headers}, {"key", json_bytes(record.key)},   {"value", json_bytes(record.value)}};
  out += line.dump() + "\n";
}

constexpr std::string_view kRow = "{:<9}  {:<12}  {:<24}  {:<20}  {}\n";

void put_row(std::string& out, const client::ConsumedRecord& consumed) {
  const record::RecordView& record = consumed.record;
  const auto cell = [](std::optional<ByteView> bytes) {
    if (!bytes) return std::string("-");
    return is_utf8(*bytes) ? std::string(as_text(*bytes)) : "base64:" + base64(*bytes);
  };
  out += fmt::format(fmt::runtime(kRow), consumed.partition, record.offset.value, rfc3339(record.timestamp), cell(record.key),
                     cell(record.value));
}

}  // namespace

RecordPrinter::RecordPrinter(Output output, const std::string& topic, const ConsumePlan& planned)
    : output_(output), topic_(topic), planned_(planned) {
  if (output_ == Output::table) text_ = fmt::format(fmt::runtime(kRow), "PARTITION", "OFFSET", "TIMESTAMP", "KEY", "VALUE");
}

Status RecordPrinter::show(std::span<const client::ConsumedRecord> records) {
  for (const auto& record : records) {
    if (complete()) break;
    ++shown_;
    if (output_ == Output::json)
      put_json(text_, topic_, record);
    else if (output_ == Output::table)
      put_row(text_, record);
    else
      planned_.format.render(text_, topic_, record, shown_);
  }
  return write();
}

Status RecordPrinter::write() {
  auto printed = print(text_);
  text_.clear();
  return printed;
}

}  // namespace streamline::cli
