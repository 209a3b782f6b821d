// PoolRequest: a request that a pool thread answers: it carries copies of what it needs there and brings its reply back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/api.h"
#include "broker/pool_work.h"
#include "broker/request.h"
#include "net/outgoing.h"

namespace streamline::broker {

class PoolRequest final : public PoolWork, public ReplySink {
 public:
  PoolRequest(const Api& api, net::Connection& connection, ByteView frame, net::Slot slot, std::int64_t throttle_ms);

  std::size_t bytes() const override { return frame_.size(); }
  void run(Broker& broker) override;
  void complete(Shard& shard) override;

  MutableBytes begin(std::size_t size) override;
  void end() override { answered_ = true; }
  void refuse(std::string_view reason) override { refusal_ = reason; }
  void continue_on_pool() override {}

 private:
  const Api& api_;
  const net::ConnectionOrigin origin_;
  const net::Slot slot_;
  std::vector<std::byte> frame_;
  Arena arena_;
  std::vector<std::byte> reply_;
  std::int64_t throttle_ms_;
  bool answered_ = false;
  std::string refusal_;
};

}  // namespace streamline::broker
