// Rule 136: which quota holds, how fast a client is, and how long it waits.
#include <catch2/catch.hpp>

#include "security/quota_rules.h"
#include "security/token_bucket.h"
#include "security/windowed_rate.h"

namespace streamline::security {
namespace {

const QuotaName kAny;
QuotaName named(const char* name) { return std::string(name); }

TEST_CASE("an entity comes back from its text, whatever its names are made of") {
  const QuotaEntity entities[] = {
      {.user = named("alice")},
      {.user = kAny},
      {.user = named("<default>"), .client_id = kAny},
      {.user = named("CN=a, b=%41"), .client_id = named("")},
      {.client_id = named("\xc3\xbc\xff")},
      {.ip = named("2001:db8::1")},
      {.ip = kAny},
  };
  for (const QuotaEntity& entity : entities) CHECK(parse_key(to_key(entity)) == entity);
  CHECK(to_key({.user = named("a,b"), .client_id = kAny}) == "user=a%2Cb,client-id=<default>");
  for (const char* text : {"", "alice", "group=g", "user=%4", "user=%zz", "user=a b", "ip=1,user=a", ","}) CHECK_FALSE(parse_key(text));
}

TEST_CASE("the closest quota holds") {
  const QuotaEntity widest_first[] = {
      {.client_id = kAny},
      {.client_id = named("c")},
      {.user = kAny},
      {.user = kAny, .client_id = kAny},
      {.user = kAny, .client_id = named("c")},
      {.user = named("u")},
      {.user = named("u"), .client_id = kAny},
      {.user = named("u"), .client_id = named("c")},
  };
  QuotaRules rules;
  CHECK_FALSE(rules.has_any(QuotaKind::fetch));
  CHECK_FALSE(rules.find(QuotaKind::fetch, "u", "c"));
  double limit = 1;
  for (const QuotaEntity& entity : widest_first) {
    rules.set(entity, QuotaKind::fetch, limit);
    CHECK(rules.find(QuotaKind::fetch, "u", "c")->limit == limit);
    ++limit;
  }
  CHECK(rules.has_any(QuotaKind::fetch));
  CHECK_FALSE(rules.find(QuotaKind::produce, "u", "c"));
  CHECK(rules.find(QuotaKind::fetch, "v", "d")->limit == 4);
}

TEST_CASE("a quota is used up together by those whom it is about") {
  QuotaRules rules;
  rules.set({.user = kAny}, QuotaKind::produce, 1);
  CHECK(rules.find(QuotaKind::produce, "u", "c")->sharers == rules.find(QuotaKind::produce, "u", "d")->sharers);
  CHECK(rules.find(QuotaKind::produce, "u", "c")->sharers != rules.find(QuotaKind::produce, "v", "c")->sharers);
  rules.set({.user = kAny, .client_id = kAny}, QuotaKind::produce, 1);
  CHECK(rules.find(QuotaKind::produce, "u", "c")->sharers != rules.find(QuotaKind::produce, "u", "d")->sharers);
}

TEST_CASE("an address has its own limit or the default") {
  QuotaRules rules;
  CHECK_FALSE(rules.of_address("10.0.0.1"));
  rules.set({.ip = kAny}, QuotaKind::connection, 5);
  rules.set({.ip = named("10.0.0.1")}, QuotaKind::connection, 7);
  CHECK(rules.of_address("10.0.0.1") == 7);
  CHECK(rules.of_address("10.0.0.2") == 5);
}

constexpr RateWindow kWindow = {.samples = 11, .sample_ms = 1000};

TEST_CASE("rule 136: ten seconds' worth may come at once, and what is above waits") {
  WindowedRate rate(kWindow);
  CHECK(rate.is_idle(0));
  rate.record(10'000, 5000);
  CHECK(rate.rate(5000) == 1000);
  CHECK(rate.excess_ms(1000, 5000) == 0);
  rate.record(10'000, 5000);
  CHECK(rate.excess_ms(1000, 5000) == 10'000);
  CHECK(WindowedRate::most_at_once(1000, kWindow) == 10'000);
  rate.record(-10'000, 5000);
  CHECK(rate.excess_ms(1000, 5000) == 0);
  CHECK_FALSE(rate.is_idle(15'999));
  CHECK(rate.is_idle(16'000));
}

TEST_CASE("rule 136: samples grow old one by one") {
  WindowedRate rate(kWindow);
  for (std::int64_t second = 0; second < 100; ++second) rate.record(500, second * 1000);
  CHECK(rate.rate(99'999) == Approx(500).epsilon(0.01));
  CHECK(rate.rate(99'000 + 10'000) == Approx(50).epsilon(0.01));
  CHECK(rate.rate(99'000 + 11'000) == 0);
}

TEST_CASE("a window of one sample still is one") {
  WindowedRate rate({.samples = 1, .sample_ms = 1000});
  rate.record(500, 0);
  CHECK(rate.rate(0) == 500);
  CHECK(rate.rate(999) == 500);
  CHECK(rate.rate(1000) == 0);
}

TEST_CASE("a bucket saves a whole window and goes into debt once") {
  TokenBucket bucket(2, kWindow, 0);
  CHECK(bucket.is_full(0));
  bucket.take(22, 0);
  CHECK(bucket.debt_ms(0) == 0);
  bucket.take(10, 0);
  CHECK(bucket.debt_ms(0) == 5000);
  CHECK(bucket.debt_ms(4000) == 1000);
  CHECK(bucket.debt_ms(5000) == 0);
  CHECK_FALSE(bucket.is_full(15'999));
  CHECK(bucket.is_full(16'000));
}

}  // namespace
}  // namespace streamline::security
