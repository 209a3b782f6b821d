// Entities as texts.
#include "security/quota_entity.h"

#include <fmt/format.h>

#include <algorithm>

namespace streamline::security {

namespace {

constexpr std::string_view kDefault = "<default>";

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

void add(std::string& key, std::string_view type, const std::optional<QuotaName>& name) {
  if (!name) return;
  if (!key.empty()) key += ',';
  key += type;
  key += '=';
  if (!*name) {
    key += kDefault;
    return;
  }
  for (const char c : **name) {
    if (is_plain(c))
      key += c;
    else
      key += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
}

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<QuotaName> parse_name(std::string_view text) {
  if (text == kDefault) return QuotaName();
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_plain(text[i])) {
      name += text[i];
      continue;
    }
    if (text[i] != '%' || i + 2 >= text.size()) return std::nullopt;
    const auto high = digit(text[i + 1]);
    const auto low = digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    name += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return QuotaName(std::move(name));
}

}  // namespace

std::string to_key(const QuotaEntity& entity) {
  std::string key;
  add(key, "user", entity.user);
  add(key, "client-id", entity.client_id);
  add(key, "ip", entity.ip);
  return key;
}

std::optional<QuotaEntity> parse_key(std::string_view key) {
  QuotaEntity entity;
  while (!key.empty()) {
    const std::string_view part = key.substr(0, key.find(','));
    key.remove_prefix(std::min(part.size() + 1, key.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = parse_name(part.substr(equals + 1));
    if (!name) return std::nullopt;
    const std::string_view type = part.substr(0, equals);
    if (type == "user")
      entity.user = *name;
    else if (type == "client-id")
      entity.client_id = *name;
    else if (type == "ip")
      entity.ip = *name;
    else
      return std::nullopt;
  }
  const bool is_whole = entity.ip ? !entity.user && !entity.client_id : entity.user || entity.client_id;
  return is_whole ? std::optional(entity) : std::nullopt;
}

}  // namespace streamline::security
