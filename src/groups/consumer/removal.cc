// Removal of members and of what only they needed.
#include "groups/consumer/removal.h"

#include <algorithm>
#include <set>

#include "groups/consumer/migration.h"
#include "groups/consumer/records.h"
#include "groups/consumer/sessions.h"

namespace streamline::groups::consumer {

void drop_unused_regex(Step& step, ConsumerGroup& group, const std::string& regex) {
  if (regex.empty() || group.subscribers_of_regex(regex) > 0 || !group.regexes().contains(regex)) return;
  const std::string id = group.id();
  erase_regex(step, id, regex);
}

void remove_members(Step& step, ConsumerGroup& group, const std::vector<std::string>& member_ids, const Cause& cause) {
  const std::string id = group.id();
  const std::string reason(cause.reason);
  const std::string causing_member(cause.member_id);
  std::set<std::string> regexes;
  for (const std::string& member_id : member_ids) {
    cancel_timers(step, id, member_id);
    regexes.insert(group.find_member(member_id)->metadata.regex);
    erase_member(step, id, member_id);
  }
  if (group.is_all_classic() && may_become_classic(step, group)) return become_classic(step, group, {reason, causing_member});
  for (const std::string& regex : regexes) drop_unused_regex(step, group, regex);
  bump_epoch(step, group, {reason, causing_member});
}

}  // namespace streamline::groups::consumer
