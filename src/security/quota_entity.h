// QuotaEntity: whom a quota is for: a user, a client id, both, or an address; each by name, or the default of all that have no own.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace streamline::security {

/// A name, or nothing: the default.
using QuotaName = std::optional<std::string>;

/// Parts that are not part of the entity are absent. At least one is there; an address is never beside the others.
struct QuotaEntity {
  std::optional<QuotaName> user = std::nullopt;
  std::optional<QuotaName> client_id = std::nullopt;
  std::optional<QuotaName> ip = std::nullopt;
  friend auto operator<=>(const QuotaEntity&, const QuotaEntity&) = default;
  friend bool operator==(const QuotaEntity&, const QuotaEntity&) = default;
};

/// "user=alice,client-id=<default>", other characters than [a-zA-Z0-9._-] in names as %XX: one text for one entity.
std::string to_key(const QuotaEntity& entity);
/// Nothing when it is no such text.
std::optional<QuotaEntity> parse_key(std::string_view key);

}  // namespace streamline::security
