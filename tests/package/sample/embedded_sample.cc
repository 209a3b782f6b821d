// Starts a broker inside this process and asks it over TCP which APIs it has, as any client would.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <streamline/embedded_broker.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

/// The first bytes of the answer to an ApiVersions v0 request: length, correlation id, error code. Empty on any failure.
std::string api_versions_answer(const std::string& bootstrap) {
  const std::string::size_type colon = bootstrap.rfind(':');
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(bootstrap.c_str() + colon + 1)));
  inet_pton(AF_INET, bootstrap.substr(0, colon).c_str(), &address.sin_addr);

  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  std::string answer;
  // length 10, api key 18, version 0, correlation id 7, null client id
  const std::array<unsigned char, 14> request = {0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff};
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      write(socket, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    answer.resize(10);
    if (recv(socket, answer.data(), answer.size(), MSG_WAITALL) != 10) answer.clear();
  }
  close(socket);
  return answer;
}

}  // namespace

int main() {
  streamline::EmbeddedBroker broker;
  if (!broker.running() || !broker.create_topic("orders", 3)) {
    std::fprintf(stderr, "%s\n", broker.error().c_str());
    return 1;
  }
  const std::string answer = api_versions_answer(broker.bootstrap());
  if (answer.size() != 10 || answer.substr(4) != std::string("\0\0\0\7\0\0", 6)) {
    std::fprintf(stderr, "no right answer from %s\n", broker.bootstrap().c_str());
    return 1;
  }
  if (!broker.stop()) {
    std::fprintf(stderr, "%s\n", broker.error().c_str());
    return 1;
  }
  std::puts("served");
  return 0;
}
