// DescribeConfigs: every key with its value, where it comes from and what would hold without that (checked against Kafka 4.3.1).
#include <algorithm>

#include "config/broker_config.h"
#include "config/effective.h"
#include "config/group_config.h"
#include "config/kafka_keys.h"
#include "config/topic_config.h"
#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::string_view kMinInsync = "min.insync.replicas";

/// Kafka 4.3 keeps min.insync.replicas as a dynamic default of the cluster, whoever set it (kafka-rules 14.24).
void add_min_insync(const Properties& broker, std::vector<ConfigSynonym>& synonyms) {
  if (broker.find(Layer::all_brokers, kMinInsync) != nullptr) return;
  const Setting* loaded = broker.find(kMinInsync);
  const auto value = loaded != nullptr ? loaded->value : std::string(find_broker_property(kMinInsync)->default_value.value_or(""));
  synonyms.push_back({std::string(kMinInsync), value, ConfigSource::dynamic_default_broker});
}

void add_layer(Layer layer, std::string_view name, const Properties& broker, std::vector<ConfigSynonym>& synonyms) {
  const auto source = layer == Layer::this_broker ? ConfigSource::dynamic_broker : ConfigSource::dynamic_default_broker;
  if (const std::string* value = broker.find(layer, name)) synonyms.push_back({std::string(name), *value, source});
}

void add_loaded(std::string_view name, const Properties& broker, std::vector<ConfigSynonym>& synonyms) {
  if (const Setting* setting = broker.find(name)) synonyms.push_back({std::string(name), setting->value, ConfigSource::static_broker});
}

/// What a broker property contributes: first what clients set, then what was loaded; its default stands apart.
void add_set(std::string_view name, const Properties& broker, std::vector<ConfigSynonym>& synonyms) {
  add_layer(Layer::this_broker, name, broker, synonyms);
  add_layer(Layer::all_brokers, name, broker, synonyms);
  if (name == kMinInsync) add_min_insync(broker, synonyms);
  add_loaded(name, broker, synonyms);
}

void add_default(const Property& property, std::vector<ConfigSynonym>& synonyms) {
  if (!property.default_value) return;
  synonyms.push_back({std::string(property.name), canonical_value(property, *property.default_value), ConfigSource::default_config});
}

/// Of several twins only those count that are set; the defaults of the others stand behind them. Where the first twin has no default
/// and none is set, Kafka lists nothing.
std::vector<ConfigSynonym> broker_synonyms(const Property& topic_key, const Properties& broker) {
  std::vector<ConfigSynonym> synonyms;
  for (const Twin& twin : topic_key.twins) {
    if (!twin.name.empty()) add_set(twin.name, broker, synonyms);
  }
  const Property* first = find_broker_property(topic_key.twins.front().name);
  if (first == nullptr || (synonyms.empty() && !first->default_value)) return synonyms;
  for (const Twin& twin : topic_key.twins) {
    if (const Property* property = find_broker_property(twin.name)) add_default(*property, synonyms);
  }
  return synonyms;
}

DescribedConfig described(const Property& property, std::string value, std::vector<ConfigSynonym> synonyms) {
  DescribedConfig config;
  config.property = &property;
  config.value = std::move(value);
  config.source = synonyms.empty() ? ConfigSource::default_config : synonyms.front().source;
  config.synonyms = std::move(synonyms);
  return config;
}

void hide(DescribedConfig& config) {
  config.sensitive = true;
  config.value.reset();
  for (ConfigSynonym& synonym : config.synonyms) synonym.value.reset();
}

/// The property alone, or all that say the same in other units, the one that wins first.
std::vector<const Property*> units_of(const Property& property) {
  for (const Property& topic_key : topic_properties()) {
    if (std::ranges::find(topic_key.twins, property.name, &Twin::name) == topic_key.twins.end()) continue;
    std::vector<const Property*> units;
    for (const Twin& twin : topic_key.twins) {
      if (const Property* unit = find_broker_property(twin.name)) units.push_back(unit);
    }
    return units;
  }
  return {&property};
}

