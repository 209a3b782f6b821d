// The bookkeeping of a group of the new protocol.
#include "groups/consumer/consumer_group.h"

#include <algorithm>
#include <array>

namespace streamline::groups {

std::string_view to_string(ConsumerState state) {
  constexpr std::array<std::string_view, 4> kNames = {"Empty", "Assigning", "Reconciling", "Stable"};
  return kNames[static_cast<std::size_t>(state)];
}

namespace {

using Counts = std::map<std::string, std::size_t, std::less<>>;

void change_count(Counts& counts, const std::string& name, std::ptrdiff_t by) {
  const auto found = counts.try_emplace(name, 0).first;
  found->second = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(found->second) + by);
  if (found->second == 0) counts.erase(found);
}

}  // namespace

ConsumerState ConsumerGroup::state() const {
  if (members_.empty()) return ConsumerState::empty;
  if (epoch_ > assignment_epoch_) return ConsumerState::assigning;
  const bool all_there =
      std::all_of(members_.begin(), members_.end(), [this](const auto& member) { return member.second.has_reached(assignment_epoch_); });
  return all_there ? ConsumerState::stable : ConsumerState::reconciling;
}

const ConsumerMember* ConsumerGroup::find_member(std::string_view id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

const ConsumerMember* ConsumerGroup::find_static(std::optional<std::string_view> instance_id) const {
  if (!instance_id) return nullptr;
  const auto found = static_members_.find(*instance_id);
  return found == static_members_.end() ? nullptr : find_member(found->second);
}

const TopicPartitions& ConsumerGroup::target_of(std::string_view member_id) const {
  static const TopicPartitions kNothing;
  const auto found = targets_.find(member_id);
  return found == targets_.end() ? kNothing : found->second;
}

std::size_t ConsumerGroup::subscribers_of_regex(std::string_view regex) const {
  const auto found = regex_subscribers_.find(regex);
  return found == regex_subscribers_.end() ? 0 : found->second;
}

ConsumerGroup::Names ConsumerGroup::subscribed_topics() const {
  Names names;
  for (const auto& [name, subscribers] : topic_subscribers_) names.insert(name);
  for (const auto& [regex, subscribers] : regex_subscribers_) {
    if (const auto resolved = regexes_.find(regex); resolved != regexes_.end()) {
      names.insert(resolved->second.topics.begin(), resolved->second.topics.end());
    }
  }
  return names;
}

ConsumerGroup::Names ConsumerGroup::subscribed_topics(const ConsumerMember& member) const {
  Names names(member.metadata.topics.begin(), member.metadata.topics.end());
  if (const auto resolved = regexes_.find(member.metadata.regex); resolved != regexes_.end()) {
    names.insert(resolved->second.topics.begin(), resolved->second.topics.end());
  }
  return names;
}

bool ConsumerGroup::subscribes_to(std::string_view topic) const {
  if (topic_subscribers_.contains(topic)) return true;
  return std::any_of(regex_subscribers_.begin(), regex_subscribers_.end(), [&](const auto& regex) {
    const auto resolved = regexes_.find(regex.first);
    return resolved != regexes_.end() && resolved->second.topics.contains(topic);
  });
}

bool ConsumerGroup::is_free(const TopicId& topic, std::int32_t partition) const {
  const auto of_topic = holders_.find(topic);
  return of_topic == holders_.end() || !of_topic->second.contains(partition);
}

bool ConsumerGroup::accepts(std::string_view protocol_type, const std::vector<OfferedProtocol>& protocols) const {
  if (protocol_type != "consumer" || protocols.empty()) return false;
  if (classic_members_ == 0) return true;
  return std::any_of(protocols.begin(), protocols.end(), [this](const OfferedProtocol& offered) {
    const auto found = offers_.find(offered.name);
    return found != offers_.end() && found->second == classic_members_;
  });
}

void ConsumerGroup::count_metadata(const ConsumerMember& member, Change change) {
  const std::ptrdiff_t by = change == Change::add ? 1 : -1;
  const MemberMetadata& metadata = member.metadata;
  for (const std::string& topic : metadata.topics) change_count(topic_subscribers_, topic, by);
  if (!metadata.regex.empty()) change_count(regex_subscribers_, metadata.regex, by);
  if (metadata.classic) {
    classic_members_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(classic_members_) + by);
    // A member may name a protocol twice; it counts once.
    Names offered;
    for (const OfferedProtocol& protocol : metadata.classic->protocols) offered.insert(protocol.name);
    for (const std::string& name : offered) change_count(offers_, name, by);
  }
  if (!metadata.instance_id) return;
  if (change == Change::add) {
    static_members_.insert_or_assign(*metadata.instance_id, member.id);
  } else if (const auto holder = static_members_.find(*metadata.instance_id);
             holder != static_members_.end() && holder->second == member.id) {
    static_members_.erase(holder);
  }
}

void ConsumerGroup::count_holder(const MemberAssignment& assignment, Change change) {
  for (const HeldPartitions* held : {&assignment.assigned, &assignment.pending_revocation}) {
    for (const auto& [topic, partitions] : *held) {
      auto& of_topic = holders_[topic];
      for (const HeldPartition& each : partitions) {
        if (change == Change::add) {
          ++of_topic[each.partition];
        } else if (const auto holder = of_topic.find(each.partition); holder != of_topic.end() && --holder->second == 0) {
          of_topic.erase(holder);
        }
      }
      if (of_topic.empty()) holders_.erase(topic);
    }
  }
}

void ConsumerGroup::set_metadata(std::string_view member_id, MemberMetadata metadata) {
  ConsumerMember& member = members_.try_emplace(std::string(member_id)).first->second;
  if (!member.id.empty()) count_metadata(member, Change::remove);
  member.id = member_id;
  member.metadata = std::move(metadata);
  count_metadata(member, Change::add);
}

void ConsumerGroup::set_assignment(std::string_view member_id, MemberAssignment assignment) {
  ConsumerMember& member = members_.try_emplace(std::string(member_id)).first->second;
  // A compacted log may have a member's assignment before its metadata.
  member.id = member_id;
  count_holder(member.assignment, Change::remove);
  member.assignment = std::move(assignment);
  count_holder(member.assignment, Change::add);
}

void ConsumerGroup::remove_member(std::string_view member_id) {
  const auto found = members_.find(member_id);
  if (found == members_.end()) return;
  count_metadata(found->second, Change::remove);
  count_holder(found->second.assignment, Change::remove);
  members_.erase(found);
}

void ConsumerGroup::set_target(std::string_view member_id, TopicPartitions target) {
  targets_.insert_or_assign(std::string(member_id), std::move(target));
}

void ConsumerGroup::remove_target(std::string_view member_id) {
  if (const auto found = targets_.find(member_id); found != targets_.end()) targets_.erase(found);
}

void ConsumerGroup::set_epoch(std::int32_t epoch, std::int64_t metadata_hash) {
  epoch_ = epoch;
  metadata_hash_ = metadata_hash;
}

void ConsumerGroup::set_regex(std::string_view regex, ResolvedRegex resolved) {
  regexes_.insert_or_assign(std::string(regex), std::move(resolved));
}

void ConsumerGroup::remove_regex(std::string_view regex) {
  if (const auto found = regexes_.find(regex); found != regexes_.end()) regexes_.erase(found);
}

}  // namespace streamline::groups
