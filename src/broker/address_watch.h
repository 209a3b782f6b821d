// AddressWatch: notices clients that were told an advertised address and never came back on it. Such a client has fetched metadata, keeps
// its first connection open and asks for nothing else: what clients do that are sent to an address they cannot reach.
// Any thread. Clients are told apart by their host, so that a healthy one hides a lost one on the same host: nobody is warned in vain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace streamline::broker {

class AddressWatch {
 public:
  static constexpr std::int64_t kPatienceMs = 5'000;     ///< from the answer until a client counts as lost
  static constexpr std::int64_t kQuietMs = 60 * 60'000;  ///< an address is named once in this time
  static constexpr std::size_t kMostClients = 1'000;     ///< further hosts are not watched

  void opened(const std::string& client);
  void closed(const std::string& client);
  /// It was told `address`. True when its patience runs from now on.
  bool told(const std::string& client, const std::string& address, std::int64_t now_ms);
  /// It asked for something that only clients ask for which have found their broker.
  void settled(const std::string& client);

  struct Lost {
    std::string client;
    std::string address;
    std::int64_t waited_ms = 0;
    friend bool operator==(const Lost&, const Lost&) = default;
  };
  /// Those to be named in the log now, each once.
  std::vector<Lost> take_lost(std::int64_t now_ms);

 private:
  struct Client {
    std::size_t connections = 0;
    bool is_waiting = false;
    bool is_settled = false;
    std::int64_t told_ms = 0;
    std::string address;
  };
  bool may_name(const std::string& address, std::int64_t now_ms);

  std::mutex mutex_;  // guards the fields below
  std::map<std::string, Client, std::less<>> clients_;
  std::map<std::string, std::int64_t, std::less<>> named_ms_;  // one per advertised address
};

}  // namespace streamline::broker
