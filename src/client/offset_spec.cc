// Parsing places and times, and asking ListOffsets for them.
#include "client/offset_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "wire/messages/list_offsets.h"

namespace streamline::client {

namespace {

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes exactly `digits` digits and the literal behind them off the front.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    if (text_.size() < count) return broken();
    int number = 0;
    for (const char c : text_.substr(0, count)) {
      if (c < '0' || c > '9') return broken();
      number = number * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    return number;
  }
  bool take(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) return false;
    last_ = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(std::string_view(&c, 1))) ok_ = false;
  }
  /// Digits behind the point as milliseconds; more than three are cut.
  int fraction() {
    int ms = 0;
    int seen = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), ++seen) {
      if (seen < 3) ms = ms * 10 + (text_.front() - '0');
    }
    ok_ = ok_ && seen > 0;
    for (; seen < 3; ++seen) ms *= 10;
    return ms;
  }
  char last() const { return last_; }
  bool at_end() const { return text_.empty(); }
  bool ok() const { return ok_; }
  void reject() { ok_ = false; }

 private:
  int broken() {
    ok_ = false;
    return 0;
  }
  std::string_view text_;
  char last_ = 0;
  bool ok_ = true;
};

/// Offset of a zone in minutes: Z, +hh:mm, -hh:mm, or nothing for UTC.
int zone_minutes(TimeText& text) {
  if (text.at_end() || text.take("Zz")) return 0;
  if (!text.take("+-")) {
    text.reject();
    return 0;
  }
  const int sign = text.last() == '-' ? -1 : 1;
  const int hours = text.digits(2);
  text.take(":");
  return sign * (hours * 60 + text.digits(2));
}

std::optional<std::int64_t> rfc3339_ms(std::string_view written) {
  TimeText text(written);
  const int year = text.digits(4);
  text.expect('-');
  const int month = text.digits(2);
  text.expect('-');
  const int day = text.digits(2);
  int hour = 0, minute = 0, second = 0, ms = 0, zone = 0;
  if (text.take("Tt ")) {
    hour = text.digits(2);
    text.expect(':');
    minute = text.digits(2);
    if (text.take(":")) second = text.digits(2);
    if (text.take(".")) ms = text.fraction();
    zone = zone_minutes(text);
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!text.ok() || !text.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((static_cast<std::int64_t>(days) * 24 + hour) * 60 + minute - zone) * 60'000 + second * 1000 + ms;
}

constexpr std::int64_t unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  return unit == "d" ? 86'400'000 : 0;
}

Attempt<Offset> ask_offset(Cluster& cluster, const TopicPartition& of, std::int64_t timestamp) {
  auto leader = cluster.leader_of(of.topic, of.partition);
  if (!leader) return std::unexpected(std::move(leader).error());
  wire::ListOffsetsRequest::ListOffsetsPartition partition;
  partition.partition_index = of.partition;
  partition.timestamp = timestamp;
  wire::ListOffsetsRequest::ListOffsetsTopic topic;
  topic.name = of.topic;
  topic.partitions = std::span(&partition, 1);
  wire::ListOffsetsRequest request;
  request.replica_id = -1;
  request.topics = std::span(&topic, 1);
  request.timeout_ms = static_cast<std::int32_t>(cluster.options().connection.request_timeout.count());
  auto reply = (*leader)->call<wire::ListOffsetsResponse>(request);
  if (!reply) return cluster.drop(*leader, std::move(reply).error());
  if ((*reply)->topics.size() != 1 || (*reply)->topics[0].partitions.size() != 1) {
    return std::unexpected(Failure{.error = {Errc::malformed, "ListOffsets was not answered for the partition asked"}});
  }
  const auto& answer = (*reply)->topics[0].partitions[0];
  if (answer.error_code != 0) {
    return std::unexpected(broker_failure(answer.error_code, fmt::format("offsets of partition {} of topic '{}'", of.partition, of.topic)));
  }
  if (reply->version == 0) return answer.old_style_offsets.empty() ? kNoOffset : Offset(answer.old_style_offsets[0]);
  return Offset(answer.offset);
}

Result<Offset> offset_at(Cluster& cluster, const TopicPartition& of, std::int64_t timestamp) {
  return cluster.retry(of.topic, [&] { return ask_offset(cluster, of, timestamp); });
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t kLongest = 100'000'000'000;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = whole_number(text.substr(0, digits));
  const std::int64_t unit = unit_ms(text.substr(digits));
  if (number && unit != 0 && *number <= kLongest / unit) return std::chrono::milliseconds(*number * unit);
  return fail(Errc::invalid_argument, fmt::format("'{}' is no duration; write 500ms, 90s, 5m, 1h or 2d", text));
}

Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms) {
  if (text.starts_with('-')) {
    if (const auto age = parse_duration(text.substr(1))) return now_ms - age->count();
  }
  if (const auto ms = whole_number(text); ms && *ms >= 0) return *ms;
  if (const auto ms = rfc3339_ms(text)) return *ms;
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no time; write milliseconds since 1970, 2026-01-31T12:00:00Z, or -90s, -5m, -1h, -2d", text));
}

Result<OffsetSpec> parse_offset_spec(std::string_view text, std::int64_t now_ms) {
  using Kind = OffsetSpec::Kind;
  if (text == "beginning" || text == "start" || text == "earliest") return OffsetSpec{.kind = Kind::beginning};
  if (text == "end" || text == "latest") return OffsetSpec{.kind = Kind::end};
  if (text.starts_with('@')) {
    auto time = parse_time(text.substr(1), now_ms);
    if (!time) return fail_with(std::move(time));
    return OffsetSpec{.kind = Kind::timestamp, .value = *time};
  }
  if (const auto number = whole_number(text)) {
    if (*number < 0 && *number > INT64_MIN) return OffsetSpec{.kind = Kind::before_end, .value = -*number};
    if (*number >= 0 && !text.starts_with('-')) return OffsetSpec{.kind = Kind::offset, .value = *number};
  }
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no place in a log; write beginning, end, an offset, -N for the last N, or @TIME", text));
}

Result<OffsetRange> offset_range(Cluster& cluster, const TopicPartition& of) {
  auto begin = offset_at(cluster, of, kEarliest);
  if (!begin) return fail_with(std::move(begin));
  auto end = offset_at(cluster, of, kLatest);
  if (!end) return fail_with(std::move(end));
  return OffsetRange{.begin = *begin, .end = *end};
}

Result<Offset> resolve(Cluster& cluster, const TopicPartition& of, const OffsetSpec& spec) {
  using Kind = OffsetSpec::Kind;
  if (spec.kind == Kind::beginning) return offset_at(cluster, of, kEarliest);
  if (spec.kind == Kind::end) return offset_at(cluster, of, kLatest);
  if (spec.kind == Kind::timestamp) {
    auto found = offset_at(cluster, of, spec.value);
    return found && *found == kNoOffset ? offset_at(cluster, of, kLatest) : found;
  }
  auto range = offset_range(cluster, of);
  if (!range) return fail_with(std::move(range));
  if (spec.kind == Kind::before_end) return std::max(range->begin, range->end - std::min(spec.value, range->end.value));
  if (spec.value >= range->begin.value && spec.value <= range->end.value) return Offset(spec.value);
  return fail(Errc::offset_out_of_range, fmt::format("offset {} of partition {} of topic '{}' is outside of {} to {}", spec.value,
                                                     of.partition, of.topic, range->begin.value, range->end.value));
}

}  // namespace streamline::client
