// RecordPrinter: the consumed records that are wanted on standard output, in the form that was asked for, and no more than were asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "client/consumer.h"
#include "records/consume_plan.h"

namespace streamline::cli {

class RecordPrinter {
 public:
  struct Content;
  /// `planned` outlives the printer.
  RecordPrinter(Output output, ConsumePlan& planned);

  /// Prints what is wanted of `records`; how many of them, from the first on, it has looked at: fewer than all once it is complete().
  /// malformed where a key or value cannot be decoded as was asked.
  Result<std::size_t> show(std::span<const client::ConsumedRecord> records);
  /// What is not printed yet.
  Status write();
  bool complete() const { return shown_ >= planned_.count; }
  /// Records so far.
  std::int64_t shown() const { return shown_; }

 private:
  Status put(const client::ConsumedRecord& record);
  void put_in_form(const client::ConsumedRecord& record, const Content& key, const Content& value);
  Status put_decoded(const client::ConsumedRecord& record);

  Output output_;
  ConsumePlan& planned_;
  bool decodes_;
  std::string text_;
  std::int64_t shown_ = 0;
};

}  // namespace streamline::cli
