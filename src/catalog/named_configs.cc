// Reads and replaces a file of named configs.
#include "catalog/named_configs.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/bytes.h"
#include "catalog/json_text.h"

namespace streamline::catalog {

namespace {

using Json = nlohmann::json;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Whether the text comes back from the file as it was: other bytes than UTF-8 do not.
bool can_be_kept(std::string_view text) {
  const Json read = Json::parse(dumped(Json(text)), nullptr, /*allow_exceptions=*/false);
  return read.is_string() && read.get_ref<const std::string&>() == text;
}

Result<NamedConfig> configs_of(const NamedKind& kind, const std::string& name, const Json& object) {
  if (!object.is_object()) return fail(Errc::malformed, fmt::format("{} \"{}\" is not an object", kind.one, name));
  NamedConfig configs;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return fail(Errc::malformed, fmt::format("{} \"{}\": config \"{}\" is not a text", kind.one, name, key));
    configs.emplace(key, value.get<std::string>());
  }
  return configs;
}

}  // namespace

std::string write_named_configs(const NamedKind& kind, const NamedConfigTable& table) {
  Json things = Json::object();
  for (const auto& [name, configs] : table) {
    Json& of_one = things[name] = Json::object();
    for (const auto& [key, value] : configs) of_one[key] = value;
  }
  Json object = {{"format", kNamedConfigsFormat}};
  object[std::string(kind.all)] = std::move(things);
  return dumped(object) + "\n";
}

Result<NamedConfigTable> read_named_configs(const NamedKind& kind, std::string_view text) {
  // Deep nesting is none of ours and would take a stack as deep.
  constexpr int kMaxDepth = 4;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  const Json object = Json::parse(text, shallow, /*allow_exceptions=*/false);
  if (object.is_discarded() || !object.is_object()) return fail(Errc::malformed, json_problem(text));
  const auto format = object.find("format");
  if (format == object.end() || !format->is_number_integer()) return fail(Errc::malformed, "\"format\" is not a whole number");
  if (*format != kNamedConfigsFormat) {
    return fail(Errc::unsupported, fmt::format("format {}; this version knows {}", format->dump(), kNamedConfigsFormat));
  }
  const auto things = object.find(std::string(kind.all));
  if (things == object.end() || !things->is_object()) return fail(Errc::malformed, fmt::format("\"{}\" is not an object", kind.all));
  NamedConfigTable table;
  for (const auto& [name, configs] : things->items()) {
    auto read = configs_of(kind, name, configs);
    if (!read) return fail_with(std::move(read));
    if (!read->empty()) table.emplace(name, *std::move(read));
  }
  return table;
}

Status check_kept(const NamedKind& kind, std::string_view name, const NamedConfig& configs) {
  if (!can_be_kept(name)) return fail(Errc::invalid_argument, fmt::format("The name of the {} is not UTF-8.", kind.one));
  for (const auto& [key, value] : configs) {
    if (!can_be_kept(key)) return fail(Errc::invalid_argument, "The name of a config is not UTF-8.");
    if (!can_be_kept(value)) return fail(Errc::invalid_argument, fmt::format("The value of {} is not UTF-8.", key));
  }
  return {};
}

NamedConfigs::NamedConfigs(const NamedKind& kind, fs::FileSystem& file_system, std::string_view directory)
    : kind_(kind),
      file_system_(file_system),
      path_(fs::join_path(directory, kind.file_name)),
      table_(std::make_shared<const NamedConfigTable>()) {}

Status NamedConfigs::load() {
  const std::lock_guard lock(change_mutex_);
  const auto bytes = file_system_.read_file(path_, kMaxNamedConfigsBytes);
  if (!bytes && bytes.error().code == Errc::not_found) return {};
  auto table = bytes ? read_named_configs(kind_, as_text(*bytes)) : fail(bytes.error().code, bytes.error().text);
  if (!table) {
    unreadable_ = Error{table.error().code, fmt::format("{}: {}", path_, table.error().text)};
    return std::unexpected(*unreadable_);
  }
  auto read = std::make_shared<const NamedConfigTable>(*std::move(table));
  const std::lock_guard snapshot_lock(snapshot_mutex_);
  table_ = std::move(read);
  return {};
}

std::shared_ptr<const NamedConfigTable> NamedConfigs::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return table_;
}

Result<NamedConfig> NamedConfigs::changed(const NamedConfigTable& table, std::string_view name, const Change& change) const {
  const auto own = table.find(name);
  auto after = change(own == table.end() ? NamedConfig() : own->second);
  if (!after) return after;
  if (Status kept = check_kept(kind_, name, *after); !kept) return fail_with(std::move(kept));
  return after;
}

Status NamedConfigs::check(std::string_view name, const Change& change) const {
  const auto after = changed(*snapshot(), name, change);
  return after ? Status() : Status(std::unexpected(after.error()));
}

Status NamedConfigs::change(std::string_view name, const Change& change) {
  return change_table([&](NamedConfigTable table) -> Result<NamedConfigTable> {
    auto after = changed(table, name, change);
    if (!after) return fail_with(std::move(after));
    if (after->empty())
      table.erase(std::string(name));
    else
      table.insert_or_assign(std::string(name), *std::move(after));
    return table;
  });
}

Status NamedConfigs::change_table(const TableChange& change) {
  const std::lock_guard lock(change_mutex_);
  if (unreadable_) return fail(Errc::io, unreadable_->text);
  auto table = change(*snapshot());
  if (!table) return fail_with(std::move(table));
  if (*table == *snapshot()) return {};
  const std::string text = write_named_configs(kind_, *table);
  if (text.size() > kMaxNamedConfigsBytes) {
    return fail(Errc::invalid_argument,
                fmt::format("The configs of all {} would take {} bytes; {} are allowed.", kind_.all, text.size(), kMaxNamedConfigsBytes));
  }
  if (Status written = fs::replace_file(file_system_, path_, as_bytes(text)); !written) return written;
  auto next = std::make_shared<const NamedConfigTable>(*std::move(table));
  const std::lock_guard snapshot_lock(snapshot_mutex_);
  table_ = std::move(next);
  return {};
}

}  // namespace streamline::catalog
