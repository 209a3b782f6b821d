// Reads and replaces groups.json.
#include "catalog/group_configs.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/bytes.h"

namespace streamline::catalog {

namespace {

using Json = nlohmann::json;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Whether the text comes back from the file as it was: other bytes than UTF-8 do not.
bool can_be_kept(std::string_view text) {
  const Json read = Json::parse(dumped(Json(text)), nullptr, /*allow_exceptions=*/false);
  return read.is_string() && read.get_ref<const std::string&>() == text;
}

Result<config::GroupConfigMap> configs_of(const std::string& group, const Json& object) {
  if (!object.is_object()) return fail(Errc::malformed, fmt::format("group \"{}\" is not an object", group));
  config::GroupConfigMap configs;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return fail(Errc::malformed, fmt::format("group \"{}\": config \"{}\" is not a text", group, key));
    configs.emplace(key, value.get<std::string>());
  }
  return configs;
}

}  // namespace

std::string write_group_configs(const GroupConfigTable& table) {
  Json object = {{"format", kGroupConfigsFormat}, {"groups", Json::object()}};
  for (const auto& [group, configs] : table) {
    Json& of_group = object["groups"][group] = Json::object();
    for (const auto& [key, value] : configs) of_group[key] = value;
  }
  return dumped(object) + "\n";
}

Result<GroupConfigTable> read_group_configs(std::string_view text) {
  // Deep nesting is none of ours and would take a stack as deep.
  constexpr int kMaxDepth = 4;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  const Json object = Json::parse(text, shallow, /*allow_exceptions=*/false);
  if (object.is_discarded() || !object.is_object()) return fail(Errc::malformed, "not a whole JSON object");
  const auto format = object.find("format");
  if (format == object.end() || !format->is_number_integer()) return fail(Errc::malformed, "\"format\" is not a whole number");
  if (*format != kGroupConfigsFormat) {
    return fail(Errc::unsupported, fmt::format("format {}; this version knows {}", format->dump(), kGroupConfigsFormat));
  }
  const auto groups = object.find("groups");
  if (groups == object.end() || !groups->is_object()) return fail(Errc::malformed, "\"groups\" is not an object");
  GroupConfigTable table;
  for (const auto& [group, configs] : groups->items()) {
    auto read = configs_of(group, configs);
    if (!read) return fail_with(std::move(read));
    if (!read->empty()) table.emplace(group, *std::move(read));
  }
  return table;
}

GroupConfigs::GroupConfigs(fs::FileSystem& file_system, std::string path)
    : file_system_(file_system), path_(std::move(path)), table_(std::make_shared<const GroupConfigTable>()) {}

Status GroupConfigs::load() {
  const std::lock_guard lock(change_mutex_);
  const auto bytes = file_system_.read_file(path_, kMaxGroupConfigsBytes);
  if (!bytes && bytes.error().code == Errc::not_found) return {};
  auto table = bytes ? read_group_configs(as_text(*bytes)) : fail(bytes.error().code, bytes.error().text);
  if (!table) {
    unreadable_ = Error{table.error().code, fmt::format("{}: {}", path_, table.error().text)};
    return std::unexpected(*unreadable_);
  }
  auto read = std::make_shared<const GroupConfigTable>(*std::move(table));
  const std::lock_guard snapshot_lock(snapshot_mutex_);
  table_ = std::move(read);
  return {};
}

std::shared_ptr<const GroupConfigTable> GroupConfigs::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return table_;
}

Status GroupConfigs::change(std::string_view group, const Change& change) {
  const std::lock_guard lock(change_mutex_);
  if (unreadable_) return std::unexpected(*unreadable_);
  if (!can_be_kept(group)) return fail(Errc::invalid_argument, "The name of the group is not UTF-8.");
  GroupConfigTable table = *snapshot();
  auto after = change(table[std::string(group)]);
  if (!after) return fail_with(std::move(after));
  for (const auto& [key, value] : *after) {
    if (!can_be_kept(value)) return fail(Errc::invalid_argument, fmt::format("The value of {} is not UTF-8.", key));
  }
  if (after->empty())
    table.erase(std::string(group));
  else
    table.insert_or_assign(std::string(group), *std::move(after));
  if (table == *snapshot()) return {};
  const std::string text = write_group_configs(table);
  if (text.size() > kMaxGroupConfigsBytes) {
    return fail(Errc::invalid_argument,
                fmt::format("The configs of all groups would take {} bytes; {} are allowed.", text.size(), kMaxGroupConfigsBytes));
  }
  if (Status written = fs::replace_file(file_system_, path_, as_bytes(text)); !written) return written;
  auto next = std::make_shared<const GroupConfigTable>(std::move(table));
  const std::lock_guard snapshot_lock(snapshot_mutex_);
  table_ = std::move(next);
  return {};
}

}  // namespace streamline::catalog
