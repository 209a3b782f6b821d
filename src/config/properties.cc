// Settings by name, and their typed values.
#include "config/properties.h"

#include <utility>

#include "base/assert.h"
#include "config/values.h"

namespace streamline::config {

namespace {

/// The row that holds the value: aliases share their main name's.
const Property& row_of(std::string_view name) {
  const Property* property = find_broker_property(name);
  SL_ASSERT(property != nullptr);
  if (property->alias_of.empty()) return *property;
  const Property* main = find_broker_property(property->alias_of);
  SL_ASSERT(main != nullptr);
  return *main;
}

}  // namespace

const Setting* Properties::find(std::string_view name) const {
  const auto found = settings_.find(row_of(name).name);
  return found == settings_.end() ? nullptr : &found->second;
}

void Properties::set_layer(Layer layer, LayerMap settings) {
  LayerMap& kept = layers_[static_cast<std::size_t>(layer)];
  kept.clear();
  for (auto& [name, value] : settings) kept.insert_or_assign(std::string(row_of(name).name), std::move(value));
}

const std::string* Properties::find(Layer layer, std::string_view name) const {
  const LayerMap& kept = layers_[static_cast<std::size_t>(layer)];
  const auto found = kept.find(row_of(name).name);
  return found == kept.end() ? nullptr : &found->second;
}

std::optional<std::string_view> Properties::text(std::string_view name) const {
  for (const Layer layer : {Layer::this_broker, Layer::all_brokers}) {
    if (const std::string* value = layers_[static_cast<std::size_t>(layer)].empty() ? nullptr : find(layer, name)) return *value;
  }
  const Setting* setting = find(name);
  return setting != nullptr ? std::optional<std::string_view>(setting->value) : row_of(name).default_value;
}

Source Properties::source(std::string_view name) const {
  const Setting* setting = find(name);
  return setting != nullptr ? setting->source : Source::default_value;
}

bool Properties::boolean(std::string_view name) const {
  const std::optional<bool> value = parse_boolean(text(name).value_or(""));
  SL_ASSERT(value.has_value());
  return *value;
}

std::int32_t Properties::int32(std::string_view name) const {
  SL_ASSERT(row_of(name).type == Type::int32);
  return static_cast<std::int32_t>(int64(name));
}

std::int64_t Properties::int64(std::string_view name) const {
  const std::optional<std::int64_t> value = parse_integer(text(name).value_or(""));
  SL_ASSERT(value.has_value());
  return *value;
}

double Properties::real(std::string_view name) const {
  const std::optional<double> value = parse_real(text(name).value_or(""));
  SL_ASSERT(value.has_value());
  return *value;
}

std::string Properties::string(std::string_view name) const { return std::string(text(name).value_or("")); }

std::vector<std::string> Properties::list(std::string_view name) const { return split_list(text(name).value_or("")); }

Status Properties::set(std::string_view name, Setting setting) {
  const Property* named = find_broker_property(name);
  if (named == nullptr) return fail(Errc::not_found, "unknown property " + std::string(name));
  if (Status checked = check_value(*named, setting.value); !checked) return checked;
  const Property& row = row_of(name);
  setting.value = canonical_value(row, setting.value);
  const auto found = settings_.find(row.name);
  if (found == settings_.end())
    settings_.emplace(row.name, std::move(setting));
  else if (found->second.source <= setting.source)
    found->second = std::move(setting);
  return {};
}

void Properties::adopt(std::string_view name, const Properties& from) {
  const Property& row = row_of(name);
  if (const Setting* setting = from.find(row.name))
    settings_.insert_or_assign(std::string(row.name), *setting);
  else
    settings_.erase(std::string(row.name));
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view element = trimmed(text.substr(0, comma));
    if (!element.empty()) elements.emplace_back(element);
    if (comma == std::string_view::npos) return elements;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace streamline::config
