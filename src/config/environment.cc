// Maps variable names back to property names by the table: '.' became '_', so the name alone does not tell.
#include "config/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <unordered_map>

#include "config/kafka_keys.h"
#include "config/loader.h"
#include "config/property.h"
#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::string_view kOurs = "STREAMLINE_";
constexpr std::string_view kKafkas = "KAFKA_";
constexpr std::string_view kFileEnding = "_FILE";
constexpr std::size_t kMaxFileBytes = 1 << 20;

/// One family of images puts this behind the prefix: KAFKA_CFG_LISTENERS.
constexpr std::string_view kImagePrefix = "CFG_";

constexpr std::string_view kAuthorizer = "authorizer.class.name";

/// Read by the command line tool or by main, not as properties.
constexpr std::string_view kToolVariables[] = {"STREAMLINE_BOOTSTRAP",      "STREAMLINE_CLIENT_ID", "STREAMLINE_CONFIG",
                                               "STREAMLINE_CONFIG_FILE",    "STREAMLINE_OUTPUT",    "STREAMLINE_PROFILE",
                                               "STREAMLINE_REQUEST_TIMEOUT"};

std::string variable_part(std::string_view key) {
  std::string name(key);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '.' || c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

using NameIndex = std::unordered_map<std::string, std::string_view>;

const NameIndex& keys_by_variable() {
  static const NameIndex index = [] {
    NameIndex names;
    for (const std::string_view key : ignored_kafka_keys()) names[variable_part(key)] = key;
    names[variable_part(kAuthorizer)] = kAuthorizer;  // known, so that the loader can refuse it
    for (const Property* property : broker_properties()) names[variable_part(property->name)] = property->name;
    return names;
  }();
  return index;
}

/// Kubernetes tells every container the addresses of services: a service named "streamline" gives STREAMLINE_PORT and the like.
bool is_service_address(std::string_view part) { return part == "PORT" || part.starts_with("PORT_") || part.find("SERVICE_") == 0; }

/// "LOG_DIRS" as "log.dirs", whether there is such a property or not.
std::string dotted(std::string_view part) {
  std::string key(part);
  std::ranges::transform(key, key.begin(), [](char c) {
    return c == '_' ? '.' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return key;
}

struct FromFile {
  std::string key;
  bool is_file = false;
};

std::optional<FromFile> find_key(std::string_view part) {
  const NameIndex& index = keys_by_variable();
  if (const auto found = index.find(std::string(part)); found != index.end()) return FromFile{std::string(found->second), false};
  if (part.ends_with(kFileEnding)) {
    const auto found = index.find(std::string(part.substr(0, part.size() - kFileEnding.size())));
    if (found != index.end()) return FromFile{std::string(found->second), true};
  }
  // Some families of Kafka's keys are known by how they begin.
  std::string key = dotted(part);
  if (!is_ignored_kafka_key(key)) return std::nullopt;
  return FromFile{std::move(key), false};
}

std::string describe_unknown(std::string_view variable, std::string_view part) {
  if (!variable.starts_with(kOurs)) return std::string(variable);
  return fmt::format("{} (did you mean {}{}?)", variable, kOurs, variable_part(nearest_key(dotted(part))));
}

void read_variable(const std::string& variable, const std::string& value, std::string_view prefix, EnvironmentEntries& result) {
  std::string_view part = std::string_view(variable).substr(prefix.size());
  if (prefix == kKafkas && part.starts_with(kImagePrefix)) part.remove_prefix(kImagePrefix.size());
  if (std::ranges::find(kToolVariables, variable) != std::end(kToolVariables) || is_service_address(part)) return;
  const std::optional<FromFile> found = find_key(part);
  if (!found) {
    result.unknown.push_back(describe_unknown(variable, part));
    return;
  }
  if (!found->is_file) {
    result.entries.push_back({found->key, value, variable});
    return;
  }
  Result<std::string> content = read_text_file(value);
  if (!content)
    result.errors.push_back(fmt::format("{}: {}", variable, content.error().text));
  else
    result.entries.push_back({found->key, std::string(trimmed(*content)), variable});
}

}  // namespace

EnvironmentEntries read_environment(const std::vector<std::pair<std::string, std::string>>& variables) {
  EnvironmentEntries result;
  for (const std::string_view prefix : {kKafkas, kOurs}) {
    for (const auto& [variable, value] : variables) {
      if (variable.starts_with(prefix)) read_variable(variable, value, prefix, result);
    }
  }
  return result;
}

Result<std::string> read_text_file(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }  // only read: nothing can be lost
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return fail_errno(errno, path);
  std::string text(kMaxFileBytes + 1, '\0');
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return fail_errno(errno, path);
  if (size > kMaxFileBytes) return fail(Errc::too_large, fmt::format("{}: larger than {} bytes", path, kMaxFileBytes));
  text.resize(size);
  return text;
}

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view text = *at;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace streamline::config
