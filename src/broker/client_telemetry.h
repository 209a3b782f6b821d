// ClientTelemetry: which clients are asked for which metrics, who they are, and when they may come again (KIP-714, rule 137).
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "catalog/named_configs.h"
#include "wire/error_code.h"

namespace streamline::broker {

/// What a client is known by when subscriptions are matched.
struct TelemetryClient {
  Uuid instance = {};
  std::string_view client_id = {};
  std::string software_name = {};
  std::string software_version = {};
  std::string address = {};
  std::uint16_t port = 0;
};

class ClientTelemetry {
 public:
  /// Clients remembered at most; those that were not heard of for longest are forgotten first, and are asked anew when they come again.
  static constexpr std::size_t kMostInstances = 16'384;

  ClientTelemetry();
  ~ClientTelemetry();
  ClientTelemetry(const ClientTelemetry&) = delete;
  ClientTelemetry& operator=(const ClientTelemetry&) = delete;

  /// Subscriptions, and patterns of all of them together: each takes memory when it is compiled, and time for every client that asks.
  static constexpr std::size_t kMostSubscriptions = 1000;
  static constexpr std::size_t kMostPatterns = 500;
  /// Whether the subscription of that name may be such beside the others in `all`. Errc::invalid_config (a pattern that is no regular
  /// expression), invalid_argument (too many).
  static Status check(std::string_view name, const catalog::NamedConfig& subscription, const catalog::NamedConfigTable& all);
  /// What catalog::kClientMetrics says now. A pattern that is no regular expression matches nobody.
  void set_subscriptions(const catalog::NamedConfigTable& table);

  /// Whether any client is asked for anything.
  bool has_subscriptions() const { return has_subscriptions_.load(std::memory_order_relaxed); }

  struct Subscription {
    wire::ErrorCode error = wire::ErrorCode::none;
    std::int32_t id = 0;
    std::int64_t interval_ms = 0;
    std::vector<std::string> metrics = {};
  };
  /// The client asks what it shall push. Errors: throttling_quota_exceeded.
  Subscription ask(const TelemetryClient& client, std::int64_t now_ms);

  struct Push {
    std::int32_t subscription_id = 0;
    bool is_last = false;     ///< the client ends
    bool knows_codec = true;  ///< the broker can read it
    bool is_too_large = false;
  };
  /// The client pushes. Errors: invalid_request (no instance id, or after its last), throttling_quota_exceeded, unknown_subscription_id,
  /// unsupported_compression_type, telemetry_too_large.
  wire::ErrorCode push(const TelemetryClient& client, const Push& push, std::int64_t now_ms);

  std::size_t instance_count() const;

 private:
  struct Rule;
  struct Instance {
    Uuid id = {};
    std::uint64_t rules_number = 0;  // of the rules that what follows was made from
    std::int32_t subscription_id = 0;
    std::int64_t interval_ms = 0;
    std::int64_t last_ask_ms = kNever;
    std::int64_t last_push_ms = kNever;
    wire::ErrorCode last_error = wire::ErrorCode::none;
    bool has_asked = false;  // since its last push
    bool has_ended = false;
  };
  static constexpr std::int64_t kNever = -(std::int64_t{1} << 60);

  Instance& instance(const TelemetryClient& client);
  Subscription subscription_of(const TelemetryClient& client) const;
  wire::ErrorCode judge(Instance& instance, const Push& push, std::int64_t now_ms);

  std::atomic<bool> has_subscriptions_{false};
  mutable std::mutex mutex_;  // guards all below
  std::vector<Rule> rules_;
  std::uint64_t rules_number_ = 1;
  std::list<Instance> by_use_;  // the latest first
  std::unordered_map<Uuid, std::list<Instance>::iterator> instances_;
};

}  // namespace streamline::broker
