// Repeated: a request that names one thing twice gets one refusal for it, and nothing is done for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>

namespace streamline::handlers {

enum class Use : std::uint8_t {
  only,      ///< the request has it once
  repeated,  ///< the first of several: refuse
  answered,  ///< one of several that was refused already: no answer of its own
};

/// The keys of one request's items. Names are views into the request.
template <class Key>
class Repeated {
 public:
  Repeated() = default;
  template <class Items, class Projection>
  Repeated(const Items& items, Projection key_of) {
    for (const auto& item : items) add(std::invoke(key_of, item));
  }
  void add(const Key& key) { ++times_[key]; }
  bool has(const Key& key) const { return times_.contains(key); }
  /// Before the first use() of the key.
  bool is_repeated(const Key& key) const { return times_.at(key) > 1; }
  std::size_t distinct() const { return times_.size(); }
  /// Once per item of the request.
  Use use(const Key& key) {
    int& times = times_.at(key);
    if (times == 1) return Use::only;
    const bool is_first = times > 0;
    times = 0;
    return is_first ? Use::repeated : Use::answered;
  }

 private:
  std::unordered_map<Key, int> times_;
};

using RepeatedNames = Repeated<std::string_view>;

inline constexpr std::string_view kNamedTwice = "the request names this topic more than once";

}  // namespace streamline::handlers
