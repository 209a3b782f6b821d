// World: one GroupShard with its log, a clock that stands until it is told to move, and clients with short names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "groups/group_shard.h"

namespace streamline::scenario {

/// Counts, so that ids are the same on every run.
class CountingIds final : public groups::IdSource {
 public:
  Uuid next() override;

 private:
  std::uint32_t next_ = 1;
};

class Topics final : public groups::TopicLookup {
 public:
  void add(const std::string& name, std::int32_t partitions);
  std::optional<groups::TopicFacts> remove(std::string_view name);

  std::optional<groups::TopicFacts> by_name(std::string_view name) const override;
  std::optional<groups::TopicFacts> by_id(const TopicId& id) const override;
  void for_each(const std::function<void(const groups::TopicFacts&)>& visit) const override;
  std::uint64_t version() const override { return version_; }

 private:
  std::map<std::string, groups::TopicFacts, std::less<>> topics_;
  std::uint64_t version_ = 0;
  std::uint32_t next_id_ = 1;
};

struct LoggedRecord {
  std::vector<std::byte> key{};
  std::optional<std::vector<std::byte>> value{};
  /// In whose transaction it is; of a marker, whose it ends.
  ProducerId producer = kNoProducerId;
  /// It is a marker, without key and value.
  std::optional<groups::TransactionEnd> end{};
};

/// A member's id as scripts write it: "a" is the first id that client a was given, "a#2" its second.
class Names {
 public:
  void learn(const std::string& client, std::string_view id);
  /// The id that the client was given last; empty when it has none.
  std::string current(std::string_view client) const;
  void forget(const std::string& client) { current_.erase(client); }
  /// The id behind a name; the name itself when nobody has it. "-" is the empty id.
  std::string id_of(std::string_view name) const;
  std::string name_of(std::string_view id) const;

 private:
  std::map<std::string, std::string, std::less<>> name_by_id_;
  std::map<std::string, std::string, std::less<>> id_by_name_;
  std::map<std::string, std::string, std::less<>> current_;
  std::map<std::string, int, std::less<>> given_;
};

class World {
 public:
  explicit World(const groups::Options& options = {});

  groups::GroupShard& shard() { return *shard_; }
  const groups::GroupShard& shard() const { return *shard_; }
  Topics& topics() { return topics_; }
  const Topics& topics() const { return topics_; }
  Names& names() { return names_; }
  const Names& names() const { return names_; }
  const std::vector<LoggedRecord>& log() const { return log_; }
  std::vector<LoggedRecord>& log() { return log_; }
  groups::Now now() const { return now_; }
  groups::Effects& effects() { return effects_; }

  /// A call of `client`; its answer is found by the ticket.
  groups::Call call(std::string_view client, wire::ApiKey api, std::int16_t version);
  /// The member epoch that the member was told last; 0 when it was told none.
  std::int32_t told_epoch(std::string_view member_id) const {
    const auto told = told_epochs_.find(member_id);
    return told == told_epochs_.end() ? 0 : told->second;
  }
  void tell_epoch(std::string_view member_id, std::int32_t epoch) { told_epochs_[std::string(member_id)] = epoch; }
  /// Whose request had the ticket.
  const std::string& client_of(groups::Ticket ticket) const { return callers_.at(ticket.value); }

  /// The end of a turn: what is due happens, the records are appended, the answers are handed out.
  std::vector<groups::Answer> end_turn();
  /// The end of a turn whose append fails with `error`: the shard is given up and loaded anew.
  std::vector<groups::Answer> fail_turn(wire::ErrorCode error);
  /// A marker comes: what the turn wrote so far is appended before it, as the runtime does.
  std::vector<groups::Answer> end_transaction(ProducerId producer, groups::TransactionEnd end);
  /// Lets `ms` pass, with a turn at each deadline on the way.
  std::vector<groups::Answer> pass(std::int64_t ms);
  /// The broker starts anew on the same log; what was parked is lost.
  void restart();
  /// A shard that has seen the log and nothing else.
  std::unique_ptr<groups::GroupShard> replayed();
  const groups::Options& options() const { return options_; }
  /// Takes effect with the next restart.
  void set_options(const groups::Options& options) { options_ = options; }

 private:
  std::vector<groups::Answer> append();

  groups::Options options_;
  CountingIds ids_;
  Topics topics_;
  Names names_;
  std::unique_ptr<groups::GroupShard> shard_;
  groups::Effects effects_;
  std::vector<LoggedRecord> log_;
  std::map<std::uint64_t, std::string> callers_;
  std::map<std::string, std::int32_t, std::less<>> told_epochs_;
  std::uint64_t next_ticket_ = 1;
  // Far from zero, so that a clock taken for the other one is noticed.
  groups::Now now_{.monotonic_ms = 5'000, .wall_ms = 1'700'000'000'000};
};

}  // namespace streamline::scenario
