// Brings file, environment and command line together and collects every mistake on the way.
#include "config/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "config/declared_topics.h"
#include "config/derived_listeners.h"
#include "config/environment.h"
#include "config/file_readers.h"
#include "config/listener.h"
#include "config/log_settings.h"
#include "config/server_config.h"
#include "config/values.h"

namespace streamline::config {

namespace {

/// "max.connections" of Kafka's "listener.name.inside.max.connections"; empty for any other key.
std::string_view key_of_one_listener(std::string_view key) {
  constexpr std::string_view kPrefix = "listener.name.";
  if (!key.starts_with(kPrefix)) return {};
  const std::size_t dot = key.find('.', kPrefix.size());
  return dot == std::string_view::npos ? std::string_view{} : key.substr(dot + 1);
}

class Gathering {
 public:
  /// One source's entries; of an alias and its main name the main name wins.
  void take(const std::vector<Entry>& entries, Source source) {
    check_node_ids(entries);
    for (const bool aliases : {true, false}) {
      for (const Entry& entry : entries) {
        if (is_alias(entry.key) == aliases) take_one(entry, source);
      }
    }
  }
  void add_error(std::string line) { errors_.push_back(std::move(line)); }
  void add_warning(std::string line) { loaded_.warnings.push_back(std::move(line)); }

  Result<Loaded> finish() {
    if (!ignored_.empty()) {
      std::ranges::sort(ignored_);
      const auto repeated = std::ranges::unique(ignored_);
      ignored_.erase(repeated.begin(), repeated.end());
      add_warning(fmt::format("accepted and ignored, because they mean nothing here: {}", fmt::join(ignored_, ", ")));
    }
    complete_listeners();
    if (errors_.empty()) check_together();
    if (errors_.empty()) check_whole();
    if (!errors_.empty()) return fail(Errc::invalid_config, fmt::format("{}", fmt::join(errors_, "\n")));
    return std::move(loaded_);
  }

 private:
  static bool is_alias(std::string_view key) {
    const Property* property = find_broker_property(key);
    return property != nullptr && !property->alias_of.empty();
  }

  void take_one(const Entry& entry, Source source) {
    // Ignoring this one would open what its author meant to close.
    if (entry.key == "authorizer.class.name" && !trimmed(entry.value).empty()) {
      add_error(fmt::format("{}: authorizer.class.name: this version has no access control; without this line everybody may do everything",
                            entry.origin));
      return;
    }
    if (const std::string_view inner = key_of_one_listener(entry.key); find_broker_property(inner) != nullptr) {
      add_error(
          fmt::format("{}: {}: {} cannot be set for one listener; without the prefix it holds for all", entry.origin, entry.key, inner));
      return;
    }
    const Property* property = find_broker_property(entry.key);
    if (property == nullptr) {
      if (is_ignored_kafka_key(entry.key) || entry.key == "authorizer.class.name")
        ignored_.push_back(entry.key);
      else
        add_error(fmt::format("{}: unknown key {}; the nearest known one is {}", entry.origin, entry.key, nearest_key(entry.key)));
      return;
    }
    Status set = loaded_.properties.set(entry.key, {entry.value, source, entry.origin});
    if (set) return;
    const std::string allowed = range_text(*property);
    add_error(fmt::format("{}: {}{}{}", entry.origin, set.error().text, allowed.empty() ? "" : "; allowed: ", allowed));
  }

  void check_node_ids(const std::vector<Entry>& entries) {
    const auto last = [&entries](std::string_view key) {
      const auto found = std::find_if(entries.rbegin(), entries.rend(), [key](const Entry& entry) { return entry.key == key; });
      return found == entries.rend() ? nullptr : &*found;
    };
    const Entry* old_name = last("broker.id");
    const Entry* name = last("node.id");
    if (old_name == nullptr || name == nullptr || trimmed(old_name->value) == trimmed(name->value)) return;
    add_error(fmt::format("{}: broker.id = {} contradicts node.id = {} ({}); they are one thing", old_name->origin, old_name->value,
                          name->value, name->origin));
  }

  void complete_listeners() {
    std::optional<Setting> derived = derive_listeners(loaded_.properties);
    if (!derived) return;
    const Setting* given = loaded_.properties.find("listeners");
    add_warning(fmt::format("listeners = {} ({}), because {}", derived->value, derived->origin,
                            given == nullptr ? "it is not set" : given->origin + " has no listener of every name that is advertised"));
    if (const Status set = loaded_.properties.set("listeners", *std::move(derived)); !set) add_error(set.error().text);
  }

  void check_together() {
    if (Result<Listeners> listeners = make_listeners(loaded_.properties); !listeners) add_error(listeners.error().text);
    if (Result<LogSettings> log = log_settings(loaded_.properties); !log) add_error(log.error().text);
    if (Result<std::vector<DeclaredTopic>> topics = declared_topics(loaded_.properties); !topics) add_error(topics.error().text);
    const Setting* dirs = loaded_.properties.find("log.dirs");
    if (dirs != nullptr && split_list(dirs->value).size() != 1) {
      add_error(fmt::format("{}: log.dirs = {}: exactly one directory", dirs->origin, dirs->value));
    }
    if (loaded_.properties.int32("default.replication.factor") > 1) {
      add_warning(fmt::format("default.replication.factor = {}: this is a single node, so topics made with the default are refused",
                              loaded_.properties.int32("default.replication.factor")));
    }
  }

  /// What only shows when all values stand side by side.
  void check_whole() {
    if (Result<ServerConfig> whole = make_server_config(loaded_.properties); !whole) add_error(whole.error().text);
  }

  Loaded loaded_;
  std::vector<std::string> errors_;
  std::vector<std::string> ignored_;
};

void take_file(const LoadRequest& request, Gathering& gathering) {
  const std::string& file = request.file;
  Result<std::string> text = read_text_file(file);
  if (!text) {
    gathering.add_error(
        fmt::format("{}{}configuration file {}", request.file_origin, request.file_origin.empty() ? "" : ": ", text.error().text));
    return;
  }
  Result<std::vector<Entry>> entries = file.ends_with(".properties") ? read_java_properties(*text, file) : read_toml(*text, file);
  if (!entries)
    gathering.add_error(entries.error().text);
  else
    gathering.take(*entries, Source::file);
}

}  // namespace

Result<Loaded> load(const LoadRequest& request) {
  Gathering gathering;
  if (!request.file.empty()) take_file(request, gathering);

  EnvironmentEntries environment = read_environment(request.environment);
  for (std::string& error : environment.errors) gathering.add_error(std::move(error));
  if (!environment.unknown.empty()) {
    gathering.add_warning(fmt::format("environment variables that name no property: {}", fmt::join(environment.unknown, ", ")));
  }
  gathering.take(environment.entries, Source::environment);

  std::vector<Entry> overrides;
  for (const Override& given : request.overrides) overrides.push_back({given.key, given.value, given.origin});
  gathering.take(overrides, Source::flag);
  return gathering.finish();
}

Result<Override> parse_override(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view key = trimmed(text.substr(0, equals));
  if (equals == std::string_view::npos || key.empty()) return fail(Errc::invalid_argument, fmt::format("-X {}: expected key=value", text));
  return Override{std::string(key), std::string(text.substr(equals + 1)), fmt::format("-X {}", key)};
}

}  // namespace streamline::config
