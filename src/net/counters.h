// Counters of one reactor: written by its thread alone, so an addition is a plain load and store; read by any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace streamline::net {

class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

struct ReactorCounters {
  Counter turns;
  Counter tasks;
  // system calls by kind
  Counter waits;
  Counter controls;
  Counter receives;
  Counter sends;
  Counter sendfiles;
  Counter accepts;
  // connections and frames
  Counter opened;
  Counter closed;
  Counter frames;
  Counter bytes_in;
  Counter bytes_out;
  Counter closed_idle;
  Counter refused_frames;  // wrong length

  /// Of this reactor's own network work; wakes are counted by whoever posts and are not in here.
  std::uint64_t system_calls() const {
    return waits.value() + controls.value() + receives.value() + sends.value() + sendfiles.value() + accepts.value();
  }
};

}  // namespace streamline::net
