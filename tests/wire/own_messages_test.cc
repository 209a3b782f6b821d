// The bytes of the messages that are ours and not Kafka's: a broker and a command line of different ages must understand each other.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/arena.h"
#include "wire/messages/close_connections.h"
#include "wire/messages/describe_connections.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace streamline::wire {

namespace {

template <class Message>
std::string hex_of(const Message& message) {
  std::vector<std::byte> bytes(message.encoded_size(0));
  Writer out(bytes);
  message.encode(out, 0);
  std::string text;
  for (const std::byte byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<std::size_t>(byte >> 4)];
    text += kDigits[static_cast<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace

TEST_CASE("the bytes of DescribeConnections, version 0") {
  CHECK(hex_of(DescribeConnectionsRequest()) == "00");
  DescribeConnectionsResponse::OpenConnection one;
  one.connection_id = 7;
  one.listener = "L";
  one.host = "::1";
  one.port = 0xfff0;
  one.client_id = "c";
  one.software_name = "s";
  one.software_version = "1";
  one.connected_ms = 0x0102030405060708;
  one.idle_ms = 2;
  one.requests = 3;
  one.bytes_in = 4;
  one.bytes_out = 5;
  one.in_flight = 6;
  one.is_throttled = true;
  DescribeConnectionsResponse response;
  response.error_message = std::nullopt;
  response.connections = std::span(&one, 1);
  CHECK(hex_of(response) ==
        "00000000"
        "0000"
        "00"
        "02"
        "0000000000000007"
        "024c"
        "043a3a31"
        "fff0"
        "0263"
        "0273"
        "0231"
        "0102030405060708"
        "0000000000000002"
        "0000000000000003"
        "0000000000000004"
        "0000000000000005"
        "00000006"
        "ffff"
        "01"
        "00"
        "00"
        "00");
}

TEST_CASE("the bytes of CloseConnections, version 0") {
  std::vector<std::int64_t> ids{1, 258};
  CloseConnectionsRequest request;
  request.connection_ids = ids;
  CHECK(hex_of(request) == "030000000000000001000000000000010200");
  CloseConnectionsResponse::CloseResult result;
  result.connection_id = 258;
  result.error_code = 91;
  result.error_message = "no";
  CloseConnectionsResponse response;
  response.error_message = std::nullopt;
  response.results = std::span(&result, 1);
  CHECK(hex_of(response) ==
        "00000000"
        "0000"
        "00"
        "02"
        "0000000000000102"
        "005b"
        "036e6f"
        "00"
        "00");
}

}  // namespace streamline::wire
