// RequestMeter: the time from its making to its end counts against its client's quota of request time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "broker/broker.h"
#include "broker/client_quotas.h"

namespace streamline::broker {

class RequestMeter {
 public:
  RequestMeter(Broker& broker, std::string_view client_id) : broker_(broker), client_id_(client_id) {}
  ~RequestMeter() {
    // In hundredths of a thread: a second's work in a second is 100.
    constexpr double kPercent = 100;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    // How long it has to wait is looked at when it comes again.
    static_cast<void>(
        broker_.quotas().use(security::QuotaKind::request, client_id_, took.count() * kPercent, broker_.clock().monotonic_ms()));
  }
  RequestMeter(const RequestMeter&) = delete;
  RequestMeter& operator=(const RequestMeter&) = delete;

 private:
  Broker& broker_;
  const std::string client_id_;  // a copy: the request's memory may go while it is handled
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace streamline::broker
