// Paths of keys taken apart, and followed through the document.
#include "output/document.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

namespace streamline::cli {

namespace {

constexpr std::string_view kEach = "[].";

/// A key that becomes a column: below the list of rows, or beside it.
struct Place {
  std::string path;
  bool is_in_row = false;
  bool operator==(const Place&) const = default;
};

std::string_view without_front(std::string_view key) { return key.starts_with(kEach) ? key.substr(kEach.size()) : key; }

/// The list that a key lies in; empty: in none.
std::string_view list_of(std::string_view key) {
  const std::size_t at = key.find(kEach);
  return at == std::string_view::npos ? std::string_view() : key.substr(0, at);
}

std::string row_list(std::span<const Column> keys) {
  std::map<std::string_view, std::size_t> lengths;
  for (const Column& column : keys) {
    if (const auto list = list_of(without_front(column.key)); !list.empty()) ++lengths[list];
  }
  const auto longest = std::ranges::max_element(lengths, {}, [](const auto& entry) { return entry.second; });
  return longest == lengths.end() ? std::string() : std::string(longest->first);
}

std::vector<Place> places_of(std::span<const Column> keys, std::string_view rows) {
  std::vector<Place> places;
  for (const Column& column : keys) {
    std::string_view key = without_front(column.key);
    const std::string_view list = list_of(key);
    if (!list.empty() && list != rows) continue;
    if (!list.empty()) key.remove_prefix(list.size() + kEach.size());
    for (const std::string_view mark : {"[]", "{}"}) {
      if (key.ends_with(mark)) key.remove_suffix(mark.size());
    }
    // A list inside of a row is one cell.
    key = key.substr(0, key.find(kEach));
    // What holds other columns is none itself.
    const bool is_parent = std::ranges::any_of(keys, [&](const Column& other) {
      return other.key.size() > column.key.size() && other.key.starts_with(column.key) && other.key[column.key.size()] == '.';
    });
    if (is_parent) continue;
    const Place place{.path = std::string(key), .is_in_row = !list.empty()};
    if (places.empty() || places.back() != place) places.push_back(place);
  }
  return places;
}

Json at_path(const Json& value, std::string_view path) {
  const Json* at = &value;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(path.substr(0, dot)));
    if (found == at->end()) return nullptr;
    at = &*found;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return *at;
}

template <class Each>
void for_each(const Json& document, const Each& each) {
  if (!document.is_array()) return each(document);
  for (const Json& item : document) each(item);
}

}  // namespace

std::string document_csv(const Json& document, std::span<const Column> keys) {
  const std::string rows = row_list(keys);
  const std::vector<Place> places = places_of(keys, rows);
  std::vector<std::string> names;
  for (const Place& place : places) names.push_back(place.is_in_row ? rows + "." + place.path : place.path);
  std::vector<Column> columns;
  for (const std::string& name : names) columns.emplace_back(name, "", "");
  Listing listing(columns);
  for_each(document, [&](const Json& item) {
    const Json list = rows.empty() ? Json(nullptr) : at_path(item, rows);
    const auto add = [&](const Json& row) {
      std::vector<Json> cells;
      for (const Place& place : places) cells.push_back(at_path(place.is_in_row ? row : item, place.path));
      listing.add(std::move(cells));
    };
    if (!list.is_array() || list.empty()) return add(nullptr);
    for (const Json& row : list) add(row);
  });
  return listing.text(Output::csv);
}

std::string document_names(const Json& document, std::span<const Column> keys) {
  std::string names;
  const std::string first(keys.empty() ? std::string_view() : without_front(keys.front().key));
  for_each(document, [&](const Json& item) { names += cell_text(at_path(item, first)) + "\n"; });
  return names;
}

}  // namespace streamline::cli
