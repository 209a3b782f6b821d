// Loggers of this broker as resources with configs: the components of the log, and "root", which stands for all of them. Their levels hold
// until the process ends, as in Kafka.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_change.h"
#include "handlers/config_alteration.h"

namespace streamline::handlers {

struct BrokerLogger {
  std::string_view name;
  std::string_view level;  ///< Kafka's word for it
};
/// All of them with the levels that are in force.
std::vector<BrokerLogger> broker_loggers();

/// What is wrong with the name of the broker whose loggers are asked for; they are never all brokers'.
std::optional<AlterationRefusal> logger_owner_problem(std::string_view name, std::int32_t node_id);

/// All changes or none. A logger whose level is taken off has root's. Kafka's TRACE is DEBUG here, and FATAL is ERROR.
std::optional<AlterationRefusal> alter_broker_loggers(std::span<const config::ConfigChange> changes, Alter how);

}  // namespace streamline::handlers
