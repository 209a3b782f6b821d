// RecordPrinter: consumed records on standard output, in the form that was asked for, and no more than were asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "client/consumer.h"
#include "consume_plan.h"

namespace streamline::cli {

class RecordPrinter {
 public:
  RecordPrinter(Output output, const std::string& topic, const ConsumePlan& planned);

  /// Prints as many of `records` as are still wanted.
  Status show(std::span<const client::ConsumedRecord> records);
  /// What is not printed yet.
  Status write();
  bool complete() const { return shown_ >= planned_.count; }
  /// Records so far.
  std::int64_t shown() const { return shown_; }

 private:
  Output output_;
  const std::string& topic_;
  const ConsumePlan& planned_;
  std::string text_;
  std::int64_t shown_ = 0;
};

}  // namespace streamline::cli
