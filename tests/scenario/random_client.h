// RandomClient: follows the classic protocol as real clients do, and now and then does not.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "scenario/client.h"

namespace streamline::scenario {

class RandomClient final : public Client {
 public:
  RandomClient(std::string name, std::optional<std::string> instance) : Client(std::move(name)), instance_(std::move(instance)) {}

  std::optional<groups::Ticket> go_on(World& world) override;
  std::optional<groups::Ticket> surprise(World& world, std::mt19937_64& random) override;
  void take(World& world, const groups::Answer& answer) override;
  void lose_connection() override;
  bool is_at_rest(const World& world) const override;

 private:
  enum class Phase : std::uint8_t { out, joined, stable };
  groups::Ticket join(World& world);
  groups::Ticket sync(World& world);
  groups::Ticket heartbeat(World& world);
  groups::Ticket commit(World& world, std::int64_t offset);
  groups::Ticket leave(World& world);
  groups::Ticket send(World& world, groups::Call call);
  void take_error(wire::ErrorCode error);

  bool waits() const { return waits_for_.has_value(); }

  std::optional<std::string> instance_;
  std::string id_;
  Phase phase_ = Phase::out;
  std::int32_t generation_ = -1;
  std::vector<std::string> members_;  // when it leads
  std::string topics_ = "t";
  std::optional<groups::Ticket> waits_for_;
  wire::ApiKey waits_for_api_{};
};

}  // namespace streamline::scenario
