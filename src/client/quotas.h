// Quotas: what clients, users and addresses may use a second; described and set.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/configs.h"

namespace streamline::client {

/// Whom a quota is for: "user", "client-id" or "ip" to a name; none stands for whoever has no quota of his own.
using QuotaEntity = std::map<std::string, std::optional<std::string>>;

struct Quota {
  QuotaEntity entity;
  /// By key, such as producer_byte_rate.
  std::map<std::string, double> values;
};

/// A new value for a key; without one the quota is taken off.
struct QuotaChange {
  std::string key;
  std::optional<double> value;
};

/// Errors of both: broker_failure's and the connection's.

/// All that are set.
Result<std::vector<Quota>> list_quotas(Cluster& cluster);
Status alter_quota(Cluster& cluster, const QuotaEntity& entity, const std::vector<QuotaChange>& changes, Change change = Change::make);

}  // namespace streamline::client
