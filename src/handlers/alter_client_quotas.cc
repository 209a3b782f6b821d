// AlterClientQuotas (key 49), versions 0 and 1: sets and removes quotas (rule 136). All changes of an entity or none; in force and durable
// when the answer is sent.
#include "wire/messages/alter_client_quotas.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/quota_parts.h"
#include "handlers/refusal.h"
#include "security/quota_rules.h"

namespace streamline::handlers {

namespace {

using Message = wire::AlterClientQuotasRequest;
using Response = wire::AlterClientQuotasResponse;
using Entry = Message::EntryData;
using security::QuotaEntity;
using security::QuotaKind;
using wire::ErrorCode;

std::unexpected<Error> invalid(std::string text) { return fail(Errc::invalid_argument, std::move(text)); }

/// Names of hosts are not looked up: an address is needed that stays the same.
bool is_address(const std::string& text) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET, text.c_str(), &bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

Result<QuotaEntity> entity_of(const Entry& entry) {
  if (entry.entity.empty()) return invalid("Invalid empty client quota entity");
  QuotaEntity entity;
  for (const auto& part : entry.entity) {
    security::QuotaName name;
    if (part.entity_name) name.emplace(*part.entity_name);
    if (name && name->empty()) return invalid(fmt::format("Empty {} not supported", part.entity_type));
    if (name && !catalog::check_kept(catalog::kClientQuotas, *name, {})) {
      return invalid(fmt::format("The name of the {} is not UTF-8", part.entity_type));
    }
    if (part.entity_type == kUserType)
      entity.user = name;
    else if (part.entity_type == kClientType)
      entity.client_id = name;
    else if (part.entity_type == kIpType)
      entity.ip = name;
    else
      return invalid(fmt::format("Unhandled client quota entity type: {}", part.entity_type));
  }
  if (entity.ip && (entity.user || entity.client_id)) {
    return invalid("Invalid quota entity combination, IP entity should not be combined with User or ClientId");
  }
  if (entity.ip && *entity.ip && !is_address(**entity.ip)) {
    return invalid(fmt::format("{} is not a valid IP address.", **entity.ip));
  }
  return entity;
}

/// Shares of time may be broken, and rates of mutations; the others count whole things.
Status check_value(QuotaKind kind, std::string_view key, double value) {
  if (!(value > 0)) return invalid(fmt::format("Quota {} must be greater than 0", key));
  if (!std::isfinite(value)) return invalid(fmt::format("Quota {} must be a number", key));
  if (kind == QuotaKind::request || kind == QuotaKind::mutation) return {};
  const bool is_int32 = kind == QuotaKind::connection;
  const double most = is_int32 ? std::numeric_limits<std::int32_t>::max() : 0x1p63;
  if (value > most) return invalid(fmt::format("Proposed value for {} is too large for {}.", key, is_int32 ? "an INT" : "a LONG"));
  if (value != std::floor(value)) return invalid(fmt::format("{} cannot be a fractional value.", key));
  return {};
}

Result<catalog::NamedConfig> changed(const QuotaEntity& entity, const Entry& entry, catalog::NamedConfig configs) {
  for (const auto& op : entry.ops) {
    if (op.remove) {
      configs.erase(std::string(op.key));
      continue;
    }
    const auto kind = security::quota_kind(op.key);
    if (!kind || (*kind == QuotaKind::connection) != entity.ip.has_value()) {
      return invalid(fmt::format("Invalid configuration key {}", op.key));
    }
    if (Status checked = check_value(*kind, op.key, op.value); !checked) return fail_with(std::move(checked));
    configs.insert_or_assign(std::string(op.key), fmt::format("{}", op.value));
  }
  return configs;
}

bool repeats_a_key(const Entry& entry) {
  std::map<std::string_view, int> times;
  for (const auto& op : entry.ops) {
    if (++times[op.key] > 1) return true;
  }
  return false;
}

/// All that the entry asks for, or nothing.
Status carry_out(const QuotaEntity& entity, const Entry& entry, catalog::NamedConfigTable& table) {
  const std::string key = security::to_key(entity);
  if (repeats_a_key(entry)) return invalid(fmt::format("Ignoring duplicate entity {}", key));
  const auto now = table.find(key);
  auto after = changed(entity, entry, now == table.end() ? catalog::NamedConfig() : now->second);
  if (!after) return fail_with(std::move(after));
  if (after->empty())
    table.erase(key);
  else
    table.insert_or_assign(key, *std::move(after));
  return {};
}

/// One outcome for each entry. Those that can be are one change of the file, however many they are; an entity that is named twice is left
/// as it is.
std::vector<Status> alter(Request& request, const Message& message) {
  std::vector<Status> outcomes(message.entries.size());
  std::vector<Result<QuotaEntity>> entities;
  std::map<std::string, int> times;
  for (const Entry& entry : message.entries) {
    const auto& entity = entities.emplace_back(entity_of(entry));
    if (entity) ++times[security::to_key(*entity)];
  }
  const auto change = [&](catalog::NamedConfigTable table) -> Result<catalog::NamedConfigTable> {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const QuotaEntity* entity = entities[i] ? &*entities[i] : nullptr;
      if (entity == nullptr)
        outcomes[i] = std::unexpected(entities[i].error());
      else if (times[security::to_key(*entity)] > 1)
        outcomes[i] = invalid(fmt::format("Ignoring duplicate entity {}", security::to_key(*entity)));
      else
        outcomes[i] = carry_out(*entity, message.entries[i], table);
    }
    return table;
  };
  auto& quotas = request.broker().client_quotas();
  if (message.validate_only) {
    static_cast<void>(change(*quotas.snapshot()));  // what it says of each is in the outcomes
    return outcomes;
  }
  const Status written = quotas.change_table(change);
  if (written) {
    request.broker().quotas_changed();
    return outcomes;
  }
  for (Status& outcome : outcomes) {
    if (outcome) outcome = written;
  }
  return outcomes;
}

}  // namespace

void alter_client_quotas(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const std::vector<Status> outcomes = alter(request, *message);
  Response response;
  response.entries = request.arena().make_array<Response::EntryData>(message->entries.size());
  for (std::size_t i = 0; i < message->entries.size(); ++i) {
    const Entry& asked = message->entries[i];
    auto& answer = response.entries[i];
    answer.error_message.reset();
    answer.entity = request.arena().make_array<Response::EntityData>(asked.entity.size());
    for (std::size_t j = 0; j < asked.entity.size(); ++j) {
      answer.entity[j].entity_type = asked.entity[j].entity_type;
      answer.entity[j].entity_name = asked.entity[j].entity_name;
    }
    if (const Status& altered = outcomes[i]; !altered)
      refuse(request, answer, broker::wire_error(altered.error().code), altered.error().text);
  }
  request.reply(response);
}

}  // namespace streamline::handlers
