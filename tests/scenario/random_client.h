// RandomClient: follows the classic protocol as real clients do, and now and then does not.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "scenario/world.h"

namespace streamline::scenario {

class RandomClient {
 public:
  RandomClient(std::string name, std::optional<std::string> instance) : name_(std::move(name)), instance_(std::move(instance)) {}

  const std::string& name() const { return name_; }
  bool waits() const { return waits_for_.has_value(); }
  bool is_stable() const { return phase_ == Phase::stable && !waits(); }
  std::int32_t generation() const { return generation_; }

  /// The next request of an obedient client; nothing while it waits. The ticket of a request that was sent.
  std::optional<groups::Ticket> go_on(World& world);
  /// Something else: a commit, a leave, a change of mind, a crash.
  std::optional<groups::Ticket> surprise(World& world, std::mt19937_64& random);
  /// Answers to requests it gave up are not for it.
  void take(const groups::Answer& answer);
  /// Its connection is gone: it asks again.
  void lose_connection();

 private:
  enum class Phase : std::uint8_t { out, joined, stable };
  groups::Ticket join(World& world);
  groups::Ticket sync(World& world);
  groups::Ticket heartbeat(World& world);
  groups::Ticket commit(World& world, std::int64_t offset);
  groups::Ticket leave(World& world);
  groups::Ticket send(World& world, groups::Call call);
  void take_error(wire::ErrorCode error);

  std::string name_;
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
