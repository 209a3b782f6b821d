// DescribeClientQuotas (key 48), versions 0 and 1: the quotas whose entities match every component of the filter (kafka-rules 139).
#include "wire/messages/describe_client_quotas.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include "broker/broker.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/quota_parts.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Message = wire::DescribeClientQuotasRequest;
using Response = wire::DescribeClientQuotasResponse;
using Component = Message::ComponentData;
using wire::ErrorCode;

enum class Match : std::int8_t { exact = 0, only_default = 1, any = 2 };

struct Refusal {
  ErrorCode code;
  std::string text;
};

std::optional<Refusal> problem(const Component& component, std::set<std::string_view>& seen) {
  const auto invalid = [](std::string text) { return Refusal{ErrorCode::invalid_request, std::move(text)}; };
  const std::string_view type = component.entity_type;
  if (type.empty()) return invalid("Invalid empty entity type.");
  if (!seen.insert(type).second) return invalid(fmt::format("Entity type {} cannot appear more than once in the filter.", type));
  switch (static_cast<Match>(component.match_type)) {
    case Match::exact:
      if (!component.match) return invalid("Request specified MATCH_TYPE_EXACT, but set match string to null.");
      break;
    case Match::only_default:
      if (component.match) return invalid("Request specified MATCH_TYPE_DEFAULT, but also specified a match string.");
      break;
    case Match::any:
      if (component.match) return invalid("Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.");
      break;
    default: return invalid(fmt::format("Unknown match type {}", component.match_type));
  }
  if (type != kUserType && type != kClientType && type != kIpType) {
    return Refusal{ErrorCode::unsupported_version, fmt::format("Unsupported entity type {}", type)};
  }
  if (seen.contains(kIpType) && seen.size() > 1) {
    return invalid(
        "Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.");
  }
  return std::nullopt;
}

bool matches(const Component& component, const std::optional<security::QuotaName>& part) {
  if (!part) return false;
  switch (static_cast<Match>(component.match_type)) {
    case Match::exact: return *part == std::string(*component.match);
    case Match::only_default: return !part->has_value();
    case Match::any: return true;
  }
  return false;
}

/// Every component of the filter is met; with `strict` the entity has no other part.
bool matches(const Message& message, const security::QuotaEntity& entity) {
  for (const Component& component : message.components) {
    if (!matches(component, quota_part(entity, component.entity_type))) return false;
  }
  const auto parts = static_cast<std::size_t>(entity.user.has_value()) + static_cast<std::size_t>(entity.client_id.has_value()) +
                     static_cast<std::size_t>(entity.ip.has_value());
  return !message.strict || parts == message.components.size();
}

void describe(Request& request, const security::QuotaEntity& entity, const catalog::NamedConfig& configs, Response::EntryData& entry) {
  entry.entity = tell_entity<Response::EntityData>(request.arena(), entity);
  entry.values = request.arena().make_array<Response::ValueData>(configs.size());
  std::size_t count = 0;
  for (const auto& [key, text] : configs) {
    auto& value = entry.values[count];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.value);
    if (error != std::errc()) continue;
    value.key = request.arena().copy(key);
    ++count;
  }
  entry.values = entry.values.first(count);
}

}  // namespace

void describe_client_quotas(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Response response;
  response.error_message = "";
  response.entries.reset();
  std::set<std::string_view> seen;
  for (const Component& component : message->components) {
    if (const auto refused = problem(component, seen)) {
      refuse(request, response, refused->code, refused->text);
      return request.reply(response);
    }
  }
  const auto table = request.broker().client_quotas().snapshot();
  const auto entries = request.arena().make_array<Response::EntryData>(table->size());
  std::size_t count = 0;
  for (const auto& [key, configs] : *table) {
    const auto entity = security::parse_key(key);
    if (entity && matches(*message, *entity)) describe(request, *entity, configs, entries[count++]);
  }
  response.entries = entries.first(count);
  request.reply(response);
}

}  // namespace streamline::handlers
