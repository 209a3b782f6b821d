// Entries: an object of many keys in the making. Json itself looks through all keys for each that is added.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>

#include "output/json.h"

namespace streamline::cli {

class Entries {
 public:
  /// The last of a key's values stays, at the place of the first.
  void put(std::string key, Json value) {
    const auto [found, is_new] = places_.try_emplace(std::move(key), all_.size());
    if (is_new)
      all_.emplace_back(found->first, std::move(value));
    else
      all_[found->second].second = std::move(value);
  }
  Json take() {
    Json object = Json::object();
    static_cast<Json::object_t::Container&>(object.get_ref<Json::object_t&>()) = std::exchange(all_, {});
    places_.clear();
    return object;
  }

 private:
  Json::object_t::Container all_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace streamline::cli
