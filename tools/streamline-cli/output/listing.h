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

namespace streamline::cli {

/// Where a column is seen. All of them are in JSON, YAML and CSV.
enum class Shown : std::uint8_t { always, wide, data };

/// A key of an answer. In a document `key` is a path such as "partitions[].leader", and nothing is a column.
struct Column {
  std::string_view key;
  /// Above the column of a table.
  std::string_view title;
  std::string_view meaning;
  Shown shown = Shown::always;
};

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
  std::string text(Output output) const;

 private:
  std::string table(Output output) const;
  std::string csv() const;

  std::span<const Column> columns_;
  std::vector<std::vector<Json>> rows_;
};

/// The keys and what they mean, as `-o help` prints them.
std::string keys_text(std::span<const Column> columns);

}  // namespace streamline::cli
