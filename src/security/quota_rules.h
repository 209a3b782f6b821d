// QuotaRules: all quotas, and which of them holds for a client (Kafka's documentation, "Quotas", order of precedence).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "security/quota_entity.h"

namespace streamline::security {

enum class QuotaKind : std::uint8_t {
  produce,     ///< bytes a second into the broker
  fetch,       ///< bytes a second out of it
  request,     ///< time of threads, in hundredths of one
  mutation,    ///< partitions made and deleted a second
  connection,  ///< new connections a second, of an address
};
inline constexpr std::size_t kQuotaKinds = 5;
/// Kafka's names, by kind.
inline constexpr std::array<std::string_view, kQuotaKinds> kQuotaKeys = {"producer_byte_rate", "consumer_byte_rate", "request_percentage",
                                                                         "controller_mutation_rate", "connection_creation_rate"};
std::optional<QuotaKind> quota_kind(std::string_view key);

class QuotaRules {
 public:
  void set(const QuotaEntity& entity, QuotaKind kind, double limit);
  bool has_any(QuotaKind kind) const { return !rules_[static_cast<std::size_t>(kind)].empty(); }

  struct Found {
    double limit = 0;
    /// Who uses it up together: the user and the client id, or the one of them that the quota is about.
    std::string sharers;
  };
  /// What holds for a client; nothing: no bound. Own names win over defaults, users over client ids, and both over one.
  std::optional<Found> find(QuotaKind kind, std::string_view user, std::string_view client_id) const;
  /// What holds for an address.
  std::optional<double> of_address(std::string_view ip) const;

 private:
  using Limits = std::map<QuotaEntity, double>;
  std::array<Limits, kQuotaKinds> rules_;
};

}  // namespace streamline::security
