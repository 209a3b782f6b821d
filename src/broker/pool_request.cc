// A request on its way to the pool and back.
#include "broker/pool_request.h"

#include "base/assert.h"
#include "broker/request_meter.h"

namespace streamline::broker {

PoolRequest::PoolRequest(const Api& api, net::Connection& connection, ByteView frame, net::Slot slot, std::int64_t throttle_ms)
    : api_(api),
      origin_{.listener_name = connection.listener_name(), .local = connection.local_address(), .peer = connection.peer_address()},
      slot_(slot),
      frame_(frame.begin(), frame.end()),
      throttle_ms_(throttle_ms) {}

void PoolRequest::run(Broker& broker) {
  const auto header = wire::decode_request_header(frame_, arena_);
  SL_ASSERT(header.has_value());  // the reactor has read it before
  Request request(
      {.broker = broker, .shard = nullptr, .arena = arena_, .sink = *this, .origin = origin_, .slot = slot_, .throttle_ms = throttle_ms_},
      *header, MutableBytes(frame_).subspan(header->size));
  if (broker.quotas().is_active()) {
    const RequestMeter meter(broker, request.client_id());
    api_.handle(request);
  } else {
    api_.handle(request);
  }
  throttle_ms_ = request.throttle_ms();
}

MutableBytes PoolRequest::begin(std::size_t size) {
  reply_.resize(size);
  return reply_;
}

void PoolRequest::complete(Shard&) {
  net::Connection* connection = slot_.connection();
  if (connection == nullptr) return;
  if (!answered_) {
    connection->close(refusal_);
    return;
  }
  connection->mute(throttle_ms_);
  connection->response(slot_).append(reply_);
  connection->complete(slot_);
}

}  // namespace streamline::broker
