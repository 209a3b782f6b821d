// Entities of quotas as the wire has them: a list of types, each with a name or none for the default.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "security/quota_entity.h"

namespace streamline::handlers {

inline constexpr std::string_view kUserType = "user";
inline constexpr std::string_view kClientType = "client-id";
inline constexpr std::string_view kIpType = "ip";

/// Absent also for a type that nobody knows.
inline std::optional<security::QuotaName> quota_part(const security::QuotaEntity& entity, std::string_view type) {
  if (type == kUserType) return entity.user;
  if (type == kClientType) return entity.client_id;
  return type == kIpType ? entity.ip : std::nullopt;
}

template <class EntityData>
std::span<EntityData> tell_entity(Arena& arena, const security::QuotaEntity& entity) {
  auto parts = arena.make_array<EntityData>(3);
  std::size_t count = 0;
  for (const std::string_view type : {kClientType, kIpType, kUserType}) {
    const auto part = quota_part(entity, type);
    if (!part) continue;
    parts[count].entity_type = type;
    if (*part)
      parts[count].entity_name = arena.copy(**part);
    else
      parts[count].entity_name.reset();
    ++count;
  }
  return parts.first(count);
}

}  // namespace streamline::handlers
