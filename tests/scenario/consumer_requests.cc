// What a command leaves out is what a usual client would send: its own id, the epoch that it was told last, nothing that did not change.
#include "scenario/consumer_requests.h"

#include <optional>
#include <string>
#include <vector>

#include "scenario/consumer_text.h"

namespace streamline::scenario {

namespace {

using Request = wire::ConsumerGroupHeartbeatRequest;

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text == "-" ? std::string_view() : std::string_view(*text);
}

std::string id_of(const World& world, const Command& command) {
  const Names& names = world.names();
  if (const auto named = command.value("id")) return names.id_of(*named);
  const std::string current = names.current(command.word(0));
  // A member makes its id itself.
  return current.empty() ? command.word(0) : current;
}

}  // namespace

void send_beat(World& world, const Command& command) {
  Command filled = command;
  const auto fill = [&](const std::string& key, const std::string& value) { filled.values.try_emplace(key, value); };
  if (command.verb == "enter") {
    fill("epoch", "0");
    fill("rebalance", "60000");
    if (!command.value("regex")) fill("topics", "t");
    fill("owned", "-");
  }
  if (command.verb == "quit") fill("epoch", "-1");
  const std::string group = filled.value("g", "g") == "-" ? "" : filled.value("g", "g");
  const std::string id = id_of(world, filled);
  const auto instance = filled.value("instance");
  const auto rack = filled.value("rack");
  const auto regex = filled.value("regex");
  const auto assignor = filled.value("assignor");
  const std::string topics = filled.value("topics", "");
  const std::vector<std::string> names = topics == "-" ? std::vector<std::string>() : split(topics, ',');
  std::vector<std::string_view> views(names.begin(), names.end());
  Arena arena;
  Request request{.group_id = group, .member_id = id};
  request.member_epoch = static_cast<std::int32_t>(filled.number("epoch", world.told_epoch(id)));
  request.instance_id = view_of(instance);
  request.rack_id = view_of(rack);
  request.rebalance_timeout_ms = static_cast<std::int32_t>(filled.number("rebalance", -1));
  if (filled.value("topics") && topics != "null") request.subscribed_topic_names = views;
  request.subscribed_topic_regex = view_of(regex);
  request.server_assignor = view_of(assignor);
  if (const auto owned = filled.value("owned"); owned && *owned != "null") {
    request.topic_partitions = groups::listed_in<Request::TopicPartitions>(parse_partitions(world.topics(), *owned), arena);
  }
  const auto version = static_cast<std::int16_t>(filled.number("v", 1));
  const auto call = world.call(command.word(0), wire::ApiKey::consumer_group_heartbeat, version);
  world.shard().consumer_heartbeat(request, call, world.now(), world.effects());
}

}  // namespace streamline::scenario
