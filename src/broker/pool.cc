// The pool's queues and its threads.
#include "broker/pool.h"

#include <pthread.h>

#include <system_error>
#include <utility>

#include "base/log.h"

namespace streamline::broker {

Pool::Pool(std::size_t most_threads) : most_threads_(most_threads) {
  // The room for them, so that no submit() has to make any.
  workers_.reserve(most_threads);
  idle_.reserve(most_threads);
  start_thread();
}

Pool::~Pool() { stop(); }

void Pool::submit(Job job) {
  Lock lock(mutex_);
  if (ended_) {
    lock.unlock();
    return job();
  }
  if (Worker* const worker = take_free(); worker != nullptr) {
    worker->job = std::move(job);
    const bool time_unwatched = timekeeper_ == nullptr && !delayed_.empty() && idle_.empty();
    if (time_unwatched) start_thread();
    // Without the lock, which it takes as soon as it wakes.
    lock.unlock();
    return worker->wake.notify_one();
  }
  push(std::move(job));
  start_thread();
}

void Pool::submit_after(std::chrono::milliseconds delay, Job job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const auto due = delayed_.emplace(std::chrono::steady_clock::now() + delay, std::move(job));
  if (due != delayed_.begin()) return;
  // Somebody looks at the time anew.
  if (Worker* const worker = timekeeper_ != nullptr ? timekeeper_ : take_free(); worker != nullptr) {
    worker->wake.notify_one();
  } else {
    start_thread();
  }
}

/// With the lock held: a thread that waits, whom the caller wakes. The one that keeps the time is the last choice.
Pool::Worker* Pool::take_free() {
  Worker* free = std::exchange(timekeeper_, nullptr);
  if (!idle_.empty()) {
    timekeeper_ = free;
    free = idle_.back();
    idle_.pop_back();
    free->parked = false;
  }
  return free;
}

/// With the lock held, unless all threads run. One is there since the beginning; what it has to do alone takes longer, and is done.
void Pool::start_thread() {
  if (stopping_ || workers_.size() == most_threads_) return;
  auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
  try {
    worker.thread = std::thread([this, &worker] { work(worker); });
  } catch (const std::system_error& refused) {
    workers_.pop_back();
    log::warn("broker", "the system starts no more threads running={} cause={}", workers_.size(), refused.what());
  }
}

void Pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;  // no thread is started any more
    delayed_.clear();
    for (const auto& worker : workers_) worker->parked = false;
    idle_.clear();
    for (const auto& worker : workers_) worker->wake.notify_one();
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
  // What a last job has submitted when the other threads had gone already.
  Lock lock(mutex_);
  while (has_job()) {
    Job job = pop();
    lock.unlock();
    job();
    lock.lock();
  }
  ended_ = true;
}

void Pool::push(Job job) {
  // What was taken makes room before the vector grows, once it is half of it: each job is moved at most once on average.
  if (jobs_.size() == jobs_.capacity() && first_job_ > jobs_.size() / 2) {
    jobs_.erase(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(first_job_));
    first_job_ = 0;
  }
  jobs_.push_back(std::move(job));
}

Pool::Job Pool::pop() {
  Job job = std::move(jobs_[first_job_++]);
  if (!has_job()) {
    jobs_.clear();
    first_job_ = 0;
  }
  return job;
}

void Pool::take_due() {
  const auto now = std::chrono::steady_clock::now();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    push(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
  }
}

Pool::Job Pool::next_job(Worker& self, Lock& lock) {
  while (true) {
    if (self.job) return std::exchange(self.job, nullptr);
    if (!delayed_.empty()) take_due();
    if (has_job()) {
      Job job = pop();
      // Several fell due at once.
      while (has_job()) {
        Worker* const other = take_free();
        if (other == nullptr) break;
        other->job = pop();
        other->wake.notify_one();
      }
      return job;
    }
    if (stopping_) return nullptr;
    wait(self, lock);
  }
}

void Pool::wait(Worker& self, Lock& lock) {
  if (timekeeper_ == nullptr && !delayed_.empty()) {
    timekeeper_ = &self;
    const Time due = delayed_.begin()->first;
    self.wake.wait_until(lock, due);
    if (timekeeper_ == &self) timekeeper_ = nullptr;
    return;
  }
  self.parked = true;
  idle_.push_back(&self);
  self.wake.wait(lock, [&] { return !self.parked; });
}

void Pool::work(Worker& self) {
  ::pthread_setname_np(::pthread_self(), "pool");
  Lock lock(mutex_);
  while (Job job = next_job(self, lock)) {
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace streamline::broker
