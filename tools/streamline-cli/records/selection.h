// Selection: which of the records that are read are wanted: patterns in key, value and headers, conditions on JSON, and samples.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/consumer.h"
#include "records/decoder.h"
#include "records/json_path.h"

namespace re2 {
class RE2;
}

namespace streamline::cli {

struct SelectionOptions {
  /// Regular expressions (RE2's); a record is wanted when all of them are found.
  std::vector<std::string> in_value;
  std::vector<std::string> in_key;
  /// "NAME=REGEX": a header of that name whose value holds it.
  std::vector<std::string> in_header;
  /// Conditions on the value as JSON; all of them.
  std::vector<std::string> conditions;
  /// Of what is left every so many-th.
  std::int64_t sample = 1;
};

/// Belongs to one thread.
class Selection {
 public:
  /// invalid_argument names flag and place. `value_decoder` tells how a value becomes JSON for the conditions.
  static Result<Selection> make(const SelectionOptions& options, Decoder value_decoder);
  Selection();
  Selection(Selection&&) noexcept;
  Selection& operator=(Selection&&) noexcept;
  ~Selection();

  bool everything() const { return everything_; }
  bool wants(const client::ConsumedRecord& record);

 private:
  struct HeaderPattern {
    std::string name;
    std::unique_ptr<re2::RE2> pattern;
  };
  bool matches(const record::RecordView& record) const;

  std::vector<std::unique_ptr<re2::RE2>> in_value_;
  std::vector<std::unique_ptr<re2::RE2>> in_key_;
  std::vector<HeaderPattern> in_header_;
  std::vector<JsonCondition> conditions_;
  Decoder decoder_;
  std::int64_t sample_ = 1;
  std::int64_t matched_ = 0;
  bool everything_ = true;
};

}  // namespace streamline::cli
