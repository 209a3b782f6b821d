// ModelPartition: a partition's log as far as transactions go, with the rules that storage keeps: epochs, guards, markers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "transactions/effects.h"

namespace streamline::scenario {

enum class Fate : std::uint8_t { open, committed, aborted };

class ModelPartition {
 public:
  /// Data of the transaction `serial`, or a marker.
  struct Entry {
    transactions::Producer producer{};
    std::uint32_t serial = 0;
    std::optional<transactions::Outcome> marker{};
  };

  /// Taken when a write is let in; void once the producer's transaction was ended here.
  std::size_t guard(ProducerId id) const;
  /// Where it is; none when it is fenced or comes too late for its guard.
  std::optional<std::size_t> append(const transactions::Producer& producer, std::uint32_t serial, std::size_t guard);
  /// False when the order is of an epoch that is over.
  bool mark(const transactions::MarkerOrder& order);

  void sync() { durable_ = entries_.size(); }
  bool is_durable() const { return durable_ == entries_.size(); }
  std::size_t durable() const { return durable_; }
  std::size_t size() const { return entries_.size(); }
  void lose_power(std::size_t extra);

  std::uint32_t serial_at(std::size_t at) const { return entries_.at(at).serial; }
  /// What a reader of committed data would make of each entry of data, by place.
  std::map<std::size_t, Fate> fates() const;

 private:
  std::vector<Entry> entries_;
  std::size_t durable_ = 0;
};

}  // namespace streamline::scenario
