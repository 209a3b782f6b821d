// Matching clients with subscriptions, and the times between their requests.
#include "broker/client_telemetry.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "config/client_metrics_config.h"

namespace streamline::broker {

namespace {

using wire::ErrorCode;

constexpr std::int64_t kDefaultIntervalMs = 300'000;
constexpr std::string_view kAllMetrics = "*";
/// Of one regular expression, compiled.
constexpr std::int64_t kMostPatternBytes = 64 * 1024;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options pattern_options() {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kMostPatternBytes);
  return options;
}

std::string known_by(const TelemetryClient& client, std::string_view what) {
  if (what == "client_id") return std::string(client.client_id);
  if (what == "client_instance_id") return client.instance.to_string();
  if (what == "client_software_name") return client.software_name;
  if (what == "client_software_version") return client.software_version;
  if (what == "client_source_address") return client.address;
  return fmt::format("{}", client.port);
}

}  // namespace

struct ClientTelemetry::Rule {
  config::ClientMetricsOptions options;
  std::vector<std::pair<std::string, std::unique_ptr<RE2>>> patterns;

  bool matches(const TelemetryClient& client) const {
    return std::ranges::all_of(patterns, [&](const auto& pattern) {
      return pattern.second->ok() && RE2::FullMatch(piece(known_by(client, pattern.first)), *pattern.second);
    });
  }
};

ClientTelemetry::ClientTelemetry() = default;
ClientTelemetry::~ClientTelemetry() = default;

Status ClientTelemetry::check(std::string_view name, const catalog::NamedConfig& subscription, const catalog::NamedConfigTable& all) {
  const auto own = config::client_metrics_options(subscription).patterns;
  for (const auto& pattern : own) {
    if (RE2(piece(pattern.expression), pattern_options()).ok()) continue;
    return fail(Errc::invalid_config, fmt::format("Illegal client matching pattern: {}={}", pattern.what, pattern.expression));
  }
  std::size_t subscriptions = 1;
  std::size_t patterns = own.size();
  for (const auto& [other, configs] : all) {
    if (other == name) continue;
    ++subscriptions;
    patterns += config::client_metrics_options(configs).patterns.size();
  }
  if (subscriptions > kMostSubscriptions) {
    return fail(Errc::invalid_argument, fmt::format("There may be {} client metrics subscriptions.", kMostSubscriptions));
  }
  if (patterns > kMostPatterns) {
    return fail(Errc::invalid_argument,
                fmt::format("All client metrics subscriptions together may have {} patterns; these would be {}.", kMostPatterns, patterns));
  }
  return {};
}

void ClientTelemetry::set_subscriptions(const catalog::NamedConfigTable& table) {
  std::vector<Rule> rules;
  for (const auto& [name, configs] : table) {
    Rule& rule = rules.emplace_back();
    rule.options = config::client_metrics_options(configs);
    for (const auto& pattern : rule.options.patterns) {
      rule.patterns.emplace_back(pattern.what, std::make_unique<RE2>(piece(pattern.expression), pattern_options()));
    }
  }
  has_subscriptions_.store(!rules.empty(), std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  ++rules_number_;
}

ClientTelemetry::Subscription ClientTelemetry::subscription_of(const TelemetryClient& client) const {
  Subscription subscription{.interval_ms = kDefaultIntervalMs};
  std::set<std::string> metrics;
  for (const Rule& rule : rules_) {
    if (!rule.matches(client)) continue;
    subscription.interval_ms = std::min(subscription.interval_ms, rule.options.interval_ms);
    metrics.insert(rule.options.metrics.begin(), rule.options.metrics.end());
  }
  if (metrics.contains(std::string(kAllMetrics))) metrics = {std::string(kAllMetrics)};
  subscription.metrics.assign(metrics.begin(), metrics.end());
  // A client that pushes for another one than this is told to ask again.
  const std::string text = fmt::format("{} {} {}", fmt::join(metrics, ","), subscription.interval_ms, client.instance.to_string());
  subscription.id = static_cast<std::int32_t>(crc32c(as_bytes(text)));
  return subscription;
}

ClientTelemetry::Instance& ClientTelemetry::instance(const TelemetryClient& client) {
  const auto found = instances_.find(client.instance);
  if (found != instances_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
  } else {
    if (instances_.size() >= kMostInstances) {
      instances_.erase(by_use_.back().id);
      by_use_.pop_back();
    }
    by_use_.push_front({.id = client.instance});
    instances_[client.instance] = by_use_.begin();
  }
  Instance& used = by_use_.front();
  if (used.rules_number != rules_number_) {
    const Subscription subscription = subscription_of(client);
    used = {
        .id = client.instance, .rules_number = rules_number_, .subscription_id = subscription.id, .interval_ms = subscription.interval_ms};
  }
  return used;
}

ClientTelemetry::Subscription ClientTelemetry::ask(const TelemetryClient& client, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  Instance& asking = instance(client);
  const bool must_ask =
      asking.last_error == ErrorCode::unknown_subscription_id || asking.last_error == ErrorCode::unsupported_compression_type;
  const std::int64_t last_ms = std::max(asking.last_ask_ms, asking.last_push_ms);
  if (now_ms - last_ms < asking.interval_ms && !must_ask) return {.error = ErrorCode::throttling_quota_exceeded};
  asking.last_ask_ms = now_ms;
  asking.has_asked = true;
  asking.last_error = ErrorCode::none;
  // Made again rather than kept: what clients are asked for may be long, and they are many.
  return subscription_of(client);
}

ErrorCode ClientTelemetry::push(const TelemetryClient& client, const Push& push, std::int64_t now_ms) {
  if (client.instance.is_zero()) return ErrorCode::invalid_request;
  const std::lock_guard lock(mutex_);
  Instance& pushing = instance(client);
  const ErrorCode error = judge(pushing, push, now_ms);
  if (error != ErrorCode::throttling_quota_exceeded) pushing.last_error = error;
  return error;
}

ErrorCode ClientTelemetry::judge(Instance& instance, const Push& push, std::int64_t now_ms) {
  if (instance.has_ended) return ErrorCode::invalid_request;
  // The first push after an answer may come at once, and the last one whenever it likes.
  const bool is_due = instance.has_asked || now_ms - instance.last_push_ms >= instance.interval_ms;
  if (!is_due && !push.is_last) return ErrorCode::throttling_quota_exceeded;
  if (is_due) {
    instance.last_push_ms = now_ms;
    instance.has_asked = false;
  }
  if (push.subscription_id != instance.subscription_id) return ErrorCode::unknown_subscription_id;
  if (!push.knows_codec) return ErrorCode::unsupported_compression_type;
  if (push.is_too_large) return ErrorCode::telemetry_too_large;
  instance.has_ended = push.is_last;
  return ErrorCode::none;
}

std::size_t ClientTelemetry::instance_count() const {
  const std::lock_guard lock(mutex_);
  return instances_.size();
}

}  // namespace streamline::broker
