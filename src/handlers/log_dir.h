// How clients name this broker's one log directory.
#pragma once

#include <filesystem>
#include <string>

#include "broker/broker.h"

namespace streamline::handlers {

inline std::string log_dir(const broker::Broker& broker) {
  std::error_code ignored;
  return std::filesystem::absolute(broker.config().data_dir, ignored).lexically_normal().string();
}

}  // namespace streamline::handlers
