// A request on its way to the pool and back.
#include "broker/pool_request.h"

#include "base/assert.h"

namespace streamline::broker {

PoolRequest::PoolRequest(const Api& api, net::Connection& connection, ByteView frame, net::Slot slot)
    : api_(api),
      origin_{.listener_name = connection.listener_name(), .local = connection.local_address(), .peer = connection.peer_address()},
      slot_(slot),
      frame_(frame.begin(), frame.end()) {}

void PoolRequest::run(Broker& broker) {
  const auto header = wire::decode_request_header(frame_, arena_);
  SL_ASSERT(header.has_value());  // the reactor has read it before
  Request request({.broker = broker, .shard = nullptr, .arena = arena_, .sink = *this, .origin = origin_, .slot = slot_}, *header,
                  MutableBytes(frame_).subspan(header->size));
  api_.handle(request);
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
  connection->response(slot_).append(reply_);
  connection->complete(slot_);
}

}  // namespace streamline::broker
