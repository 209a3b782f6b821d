// The forms of a listing.
#include "output/listing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "output/table.h"

namespace streamline::cli {

namespace {

/// RFC 4180: quoted where it holds a comma, a quote or a line end.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  // U+0080 to U+009F in UTF-8: terminals obey some of them as they do an escape.
  for (std::size_t at = text.find('\xc2'); at != std::string::npos; at = text.find('\xc2', at + 1)) {
    const bool is_control = at + 1 < text.size() && (static_cast<unsigned char>(text[at + 1]) & 0xe0U) == 0x80U;
    if (is_control) text.replace(at, 2, "?");
  }
  return text;
}

std::string_view type_text(Type type) {
  switch (type) {
    case Type::text: return "text";
    case Type::text_or_null: return "text or null";
    case Type::integer: return "integer";
    case Type::integer_or_null: return "integer or null";
    case Type::number: return "number";
    case Type::number_or_null: return "number or null";
    case Type::boolean: return "true or false";
    case Type::texts: return "list of text";
    case Type::integers: return "list of integer";
    case Type::object: return "object of text";
    case Type::object_or_null: return "object or null";
    case Type::any: break;
  }
  return "any";
}

void Listing::add(std::vector<Json> cells) {
  SL_ASSERT(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

Json Listing::json() const {
  Json all = Json::array();
  for (const auto& row : rows_) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) object[std::string(columns_[i].key)] = row[i];
    all.push_back(std::move(object));
  }
  return all;
}

std::string Listing::table(Output output, Paint paint) const {
  const auto is_seen = [&](const Column& column) {
    return column.shown == Shown::always || (column.shown == Shown::wide && output == Output::wide);
  };
  std::vector<std::string> titles;
  for (const Column& column : columns_) {
    if (is_seen(column)) titles.emplace_back(column.title);
  }
  Table table(std::move(titles));
  for (const auto& row : rows_) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (is_seen(columns_[i])) cells.push_back(printable(cell_text(row[i])));
    }
    table.add(std::move(cells));
  }
  return table.text(paint);
}

std::string Listing::csv() const {
  std::string text;
  for (const Column& column : columns_) text += fmt::format("{}{}", text.empty() ? "" : ",", column.key);
  text += '\n';
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ",", csv_cell(cell_text(row[i])));
    text += '\n';
  }
  return text;
}

std::string Listing::text(Output output, Paint paint) const {
  switch (output) {
    case Output::json: return json_text(json());
    case Output::yaml: return yaml_text(json());
    case Output::csv: return csv();
    case Output::name: break;
    case Output::plain:
    case Output::table:
    case Output::wide: return table(output, paint);
  }
  std::string names;
  for (const auto& row : rows_) names += cell_text(row[0]) + "\n";
  return names;
}

std::string keys_text(std::span<const Column> columns) {
  Table table({"KEY", "TYPE", "MEANING"});
  for (const Column& column : columns)
    table.add({std::string(column.key), std::string(type_text(column.type)), std::string(column.meaning)});
  return fmt::format("Keys of json, yaml and csv, version {}:\n{}", kOutputVersion, table.text());
}

}  // namespace streamline::cli
