// Client: a member of the random driver, of whichever protocol.
#pragma once

#include <optional>
#include <random>
#include <string>

#include "scenario/world.h"

namespace streamline::scenario {

class Client {
 public:
  explicit Client(std::string name) : name_(std::move(name)) {}
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const std::string& name() const { return name_; }
  /// The next request of an obedient client; nothing while it waits. The ticket of a request that was sent.
  virtual std::optional<groups::Ticket> go_on(World& world) = 0;
  /// Something else: a commit, a leave, a change of mind, a crash.
  virtual std::optional<groups::Ticket> surprise(World& world, std::mt19937_64& random) = 0;
  /// Answers to requests it gave up are not for it.
  virtual void take(World& world, const groups::Answer& answer) = 0;
  /// Its connection is gone: it asks again.
  virtual void lose_connection() = 0;
  /// It is where the group wants it to be.
  virtual bool is_at_rest(const World& world) const = 0;
  /// What it works on, as far as the group knows it, is held for it: nothing was given away before it let go.
  virtual bool is_undisturbed(const World&) const { return true; }

 private:
  std::string name_;
};

}  // namespace streamline::scenario
