// RecordFormat: rpk's --format language, parsed once and rendered per record.
//
//   %t topic   %p partition   %o offset   %e leader epoch   %d timestamp in ms   %k key   %v value   %h{…} headers
//   %T %K %V   lengths of topic, key and value        %H number of headers
//   %x producer id   %y producer epoch   %i number of the record in this run, from 1   %% %{ %} themselves
// Text takes {hex}, {base64} and {base64raw} behind it; numbers {hex64} … {hex4}, {big64} … {big8}, {little64} … {little8}, {byte};
// %d takes {strftime[…]} and {rfc3339}. Inside %h{…} %k and %v are the header's. Null is shown as nothing.
// \n \r \t \0 \\ \xHH are escapes. Source: rpk's documentation of `topic consume --format`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/consumer.h"

namespace streamline::cli {

/// The parts of a format; `literal` shows `text`.
enum class Verb : std::uint8_t {
  literal,
  topic,
  topic_length,
  partition,
  offset,
  leader_epoch,
  timestamp,
  key,
  key_length,
  value,
  value_length,
  headers,
  header_count,
  producer_id,
  producer_epoch,
  number,
};

struct FormatPart {
  Verb verb = Verb::literal;
  std::string text;
  /// What stands between the braces; for headers it is parsed into `inner`.
  std::string modifier;
  std::vector<FormatPart> inner;
};

class RecordFormat {
 public:
  /// invalid_argument names the verb or modifier that is unknown.
  static Result<RecordFormat> parse(std::string_view format);

  /// `number` counts the records of this run from 1.
  void render(std::string& out, const client::ConsumedRecord& record, std::int64_t number) const;

 private:
  std::vector<FormatPart> parts_;
};

}  // namespace streamline::cli
