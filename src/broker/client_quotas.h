// ClientQuotas: what clients may use (rule 136), what they have used, and how long each has to wait. Where no quota is set, a request
// costs one look at is_active().
// Thread rule: any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/named_configs.h"
#include "security/quota_rules.h"
#include "security/token_bucket.h"
#include "security/windowed_rate.h"

namespace streamline::broker {

/// Everybody, as long as nobody is asked who he is.
inline constexpr std::string_view kAnonymous = "ANONYMOUS";

/// What a table of catalog::kClientQuotas says. Entries that are none of ours are left out.
security::QuotaRules quota_rules(const catalog::NamedConfigTable& table);

class ClientQuotas {
 public:
  struct Windows {
    security::RateWindow clients;
    security::RateWindow mutations;
  };
  explicit ClientQuotas(const Windows& windows) : windows_(windows) {}
  ClientQuotas(const ClientQuotas&) = delete;
  ClientQuotas& operator=(const ClientQuotas&) = delete;

  /// From now on these hold. What was used before counts on.
  void set_rules(security::QuotaRules rules);
  /// Whether any client, or any address, has a quota.
  bool is_active() const { return active_.load(std::memory_order_relaxed); }

  /// Notes what a client has used, of any kind but mutations; how long it has to wait now, in milliseconds.
  std::int64_t use(security::QuotaKind kind, std::string_view client_id, double amount, std::int64_t now_ms);
  /// How long it has to wait, without using anything.
  std::int64_t wait(security::QuotaKind kind, std::string_view client_id, std::int64_t now_ms) { return use(kind, client_id, 0, now_ms); }
  /// The most that one that has used nothing may use at once; nothing: as much as it likes.
  std::optional<double> most_at_once(security::QuotaKind kind, std::string_view client_id) const;

  struct Mutation {
    bool allowed = true;
    std::int64_t wait_ms = 0;  ///< for an old client, who is not refused, or until it would be allowed
  };
  enum class Strictness : std::uint8_t { refuses, only_delays };
  /// A client wants to make or delete so many partitions.
  Mutation mutate(std::string_view client_id, double partitions, Strictness strictness, std::int64_t now_ms);

  /// An address opens a connection: how long it has to wait before it may; 0: it may now.
  std::int64_t connect(std::string_view ip, std::int64_t now_ms);

  /// Clients and addresses whose use is remembered at most; those beyond share one account.
  static constexpr std::size_t kMostAccounts = 20'000;

 private:
  struct Account {
    std::optional<security::WindowedRate> rate;
    std::optional<security::TokenBucket> bucket;
    double bucket_limit = 0;
  };
  using Accounts = std::unordered_map<std::string, Account>;
  std::shared_ptr<const security::QuotaRules> rules() const;
  /// Under accounts_mutex_.
  Account& account(security::QuotaKind kind, const std::string& who, std::int64_t now_ms);
  static bool is_idle(Account& account, std::int64_t now_ms);

  const Windows windows_;
  std::atomic<bool> active_{false};
  mutable std::mutex rules_mutex_;  // guards rules_, held for the copy of a pointer
  std::shared_ptr<const security::QuotaRules> rules_ = std::make_shared<const security::QuotaRules>();
  std::mutex accounts_mutex_;  // guards accounts_; taken inside no other lock
  std::array<Accounts, security::kQuotaKinds> accounts_;
  std::array<std::int64_t, security::kQuotaKinds> next_sweep_ms_{};
};

}  // namespace streamline::broker
