// ConsumerClient: follows the new protocol as real clients do, and now and then does not.
#pragma once

#include "groups/consumer/partitions.h"
#include "scenario/client.h"
#include "wire/messages/consumer_group_heartbeat.h"

namespace streamline::scenario {

class ConsumerClient final : public Client {
 public:
  ConsumerClient(std::string name, std::optional<std::string> instance) : Client(std::move(name)), instance_(std::move(instance)) {}

  std::optional<groups::Ticket> go_on(World& world) override;
  std::optional<groups::Ticket> surprise(World& world, std::mt19937_64& random) override;
  void take(World& world, const groups::Answer& answer) override;
  void lose_connection() override;
  bool is_at_rest(const World& world) const override;
  bool is_undisturbed(const World& world) const override;

 private:
  using Request = wire::ConsumerGroupHeartbeatRequest;
  groups::Ticket join(World& world);
  groups::Ticket beat(World& world);
  groups::Ticket leave(World& world, std::int32_t epoch);
  groups::Ticket commit(World& world, std::int64_t offset);
  groups::Ticket send(World& world, Request& request);
  void start_anew();
  void take_beat(const groups::Answer& answer);

  std::optional<std::string> instance_;
  std::string id_;
  int lives_ = 0;
  std::int32_t epoch_ = 0;
  groups::TopicPartitions owned_;
  /// Told to hold; it lets go of the rest with its next heartbeat.
  groups::TopicPartitions assigned_;
  bool says_everything_ = true;
  bool has_news_ = false;
  std::string subscription_ = "t";  // topics by commas, or "~" and a regular expression
  std::optional<groups::Ticket> waits_for_;
};

}  // namespace streamline::scenario