/// By where values come from, as they win; what other units say stands behind the property's own first one only.
std::vector<ConfigSynonym> synonyms_of(const Property& property, const Properties& broker) {
  const auto units = units_of(property);
  std::vector<ConfigSynonym> synonyms;
  for (const Layer layer : {Layer::this_broker, Layer::all_brokers}) {
    for (const Property* unit : units) add_layer(layer, unit->name, broker, synonyms);
  }
  if (property.name == kMinInsync) add_min_insync(broker, synonyms);
  for (const Property* unit : units) add_loaded(unit->name, broker, synonyms);
  for (const Property* unit : units) add_default(*unit, synonyms);
  synonyms.erase(synonyms.begin(), std::ranges::find(synonyms, property.name, &ConfigSynonym::name));
  return synonyms;
}

DescribedConfig describe_broker_property(const Property& property, const Properties& broker) {
  std::vector<ConfigSynonym> synonyms = synonyms_of(property, broker);
  DescribedConfig config = described(property, broker.string(property.name), std::move(synonyms));
  if (!broker.text(property.name)) config.value.reset();
  config.read_only = !property.reloadable;
  if (property.sensitive()) hide(config);
  return config;
}

struct Keys {
  std::span<const Property> rows;
  ConfigSource own;  ///< of what was set on the topic or group itself
};

std::vector<DescribedConfig> describe_keys(const Keys& keys, const TopicConfigMap& configs, const Properties& broker) {
  std::vector<DescribedConfig> all;
  all.reserve(keys.rows.size());
  for (const Property& property : keys.rows) {
    std::vector<ConfigSynonym> synonyms = broker_synonyms(property, broker);
    std::string value = effective_topic_value(property, configs, broker);
    if (configs.contains(property.name)) synonyms.insert(synonyms.begin(), {std::string(property.name), value, keys.own});
    all.push_back(described(property, std::move(value), std::move(synonyms)));
  }
  return all;
}

}  // namespace

std::int8_t wire_type(Type type) {
  switch (type) {
    case Type::boolean: return 1;
    case Type::string: return 2;
    case Type::int32: return 3;
    case Type::int64: return 5;
    case Type::real: return 6;
    case Type::list: return 7;
    case Type::password: return 9;
  }
  return 0;
}

std::vector<DescribedConfig> describe_topic(const TopicConfigMap& configs, const Properties& broker) {
  return describe_keys({topic_properties(), ConfigSource::dynamic_topic}, configs, broker);
}

std::vector<DescribedConfig> describe_group(const GroupConfigMap& configs, const Properties& broker) {
  return describe_keys({group_keys(), ConfigSource::dynamic_group}, configs, broker);
}

std::vector<DescribedConfig> describe_broker_defaults(const Properties& broker) {
  std::vector<DescribedConfig> all;
  for (const auto& [name, value] : broker.layer(Layer::all_brokers)) {
    const Property& property = *find_broker_property(name);
    all.push_back(described(property, value, {{name, value, ConfigSource::dynamic_default_broker}}));
    if (property.sensitive()) hide(all.back());
  }
  std::vector<ConfigSynonym> min_insync;
  add_min_insync(broker, min_insync);
  if (!min_insync.empty()) all.push_back(described(*find_broker_property(kMinInsync), min_insync.front().value.value_or(""), min_insync));
  return all;
}

std::vector<DescribedConfig> describe_broker(const Properties& broker) {
  std::vector<DescribedConfig> all;
  for (const Property* property : broker_properties()) all.push_back(describe_broker_property(*property, broker));
  // What only Kafka reads, with the reason: whoever looks for it finds out.
  for (const Property& property : ignored_properties()) {
    DescribedConfig& config = all.emplace_back();
    config.property = &property;
    config.read_only = true;
    config.sensitive = property.sensitive();
  }
  std::ranges::sort(all, {}, [](const DescribedConfig& config) { return config.property->name; });
  return all;
}

}  // namespace streamline::config
