// Accounts of clients against their quotas.
#include "broker/client_quotas.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace streamline::broker {

namespace {

using security::QuotaKind;
using security::QuotaRules;

constexpr std::string_view kOthers = "(others)";
/// A request's time on a thread is no reason to wait longer than this, as in Kafka: its window's one sample.
constexpr std::int64_t kLongestRequestWaitSamples = 1;

}  // namespace

QuotaRules quota_rules(const catalog::NamedConfigTable& table) {
  QuotaRules rules;
  for (const auto& [name, configs] : table) {
    const auto entity = security::parse_key(name);
    if (!entity) continue;
    for (const auto& [key, text] : configs) {
      const auto kind = security::quota_kind(key);
      double limit = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
      if (kind && error == std::errc() && end == text.data() + text.size() && limit > 0) rules.set(*entity, *kind, limit);
    }
  }
  return rules;
}

void ClientQuotas::set_rules(QuotaRules rules) {
  bool any = false;
  for (std::size_t kind = 0; kind < security::kQuotaKinds; ++kind) any = any || rules.has_any(static_cast<QuotaKind>(kind));
  auto next = std::make_shared<const QuotaRules>(std::move(rules));
  {
    const std::lock_guard lock(rules_mutex_);
    rules_.swap(next);
  }
  active_.store(any, std::memory_order_relaxed);
}

std::shared_ptr<const QuotaRules> ClientQuotas::rules() const {
  const std::lock_guard lock(rules_mutex_);
  return rules_;
}

bool ClientQuotas::is_idle(Account& account, std::int64_t now_ms) {
  return account.rate ? account.rate->is_idle(now_ms) : !account.bucket || account.bucket->is_full(now_ms);
}

ClientQuotas::Account& ClientQuotas::account(QuotaKind kind, const std::string& who, std::int64_t now_ms) {
  Accounts& accounts = accounts_[static_cast<std::size_t>(kind)];
  const auto found = accounts.find(who);
  if (found != accounts.end()) return found->second;
  // Clients make up their ids: those of whom nothing needs to be known any more go first. Not for each new one: they are many.
  std::int64_t& next_sweep_ms = next_sweep_ms_[static_cast<std::size_t>(kind)];
  if (accounts.size() >= kMostAccounts && now_ms >= next_sweep_ms) {
    next_sweep_ms = now_ms + windows_.clients.sample_ms;
    for (auto entry = accounts.begin(); entry != accounts.end();) {
      entry = is_idle(entry->second, now_ms) ? accounts.erase(entry) : std::next(entry);
    }
  }
  return accounts[accounts.size() < kMostAccounts ? who : std::string(kOthers)];
}

std::int64_t ClientQuotas::use(QuotaKind kind, std::string_view client_id, double amount, std::int64_t now_ms) {
  const auto now = rules();
  const auto found = now->find(kind, kAnonymous, client_id);
  if (!found) return 0;
  const std::lock_guard lock(accounts_mutex_);
  auto& rate = account(kind, found->sharers, now_ms).rate;
  if (!rate) rate.emplace(windows_.clients);
  if (amount != 0) rate->record(amount, now_ms);
  const std::int64_t wait_ms = rate->excess_ms(found->limit, now_ms);
  return kind == QuotaKind::request ? std::min(wait_ms, kLongestRequestWaitSamples * windows_.clients.sample_ms) : wait_ms;
}

std::optional<double> ClientQuotas::most_at_once(QuotaKind kind, std::string_view client_id) const {
  const auto found = rules()->find(kind, kAnonymous, client_id);
  if (!found) return std::nullopt;
  return security::WindowedRate::most_at_once(found->limit, windows_.clients);
}

ClientQuotas::Mutation ClientQuotas::mutate(std::string_view client_id, double partitions, Strictness strictness, std::int64_t now_ms) {
  const auto found = rules()->find(QuotaKind::mutation, kAnonymous, client_id);
  if (!found) return {};
  const std::lock_guard lock(accounts_mutex_);
  Account& own = account(QuotaKind::mutation, found->sharers, now_ms);
  if (!own.bucket || own.bucket_limit != found->limit) {
    own.bucket.emplace(found->limit, windows_.mutations, now_ms);
    own.bucket_limit = found->limit;
  }
  const std::int64_t debt_ms = own.bucket->debt_ms(now_ms);
  if (debt_ms > 0 && strictness == Strictness::refuses) return {.allowed = false, .wait_ms = debt_ms};
  own.bucket->take(partitions, now_ms);
  // Who is refused when it comes too early need not wait; who cannot be told so has to.
  return {.allowed = true, .wait_ms = strictness == Strictness::refuses ? 0 : own.bucket->debt_ms(now_ms)};
}

std::int64_t ClientQuotas::connect(std::string_view ip, std::int64_t now_ms) {
  const auto limit = rules()->of_address(ip);
  if (!limit) return 0;
  const std::lock_guard lock(accounts_mutex_);
  auto& rate = account(QuotaKind::connection, std::string(ip), now_ms).rate;
  if (!rate) rate.emplace(windows_.clients);
  rate->record(1, now_ms);
  const std::int64_t wait_ms = rate->excess_ms(*limit, now_ms);
  // It is turned away, and does not count.
  if (wait_ms > 0) rate->record(-1, now_ms);
  return std::min(wait_ms, windows_.clients.samples * windows_.clients.sample_ms);
}

}  // namespace streamline::broker
