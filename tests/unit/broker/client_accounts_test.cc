// Quotas and telemetry of clients: accounts are shared, waited for and bounded (rules 136, 137).
#include <catch2/catch.hpp>

#include "broker/client_quotas.h"
#include "broker/client_telemetry.h"
#include "broker/otlp_metrics.h"

namespace streamline::broker {
namespace {

using security::QuotaKind;
using wire::ErrorCode;

constexpr ClientQuotas::Windows kWindows = {.clients = {.samples = 2, .sample_ms = 1000}, .mutations = {.samples = 2, .sample_ms = 1000}};

catalog::NamedConfigTable quotas(const std::string& entity, const std::string& key, const std::string& value) {
  return {{entity, {{key, value}}}};
}

TEST_CASE("without quotas nothing is metered, and entries that are none of ours do no harm") {
  ClientQuotas accounts(kWindows);
  CHECK_FALSE(accounts.is_active());
  CHECK(accounts.use(QuotaKind::produce, "c", 1e12, 0) == 0);
  accounts.set_rules(quota_rules({{"nonsense", {{"producer_byte_rate", "1"}}}, {"user=u", {{"producer_byte_rate", "x"}}}}));
  CHECK_FALSE(accounts.is_active());
}

TEST_CASE("rule 136: clients of one quota by default have an account each, users one together") {
  ClientQuotas accounts(kWindows);
  accounts.set_rules(quota_rules(quotas("client-id=<default>", "producer_byte_rate", "1000")));
  CHECK(accounts.is_active());
  CHECK(accounts.use(QuotaKind::produce, "a", 3000, 0) == 2000);
  CHECK(accounts.use(QuotaKind::produce, "b", 1000, 0) == 0);
  CHECK(accounts.use(QuotaKind::fetch, "a", 1e9, 0) == 0);
  accounts.set_rules(quota_rules(quotas("user=ANONYMOUS", "producer_byte_rate", "1000")));
  CHECK(accounts.use(QuotaKind::produce, "a", 1000, 10'000) == 0);
  CHECK(accounts.use(QuotaKind::produce, "b", 1000, 10'000) == 1000);
}

TEST_CASE("rule 136: time of requests is waited for a sample at most") {
  ClientQuotas accounts(kWindows);
  accounts.set_rules(quota_rules(quotas("client-id=c", "request_percentage", "1")));
  CHECK(accounts.use(QuotaKind::request, "c", 1e6, 0) == 1000);
  CHECK(accounts.wait(QuotaKind::request, "d", 0) == 0);
}

TEST_CASE("rule 136: mutations beyond the quota are refused, or waited for by clients that cannot be told") {
  ClientQuotas accounts(kWindows);
  accounts.set_rules(quota_rules(quotas("client-id=c", "controller_mutation_rate", "1")));
  using enum ClientQuotas::Strictness;
  CHECK(accounts.mutate("c", 5, refuses, 0).allowed);
  const auto refused = accounts.mutate("c", 1, refuses, 0);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.wait_ms == 3000);
  const auto delayed = accounts.mutate("c", 1, only_delays, 0);
  CHECK(delayed.allowed);
  CHECK(delayed.wait_ms == 4000);
  CHECK(accounts.mutate("c", 1, refuses, 4000).allowed);
}

TEST_CASE("rule 136: an address that is turned away does not count") {
  ClientQuotas accounts(kWindows);
  accounts.set_rules(quota_rules(quotas("ip=<default>", "connection_creation_rate", "1")));
  CHECK(accounts.connect("10.0.0.1", 0) == 0);
  for (int i = 0; i < 100; ++i) CHECK(accounts.connect("10.0.0.1", 0) > 0);
  CHECK(accounts.connect("10.0.0.2", 0) == 0);
  CHECK(accounts.connect("10.0.0.1", 2000) == 0);
}

TEST_CASE("ids that clients make up take a bounded memory") {
  ClientQuotas accounts(kWindows);
  accounts.set_rules(quota_rules(quotas("client-id=<default>", "producer_byte_rate", "1000")));
  for (std::size_t i = 0; i < ClientQuotas::kMostAccounts + 10; ++i) {
    static_cast<void>(accounts.use(QuotaKind::produce, std::to_string(i), 1000, 0));
  }
  // Whoever comes now shares the account of all that came too late, until the others are idle.
  CHECK(accounts.use(QuotaKind::produce, "late", 1, 0) > 0);
  CHECK(accounts.use(QuotaKind::produce, "later", 1, 10'000) == 0);
}

Uuid uuid(std::size_t number) {
  Uuid id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[i] = static_cast<std::byte>(number >> (8 * i));
  id.bytes[15] = std::byte{1};
  return id;
}

const catalog::NamedConfigTable kTwo = {{"all", {{"interval.ms", "5000"}, {"metrics", "org."}}},
                                        {"some", {{"interval.ms", "1000"}, {"metrics", "com."}, {"match", "client_id=app-.*"}}}};

TEST_CASE("rule 137: a client is asked for what all matching subscriptions want, as often as the hastiest wants it") {
  ClientTelemetry telemetry;
  CHECK_FALSE(telemetry.has_subscriptions());
  const auto nothing = telemetry.ask({.instance = uuid(1), .client_id = "app-1"}, 0);
  CHECK(nothing.metrics.empty());
  CHECK(nothing.interval_ms == 300'000);
  telemetry.set_subscriptions(kTwo);
  CHECK(telemetry.has_subscriptions());
  const auto both = telemetry.ask({.instance = uuid(1), .client_id = "app-1"}, 1);
  CHECK(both.metrics == std::vector<std::string>{"com.", "org."});
  CHECK(both.interval_ms == 1000);
  const auto one = telemetry.ask({.instance = uuid(2), .client_id = "other"}, 1);
  CHECK(one.metrics == std::vector<std::string>{"org."});
  CHECK(one.id != both.id);
  telemetry.set_subscriptions({{"star", {{"metrics", "a,*"}}}, {"broken", {{"metrics", "b"}, {"match", "client_id=["}}}});
  CHECK(telemetry.ask({.instance = uuid(2), .client_id = "["}, 2).metrics == std::vector<std::string>{"*"});
}

TEST_CASE("rule 137: too early, for another subscription, after the end") {
  ClientTelemetry telemetry;
  telemetry.set_subscriptions(kTwo);
  const TelemetryClient client = {.instance = uuid(1), .client_id = "app-1"};
  const auto subscription = telemetry.ask(client, 0);
  CHECK(telemetry.ask(client, 999).error == ErrorCode::throttling_quota_exceeded);
  ClientTelemetry::Push push = {.subscription_id = subscription.id};
  CHECK(telemetry.push({.client_id = "app-1"}, push, 0) == ErrorCode::invalid_request);
  CHECK(telemetry.push(client, push, 0) == ErrorCode::none);
  CHECK(telemetry.push(client, push, 999) == ErrorCode::throttling_quota_exceeded);
  CHECK(telemetry.push(client, push, 1000) == ErrorCode::none);
  CHECK(telemetry.push(client, {.subscription_id = subscription.id + 1}, 2000) == ErrorCode::unknown_subscription_id);
  // It may ask at once then.
  CHECK(telemetry.ask(client, 2001).error == ErrorCode::none);
  CHECK(telemetry.push(client, {.subscription_id = subscription.id, .knows_codec = false}, 3000) ==
        ErrorCode::unsupported_compression_type);
  CHECK(telemetry.push(client, {.subscription_id = subscription.id, .is_too_large = true}, 4000) == ErrorCode::telemetry_too_large);
  push.is_last = true;
  CHECK(telemetry.push(client, push, 4001) == ErrorCode::none);
  CHECK(telemetry.push(client, push, 9000) == ErrorCode::invalid_request);
}

TEST_CASE("subscriptions and their patterns are bounded, and one that is there may change") {
  catalog::NamedConfigTable all;
  const catalog::NamedConfig plain = {{"metrics", "org."}};
  for (std::size_t i = 0; i < ClientTelemetry::kMostSubscriptions; ++i) all.emplace(std::to_string(i), plain);
  CHECK(ClientTelemetry::check("7", plain, all));
  CHECK(ClientTelemetry::check("new", plain, all).error().code == Errc::invalid_argument);
  std::string match = "client_id=a";
  for (std::size_t i = 1; i < ClientTelemetry::kMostPatterns; ++i) match += ",client_id=b" + std::to_string(i);
  CHECK(ClientTelemetry::check("7", {{"match", match}}, all));
  CHECK(ClientTelemetry::check("7", {{"match", match + ",client_id=c"}}, all).error().code == Errc::invalid_argument);
  CHECK(ClientTelemetry::check("7", {{"match", "client_id=["}}, all).error().code == Errc::invalid_config);
}

TEST_CASE("rule 137: a client that asked may push at once, and once") {
  ClientTelemetry telemetry;
  telemetry.set_subscriptions(kTwo);
  const TelemetryClient client = {.instance = uuid(1), .client_id = "app-1"};
  const auto subscription = telemetry.ask(client, 5);
  CHECK(telemetry.push(client, {.subscription_id = subscription.id + 1}, 5) == ErrorCode::unknown_subscription_id);
  CHECK(telemetry.ask(client, 5).error == ErrorCode::none);
  CHECK(telemetry.push(client, {.subscription_id = subscription.id}, 5) == ErrorCode::none);
  CHECK(telemetry.push(client, {.subscription_id = subscription.id}, 5) == ErrorCode::throttling_quota_exceeded);
}

TEST_CASE("clients that are remembered are bounded, the one that was silent for longest goes") {
  ClientTelemetry telemetry;
  for (std::size_t i = 0; i < ClientTelemetry::kMostInstances + 100; ++i) {
    static_cast<void>(telemetry.ask({.instance = uuid(i), .client_id = "c"}, 0));
  }
  CHECK(telemetry.instance_count() == ClientTelemetry::kMostInstances);
  CHECK(telemetry.ask({.instance = uuid(0), .client_id = "c"}, 1).error == ErrorCode::none);
  CHECK(telemetry.ask({.instance = uuid(ClientTelemetry::kMostInstances), .client_id = "c"}, 1).error ==
        ErrorCode::throttling_quota_exceeded);
}

std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string fixed(int number, std::uint64_t value) {
  std::string text{static_cast<char>(number << 3 | 1)};
  for (int i = 0; i < 8; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

TEST_CASE("names and numbers of pushed metrics are read, and every cut of them ends in a no") {
  const std::string gauge = field(1, "a.gauge") + field(5, field(1, fixed(4, 0x4004000000000000)));  // 2.5
  const std::string sum = field(1, "a.sum") + field(7, field(1, fixed(6, 42)) + field(1, fixed(6, 43)));
  const std::string other = field(1, "a.histogram") + field(9, "whatever");
  const std::string all = field(1, field(1, "resource") + field(2, field(1, "scope") + field(2, gauge) + field(2, sum) + field(2, other)));
  std::vector<std::pair<std::string, double>> seen;
  const auto visit = [&](const ClientMetric& metric) { seen.emplace_back(metric.name, metric.value); };
  CHECK(for_each_metric(as_bytes(all), visit));
  CHECK(seen == std::vector<std::pair<std::string, double>>{{"a.gauge", 2.5}, {"a.sum", 42}, {"a.histogram", 0}});
  for (std::size_t size = 1; size < all.size(); ++size) CHECK_FALSE(for_each_metric(as_bytes(all.substr(0, size)), visit));
  CHECK_FALSE(for_each_metric(as_bytes(std::string(20, '\xff')), visit));
}

}  // namespace
}  // namespace streamline::broker
