// What the encoders of Avro and Protobuf share: what JSON means as bytes and numbers, and where in it something does not fit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "output/json.h"

namespace streamline::cli {

/// A text, or the bytes of {"base64": …}.
std::optional<std::string> bytes_in(const Json& value);
/// A number, or the text of one that JSON does not have: NaN, Infinity, -Infinity.
std::optional<double> number_in(const Json& value);
/// Digits of hexadecimal; hyphens between them count nothing. malformed.
Result<std::string> from_hex(std::string_view text);
/// For complaints: no longer than a line.
std::string shown(const Json& value);

/// The way from the whole to what is being written, as JsonPath has it. The deepest place of a failure is kept.
class Place {
 public:
  class Step {
   public:
    Step(Place& place, std::string_view step) : place_(place), length_(place.path_.size()) { place.path_ += step; }
    ~Step() { place_.path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Place& place_;
    std::size_t length_;
  };

  /// `failure`, once the place is noted.
  Status keep(Status failure) {
    if (failed_at_.empty()) failed_at_ = path_;
    return failure;
  }
  /// The failure was of no account.
  void forget() { failed_at_.clear(); }
  Error with(Error error) const;

 private:
  std::string path_;
  std::string failed_at_;
};

}  // namespace streamline::cli
