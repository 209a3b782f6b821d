// Pool: a few threads for whatever may block (syncs, topic creation, look-ups by time), so that no reactor ever does.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace streamline::broker {

/// submit() from any thread. Jobs start in order; those already submitted are finished by stop(). A thread is started when a job finds
/// none that is free, and stays. A job is handed to the thread that became free last: one wake-up, and nobody else is disturbed.
class Pool {
 public:
  using Job = std::move_only_function<void()>;

  explicit Pool(std::size_t most_threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// After stop() the job runs at once on the caller's thread.
  void submit(Job job);
  /// As submit(), once `delay` has passed; stop() drops what is not due yet.
  void submit_after(std::chrono::milliseconds delay, Job job);
  /// Waits for all jobs, then ends the threads. Idempotent.
  void stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Lock = std::unique_lock<std::mutex>;
  struct Worker {
    std::condition_variable wake;
    Job job;              // handed over by whoever wakes it
    bool parked = false;  // in idle_
    std::thread thread;
  };
  void work(Worker& self);
  Job next_job(Worker& self, Lock& lock);
  void wait(Worker& self, Lock& lock);
  Worker* take_free();
  void start_thread();
  void push(Job job);
  Job pop();
  bool has_job() const { return first_job_ < jobs_.size(); }
  void take_due();

  std::mutex mutex_;
  std::vector<Job> jobs_;  // from first_job_ on; a vector because it keeps its memory, so that a steady load allocates nothing
  std::size_t first_job_ = 0;
  std::multimap<Time, Job> delayed_;
  bool stopping_ = false;
  bool ended_ = false;
  const std::size_t most_threads_;
  std::vector<Worker*> idle_;     // the last one is the next to be used; none while a job is queued
  Worker* timekeeper_ = nullptr;  // waits for the first of delayed_
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace streamline::broker
