// Loggers as configs: what can be set, what is shown, and that a request is done as a whole or not at all.
#include "handlers/broker_loggers.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "base/log.h"

using namespace streamline;
using namespace streamline::handlers;

namespace {

using config::ConfigChange;
using config::ConfigOperation;
using wire::ErrorCode;

/// The levels of the process are as they were when it goes.
struct KeptLevels {
  KeptLevels() : general(log::level()) {
    for (const std::string_view name : log::components()) own.emplace(name, log::level(name));
  }
  ~KeptLevels() {
    log::set_level(general);
    for (const auto& [name, level] : own) static_cast<void>(log::set_level(name, level));
  }
  KeptLevels(const KeptLevels&) = delete;
  KeptLevels& operator=(const KeptLevels&) = delete;

  log::Level general;
  std::map<std::string_view, log::Level> own;
};

ErrorCode alter(const std::vector<ConfigChange>& changes, Alter how = Alter::write) {
  const auto refused = alter_broker_loggers(changes, how);
  return refused ? refused->code : ErrorCode::none;
}

std::string_view shown(std::string_view name) {
  const auto loggers = broker_loggers();
  const auto found = std::ranges::find(loggers, name, &BrokerLogger::name);
  return found == loggers.end() ? "" : found->level;
}

ConfigChange set(std::string name, std::string level) { return {.name = std::move(name), .value = std::move(level)}; }
ConfigChange unset(std::string name) { return {.name = std::move(name), .operation = ConfigOperation::remove}; }

}  // namespace

TEST_CASE("every component of the log is a logger, and root before them") {
  const auto loggers = broker_loggers();
  REQUIRE(loggers.size() == log::components().size() + 1);
  CHECK(loggers.front().name == "root");
  for (const std::string_view name : log::components()) CHECK_FALSE(shown(name).empty());
}

TEST_CASE("each word of Kafka's is taken, and shown as the level that it is here") {
  const KeptLevels kept;
  const std::pair<const char*, const char*> words[] = {{"TRACE", "DEBUG"}, {"DEBUG", "DEBUG"}, {"INFO", "INFO"},
                                                       {"WARN", "WARN"},   {"ERROR", "ERROR"}, {"FATAL", "ERROR"}};
  for (const auto& [word, level] : words) {
    REQUIRE(alter({set("storage", word)}) == ErrorCode::none);
    CHECK(shown("storage") == level);
  }
  CHECK(log::level("storage") == log::Level::error);
  REQUIRE(alter({set("root", "WARN")}) == ErrorCode::none);
  CHECK(shown("net") == "WARN");
  REQUIRE(alter({set("net", "DEBUG")}) == ErrorCode::none);
  REQUIRE(alter({unset("net")}) == ErrorCode::none);
  CHECK(shown("net") == "WARN");
  REQUIRE(alter({set("net", "DEBUG"), set("root", "ERROR")}) == ErrorCode::none);
  CHECK(shown("net") == "DEBUG");
  CHECK(shown("storage") == "ERROR");
}

TEST_CASE("what cannot be is refused with Kafka's codes, and nothing else of the request is done") {
  const KeptLevels kept;
  const std::string before(shown("net"));
  const std::pair<ConfigChange, ErrorCode> refused[] = {
      {set("no.such", "INFO"), ErrorCode::invalid_config},
      {unset("no.such"), ErrorCode::invalid_config},
      {set("storage", "OFF"), ErrorCode::invalid_config},
      {set("storage", "debug"), ErrorCode::invalid_config},
      {set("storage", ""), ErrorCode::invalid_config},
      {{.name = "storage"}, ErrorCode::invalid_request},
      {unset("root"), ErrorCode::invalid_request},
      {{.name = "storage", .operation = ConfigOperation::append, .value = "INFO"}, ErrorCode::invalid_request},
      {{.name = "storage", .operation = ConfigOperation::subtract, .value = "INFO"}, ErrorCode::invalid_request},
      {set("net", "INFO"), ErrorCode::invalid_request},  // named twice
  };
  for (const auto& [change, code] : refused) {
    CHECK(alter({set("net", before == "ERROR" ? "WARN" : "ERROR"), change}) == code);
    CHECK(shown("net") == before);
  }
  CHECK(alter({set("net", "ERROR")}, Alter::check_only) == ErrorCode::none);
  CHECK(shown("net") == before);
}

TEST_CASE("loggers belong to this broker") {
  CHECK_FALSE(logger_owner_problem("1", 1));
  for (const char* name : {"", "2", "x"}) CHECK(logger_owner_problem(name, 1)->code == ErrorCode::invalid_request);
}
