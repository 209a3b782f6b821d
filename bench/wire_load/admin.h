// What happens before and after a measurement: make a topic, wait until it or a group can be written, delete it. Blocking, not measured.
#pragma once

#include <string>

#include "base/result.h"
#include "common/wire.h"

namespace streamline::bench {

struct Server {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
};

/// Creates the topic with one replica and returns once every partition has a leader that serves (at most 30 s).
Status create_topic(const Server& server, const std::string& topic, std::int32_t partitions);
Status delete_topic(const Server& server, const std::string& topic);
/// Returns once the group has a coordinator that takes `commit` (at most 30 s).
Status await_group(const Server& server, const std::string& group, const Request& commit);

}  // namespace streamline::bench
