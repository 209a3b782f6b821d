// CheckReport: counts what a check sees and hands findings on.
#pragma once

#include <utility>

#include "inspect/check.h"

namespace streamline::inspect {

class CheckReport {
 public:
  explicit CheckReport(CheckObserver& observer) : observer_(observer) {}

  void add(Finding finding) {
    ++(finding.severity == Severity::error ? summary_.errors : summary_.notes);
    observer_.found(finding);
  }
  void note(std::string_view what, std::string file, std::string text) {
    add({.severity = Severity::note, .what = what, .file = std::move(file), .text = std::move(text)});
  }
  void error(std::string_view what, std::string file, std::string text) {
    add({.severity = Severity::error, .what = what, .file = std::move(file), .text = std::move(text)});
  }
  void mended(const std::string& file, const std::string& text) { observer_.mended(file, text); }

  void expect_bytes(std::uint64_t bytes) { progress_.bytes_total += bytes; }
  void read_bytes(std::uint64_t bytes) {
    constexpr std::uint64_t kStepBytes = 8U << 20U;
    progress_.bytes_done += bytes;
    if (progress_.bytes_done - told_ < kStepBytes) return;
    told_ = progress_.bytes_done;
    observer_.advanced(progress_);
  }
  CheckSummary& summary() { return summary_; }
  const CheckSummary& summary() const { return summary_; }

 private:
  CheckObserver& observer_;
  CheckSummary summary_;
  CheckProgress progress_;
  std::uint64_t told_ = 0;
};

}  // namespace streamline::inspect
