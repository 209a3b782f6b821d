// Reading a request's body; a body that does not parse closes its connection, as there is no answer that its sender could read.
#pragma once

#include <optional>

#include "broker/request.h"
#include "wire/reader.h"

namespace streamline::handlers {

/// Empty when the request was refused. Bytes behind a valid body are accepted (kafka-rules 14.15).
template <class Message>
std::optional<Message> decode(broker::Request& request) {
  wire::Reader reader(request.body());
  auto message = Message::decode(reader, request.version(), request.arena());
  if (message) return *message;
  request.refuse(message.error().text);
  return std::nullopt;
}

}  // namespace streamline::handlers
