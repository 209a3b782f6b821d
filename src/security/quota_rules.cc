// Looking quotas up, from the closest to the widest.
#include "security/quota_rules.h"

#include <algorithm>

namespace streamline::security {

std::optional<QuotaKind> quota_kind(std::string_view key) {
  const auto* const found = std::ranges::find(kQuotaKeys, key);
  if (found == kQuotaKeys.end()) return std::nullopt;
  return static_cast<QuotaKind>(found - kQuotaKeys.begin());
}

void QuotaRules::set(const QuotaEntity& entity, QuotaKind kind, double limit) { rules_[static_cast<std::size_t>(kind)][entity] = limit; }

std::optional<QuotaRules::Found> QuotaRules::find(QuotaKind kind, std::string_view user, std::string_view client_id) const {
  const Limits& limits = rules_[static_cast<std::size_t>(kind)];
  if (limits.empty()) return std::nullopt;
  const QuotaName named_user = std::string(user);
  const QuotaName named_client = std::string(client_id);
  const QuotaName any;
  const QuotaEntity in_order[] = {
      {.user = named_user, .client_id = named_client},
      {.user = named_user, .client_id = any},
      {.user = named_user},
      {.user = any, .client_id = named_client},
      {.user = any, .client_id = any},
      {.user = any},
      {.client_id = named_client},
      {.client_id = any},
  };
  for (const QuotaEntity& entity : in_order) {
    const auto found = limits.find(entity);
    if (found == limits.end()) continue;
    QuotaEntity sharers;
    if (entity.user) sharers.user = named_user;
    if (entity.client_id) sharers.client_id = named_client;
    return Found{.limit = found->second, .sharers = to_key(sharers)};
  }
  return std::nullopt;
}

std::optional<double> QuotaRules::of_address(std::string_view ip) const {
  const Limits& limits = rules_[static_cast<std::size_t>(QuotaKind::connection)];
  for (const QuotaName& name : {QuotaName(std::string(ip)), QuotaName()}) {
    const auto found = limits.find({.ip = name});
    if (found != limits.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace streamline::security
