// RepeatedNames: a request that names one thing twice gets one refusal for it, and nothing is done for it.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace streamline::handlers {

enum class NameUse : std::uint8_t {
  only,      ///< the request has it once
  repeated,  ///< the first of several: refuse
  answered,  ///< one of several that was refused already: no answer of its own
};

/// The names are views into the request.
class RepeatedNames {
 public:
  template <class Items>
  explicit RepeatedNames(const Items& items) {
    for (const auto& item : items) ++times_[item.name];
  }
  std::size_t distinct() const { return times_.size(); }
  /// Once per item of the request.
  NameUse use(std::string_view name) {
    int& times = times_.at(name);
    if (times == 1) return NameUse::only;
    const bool is_first = times > 0;
    times = 0;
    return is_first ? NameUse::repeated : NameUse::answered;
  }

 private:
  std::unordered_map<std::string_view, int> times_;
};

inline constexpr std::string_view kNamedTwice = "the request names this topic more than once";

}  // namespace streamline::handlers
