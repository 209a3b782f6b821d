// The pool: order, delays, and what stop() finishes and drops.
#include "broker/pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

using namespace streamline::broker;
using namespace std::chrono_literals;

TEST_CASE("one thread runs jobs in the order of submission") {
  std::vector<int> seen;
  Pool pool(1);
  for (int i = 0; i < 500; ++i) pool.submit([&seen, i] { seen.push_back(i); });
  pool.stop();
  std::vector<int> expected(500);
  for (int i = 0; i < 500; ++i) expected[static_cast<std::size_t>(i)] = i;
  CHECK(seen == expected);
}

TEST_CASE("several threads run jobs at the same time") {
  Pool pool(2);
  std::promise<void> first;
  std::promise<void> second;
  std::atomic<int> met = 0;
  // Each waits for the other: with one thread this would never end.
  pool.submit([&] {
    first.set_value();
    second.get_future().wait();
    ++met;
  });
  pool.submit([&] {
    second.set_value();
    first.get_future().wait();
    ++met;
  });
  pool.stop();
  CHECK(met == 2);
}

TEST_CASE("a delayed job runs no earlier than its time, and a later one does not hold it up") {
  Pool pool(1);
  std::atomic<bool> far_ran = false;
  std::promise<std::chrono::steady_clock::time_point> ran;
  pool.submit_after(24h, [&] { far_ran = true; });
  const auto begin = std::chrono::steady_clock::now();
  pool.submit_after(5ms, [&] { ran.set_value(std::chrono::steady_clock::now()); });
  CHECK(ran.get_future().get() - begin >= 5ms);
  pool.stop();
  CHECK_FALSE(far_ran);
}

TEST_CASE("stop finishes what was submitted and drops what is not due") {
  Pool pool(1);
  std::promise<void> go;
  std::atomic<int> ran = 0;
  pool.submit([&] { go.get_future().wait(); });
  for (int i = 0; i < 10; ++i) pool.submit([&] { ++ran; });
  pool.submit_after(24h, [&] { ran += 1000; });
  go.set_value();
  pool.stop();
  CHECK(ran == 10);
  pool.stop();
  CHECK(ran == 10);
}

TEST_CASE("after stop a job runs on the caller's thread and a delayed one not at all") {
  Pool pool(2);
  pool.stop();
  std::thread::id ran_on;
  pool.submit([&] { ran_on = std::this_thread::get_id(); });
  CHECK(ran_on == std::this_thread::get_id());
  bool delayed = false;
  pool.submit_after(0ms, [&] { delayed = true; });
  CHECK_FALSE(delayed);
}

TEST_CASE("a job may submit further jobs, also while the pool stops") {
  std::atomic<int> ran = 0;
  Pool pool(1);
  pool.submit([&] { pool.submit([&] { ++ran; }); });
  pool.stop();
  CHECK(ran == 1);
}
