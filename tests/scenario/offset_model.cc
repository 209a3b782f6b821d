// The model does nothing clever: where commits meet, the one with the highest place in the log stays.
#include "scenario/offset_model.h"

#include <algorithm>

namespace streamline::scenario {

void OffsetModel::end(ProducerId producer, groups::TransactionEnd end) {
  const auto ended = pending_.extract(producer);
  if (ended.empty() || end == groups::TransactionEnd::abort) return;
  for (const auto& [place, commit] : ended.mapped()) {
    const auto [known, is_new] = committed_.try_emplace(place, commit);
    if (!is_new && known->second.order < commit.order) known->second = commit;
  }
}

template <class Wanted>
void OffsetModel::remove_if(const Wanted& is_wanted) {
  const auto is_gone = [&](const auto& entry) { return is_wanted(entry.first); };
  std::erase_if(committed_, is_gone);
  for (auto& [producer, commits] : pending_) std::erase_if(commits, is_gone);
}

void OffsetModel::remove(const Place& place) {
  remove_if([&](const Place& each) { return each == place; });
}
void OffsetModel::remove_group(const std::string& group) {
  remove_if([&](const Place& each) { return std::get<0>(each) == group; });
}
void OffsetModel::remove_topic(const std::string& topic) {
  remove_if([&](const Place& each) { return std::get<1>(each) == topic; });
}

void OffsetModel::expire(std::int64_t until_ms) {
  std::erase_if(committed_, [&](const auto& entry) { return entry.second.at_ms <= until_ms && !is_pending(entry.first); });
}

std::int64_t OffsetModel::committed(const Place& place) const {
  const auto found = committed_.find(place);
  return found == committed_.end() ? -1 : found->second.offset;
}

bool OffsetModel::is_pending(const Place& place) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const auto& transaction) { return transaction.second.contains(place); });
}

bool OffsetModel::has(const std::string& group) const {
  const auto is_of = [&](const auto& entry) { return std::get<0>(entry.first) == group; };
  return std::any_of(committed_.begin(), committed_.end(), is_of) || std::any_of(pending_.begin(), pending_.end(), [&](const auto& each) {
           return std::any_of(each.second.begin(), each.second.end(), is_of);
         });
}

}  // namespace streamline::scenario
