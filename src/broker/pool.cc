// The pool's queues and its threads.
#include "broker/pool.h"

#include <system_error>

#include "base/log.h"

namespace streamline::broker {

Pool::Pool(std::size_t most_threads) : most_threads_(most_threads) {
  // The room for it, so that no submit() has to make any.
  threads_.reserve(most_threads);
  threads_.emplace_back([this] { work(); });
}

Pool::~Pool() { stop(); }

void Pool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) {
      push(std::move(job));
      wake_one();
      return;
    }
  }
  job();
}

void Pool::submit_after(std::chrono::milliseconds delay, Job job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const auto due = delayed_.emplace(std::chrono::steady_clock::now() + delay, std::move(job));
  if (due == delayed_.begin()) wake_one();
}

/// One thread is there since the beginning; what it has to do alone takes longer, and is done.
void Pool::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error& refused) {
    log::warn("broker", "the system starts no more threads running={} cause={}", threads_.size(), refused.what());
  }
}

/// With the lock held: somebody takes the next job.
void Pool::wake_one() {
  if (idle_ > 0) {
    wake_.notify_one();
  } else if (!stopping_ && threads_.size() < most_threads_) {
    start_thread();
  }
}

void Pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;  // no thread is started any more
    delayed_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  // What a last job has submitted when the other threads had gone already.
  std::unique_lock lock(mutex_);
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

Pool::Job Pool::next_job(std::unique_lock<std::mutex>& lock) {
  while (true) {
    take_due();
    if (has_job()) {
      Job job = pop();
      if (has_job()) wake_one();
      return job;
    }
    if (stopping_) return nullptr;
    ++idle_;
    if (delayed_.empty()) {
      wake_.wait(lock);
    } else {
      const Time due = delayed_.begin()->first;
      wake_.wait_until(lock, due);
    }
    --idle_;
  }
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  while (Job job = next_job(lock)) {
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace streamline::broker
