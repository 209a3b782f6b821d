// Listing: rows under named columns, shown as a table, JSON, YAML, CSV or bare names. The columns are also what `-o help` and the
// command reference print of a command's answer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "output/json.h"
#include "output/output.h"
#include "output/paint.h"

namespace streamline::cli {

/// Where a column is seen. All of them are in JSON, YAML and CSV.
enum class Shown : std::uint8_t { always, wide, data };

/// What JSON holds under a key.
enum class Type : std::uint8_t {
  text,
  text_or_null,
  integer,
  integer_or_null,
  number,
  number_or_null,
  boolean,
  texts,
  integers,
  /// Of keys that an answer chooses, each with a text.
  object,
  /// Of the keys that follow it.
  object_or_null,
  any,
};
/// As `-o help` prints it: "text", "text or null", "list of integer" ...
std::string_view type_text(Type type);

/// A key of an answer. In a document `key` is a path such as "partitions[].leader", and nothing is a column.
struct Column {
  constexpr Column(std::string_view its_key, std::string_view its_title, std::string_view its_meaning, Type its_type,
                   Shown is_shown = Shown::always)
      : key(its_key), title(its_title), meaning(its_meaning), type(its_type), shown(is_shown) {}
  constexpr Column(std::string_view its_key, std::string_view its_title, std::string_view its_meaning, Shown is_shown = Shown::always)
      : Column(its_key, its_title, its_meaning, Type::text, is_shown) {}

  std::string_view key;
  /// Above the column of a table.
  std::string_view title;
  std::string_view meaning;
  Type type;
  Shown shown;
};

/// Control characters as '?': in a name they would let it write anywhere on the terminal.
std::string printable(std::string text);

class Listing {
 public:
  /// `columns` outlive the listing; the first is the row's name.
  explicit Listing(std::span<const Column> columns) : columns_(columns) {}

  /// A cell for each column; null where nothing is known.
  void add(std::vector<Json> cells);
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }
  /// An array with an object for each row.
  Json json() const;
  std::string text(Output output, Paint paint = Paint::none) const;

 private:
  std::string table(Output output, Paint paint) const;
  std::string csv() const;

  std::span<const Column> columns_;
  std::vector<std::vector<Json>> rows_;
};

/// The keys, their types and what they mean, as `-o help` prints them.
std::string keys_text(std::span<const Column> columns);

}  // namespace streamline::cli
