// Targets are computed at once, in the operation that made them necessary: whoever joins learns its part with the same answer.
#include "groups/consumer/target.h"

#include <algorithm>
#include <string>
#include <vector>

#include "groups/consumer/assignor.h"
#include "groups/consumer/records.h"
#include "groups/consumer/regex.h"

namespace streamline::groups::consumer {

namespace {

/// FNV-1a: needs to be the same everywhere and to differ when anything does, nothing more.
class Hash {
 public:
  void add(ByteView bytes) {
    for (const std::byte byte : bytes) value_ = (value_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3ULL;
  }
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) value_ = (value_ ^ ((number >> shift) & 0xff)) * 0x100000001b3ULL;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

/// The subscribed topics that are there, and who subscribes to which of them.
struct Question {
  std::vector<AssignedTopic> topics{};
  std::vector<Candidate> candidates{};
};

Question question_of(const ConsumerGroup& group, const TopicLookup& lookup) {
  Question question;
  std::map<std::string, std::size_t, std::less<>> index_by_name;
  for (const std::string& name : group.subscribed_topics()) {
    const auto topic = lookup.by_name(name);
    if (!topic) continue;
    index_by_name.emplace(name, question.topics.size());
    question.topics.push_back({topic->id, topic->partitions});
  }
  for (const auto& [id, member] : group.members()) {
    Candidate& candidate = question.candidates.emplace_back();
    candidate.member_id = member.id;
    if (member.metadata.instance_id) candidate.instance_id = *member.metadata.instance_id;
    candidate.present = &group.target_of(id);
    for (const std::string& name : group.subscribed_topics(member)) {
      if (const auto found = index_by_name.find(name); found != index_by_name.end()) candidate.topics.push_back(found->second);
    }
  }
  return question;
}

void resolve_again(Step& step, ConsumerGroup& group) {
  const std::string id = group.id();
  std::vector<std::string> used;
  for (const auto& [regex, resolved] : group.regexes()) used.push_back(regex);
  for (const std::string& regex : used) {
    ResolvedRegex resolved = resolve(regex, step.state.topics, step.now.wall_ms);
    if (resolved.topics != group.regexes().find(regex)->second.topics) put_regex(step, id, regex, resolved);
  }
}

/// Writes the target of the group's epoch, unless it has one.
void update_target(Step& step, ConsumerGroup& group) {
  if (group.epoch() <= group.assignment_epoch()) return;
  const Question question = question_of(group, step.state.topics);
  const Targets targets = assign(preferred_assignor(group), question.topics, question.candidates);
  // The members are named before the first record is replayed, as that may move them.
  std::vector<std::string> members;
  for (const auto& [id, member] : group.members()) members.push_back(id);
  const std::string id = group.id();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!group.has_target(members[i]) || group.target_of(members[i]) != targets[i]) put_target(step, id, members[i], targets[i]);
  }
  put_assignment_epoch(step, id, group.epoch());
}

}  // namespace

std::int64_t hash_of(const ConsumerGroup::Names& topics, const TopicLookup& lookup) {
  Hash hash;
  bool is_any = false;
  for (const std::string& name : topics) {
    const auto topic = lookup.by_name(name);
    if (!topic) continue;
    is_any = true;
    hash.add(name.size());
    hash.add(as_bytes(name));
    hash.add(topic->id.bytes);
    hash.add(static_cast<std::uint64_t>(topic->partitions));
  }
  return is_any ? static_cast<std::int64_t>(hash.value()) : 0;
}

bool assignable(const Step& step, const ConsumerGroup::Names& topics) {
  std::size_t found = 0;
  std::size_t partitions = 0;
  for (const std::string& name : topics) {
    const auto topic = step.state.topics.by_name(name);
    if (!topic) continue;
    ++found;
    partitions += static_cast<std::size_t>(topic->partitions);
  }
  return fits(step, found, partitions);
}

void bump_epoch(Step& step, ConsumerGroup& group, const Cause& cause) {
  if (group.note.ended_ms >= 0 || group.note.reason.empty()) {
    group.note = {std::string(cause.reason), std::string(cause.member_id), step.now.wall_ms, -1};
  }
  const std::string id = group.id();
  put_epoch(step, id, group.epoch() + 1, hash_of(group.subscribed_topics(), step.state.topics));
}

void refresh(Step& step, ConsumerGroup& group, const std::optional<Cause>& subscription) {
  const std::uint64_t version = step.state.topics.version();
  const bool may_differ = group.seen_topics != version;
  group.seen_topics = version;
  if (may_differ) resolve_again(step, group);
  const auto has_new_topics = [&] {
    const ConsumerGroup::Names topics = group.subscribed_topics();
    return assignable(step, topics) && hash_of(topics, step.state.topics) != group.metadata_hash();
  };
  if (subscription)
    bump_epoch(step, group, *subscription);
  else if (may_differ && has_new_topics())
    bump_epoch(step, group, {"a subscribed topic changed", {}});
  update_target(step, group);
}

std::string_view preferred_assignor(const ConsumerGroup& group) {
  std::array<std::size_t, kAssignors.size()> votes{};
  for (const auto& [id, member] : group.members()) {
    if (!member.metadata.assignor) continue;
    const auto named = std::find(kAssignors.begin(), kAssignors.end(), *member.metadata.assignor);
    if (named != kAssignors.end()) ++votes[static_cast<std::size_t>(named - kAssignors.begin())];
  }
  // The first of equals: without any vote that is the default.
  return kAssignors[static_cast<std::size_t>(std::max_element(votes.begin(), votes.end()) - votes.begin())];
}

}  // namespace streamline::groups::consumer
