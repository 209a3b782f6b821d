// Loggers as configs: names and levels to and from Kafka's words.
#include "handlers/broker_loggers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/log.h"

namespace streamline::handlers {

namespace {

using config::ConfigChange;
using config::ConfigOperation;
using wire::ErrorCode;

constexpr std::string_view kRoot = "root";

struct LevelWord {
  std::string_view word;
  log::Level level;
};
/// By word; the ones of one level have the one first that it is shown as.
constexpr std::array kLevelWords = {
    LevelWord{"DEBUG", log::Level::debug}, LevelWord{"ERROR", log::Level::error}, LevelWord{"FATAL", log::Level::error},
    LevelWord{"INFO", log::Level::info},   LevelWord{"TRACE", log::Level::debug}, LevelWord{"WARN", log::Level::warn},
};

const LevelWord* find_word(std::string_view word) {
  const auto* const found = std::ranges::find(kLevelWords, word, &LevelWord::word);
  return found == kLevelWords.end() ? nullptr : found;
}

std::string_view word_of(log::Level level) { return std::ranges::find(kLevelWords, level, &LevelWord::level)->word; }

bool is_logger(std::string_view name) { return name == kRoot || std::ranges::find(log::components(), name) != log::components().end(); }

std::optional<AlterationRefusal> problem(const ConfigChange& change) {
  if (change.operation == ConfigOperation::append || change.operation == ConfigOperation::subtract) {
    const std::string_view word = change.operation == ConfigOperation::append ? "APPEND" : "SUBTRACT";
    return AlterationRefusal{ErrorCode::invalid_request, fmt::format("{} operation is not allowed for the BROKER_LOGGER resource", word)};
  }
  if (!is_logger(change.name)) return AlterationRefusal{ErrorCode::invalid_config, fmt::format("Logger {} does not exist!", change.name)};
  if (change.operation == ConfigOperation::remove) {
    if (change.name != kRoot) return std::nullopt;
    return AlterationRefusal{ErrorCode::invalid_request, "Removing the log level of the root logger is not allowed"};
  }
  if (!change.value) return AlterationRefusal{ErrorCode::invalid_request, fmt::format("Null value not supported for : {}", change.name)};
  if (find_word(*change.value) != nullptr) return std::nullopt;
  std::string words;
  for (const LevelWord& known : kLevelWords) words += fmt::format("{}{}", words.empty() ? "" : ", ", known.word);
  return AlterationRefusal{ErrorCode::invalid_config,
                           fmt::format("Cannot set the log level of {} to {} as it is not a supported log level. Valid log levels are {}",
                                       change.name, *change.value, words)};
}

void carry_out(const ConfigChange& change) {
  const log::Level level = change.operation == ConfigOperation::remove ? log::level() : find_word(*change.value)->level;
  if (change.name == kRoot) return log::set_level(level);
  static_cast<void>(log::set_level(change.name, level));  // it is there, as problem() has seen
}

}  // namespace

std::vector<BrokerLogger> broker_loggers() {
  std::vector<BrokerLogger> loggers = {{.name = kRoot, .level = word_of(log::level())}};
  for (const std::string_view name : log::components()) loggers.push_back({.name = name, .level = word_of(log::level(name))});
  return loggers;
}

std::optional<AlterationRefusal> logger_owner_problem(std::string_view name, std::int32_t node_id) {
  if (name.empty()) return AlterationRefusal{ErrorCode::invalid_request, "Broker id must not be empty"};
  return broker_name_problem(name, node_id);
}

std::optional<AlterationRefusal> alter_broker_loggers(std::span<const ConfigChange> changes, Alter how) {
  std::set<std::string_view> seen;
  for (const ConfigChange& change : changes) {
    if (!seen.insert(change.name).second) return AlterationRefusal{ErrorCode::invalid_request, "Error due to duplicate config keys"};
  }
  for (const ConfigChange& change : changes) {
    if (auto refused = problem(change)) return refused;
  }
  if (how == Alter::check_only) return std::nullopt;
  // Root first: it stands for those that the request does not name.
  for (const bool root : {true, false}) {
    for (const ConfigChange& change : changes) {
      if ((change.name == kRoot) == root) carry_out(change);
    }
  }
  return std::nullopt;
}

}  // namespace streamline::handlers
