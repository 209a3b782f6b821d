// Group: what every kind of consumer group answers to those who do not care which kind it is: offsets, listings, deletion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "wire/error_code.h"

namespace streamline::groups {

struct Step;

enum class GroupType : std::uint8_t { classic, consumer };
/// As ListGroups writes it: "classic", "consumer".
std::string_view to_string(GroupType type);

/// In a transaction a commit is checked less strictly: who does not say that it is a member need not be one.
enum class CommitKind : std::uint8_t { plain, transactional };

/// Who commits offsets, as the request says.
struct Committer {
  std::string_view member_id{};
  std::optional<std::string_view> instance_id{};
  /// Generation, or the member's epoch in a KIP-848 group; -1 from tools and consumers without a group.
  std::int32_t generation_or_epoch = -1;
  std::int16_t version = 0;
  CommitKind kind = CommitKind::plain;

  bool is_transactional() const { return kind == CommitKind::transactional; }
  bool says_who_it_is() const { return generation_or_epoch >= 0 || !member_id.empty() || instance_id; }
};

/// From when on the retention of a group's offsets counts (rule 110).
struct OffsetRetention {
  enum class From : std::uint8_t {
    never,       // they stay while the group is like this
    commit,      // each from its own commit
    group_empty  // all from the time that the group lost its last member
  };
  From from = From::never;
  std::int64_t empty_since_ms = 0;
};

/// Belongs to its shard. Changed only by replaying records and, in its volatile parts, by the operations of its protocol.
class Group {
 public:
  explicit Group(std::string id) : id_(std::move(id)) {}
  virtual ~Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const std::string& id() const { return id_; }
  virtual GroupType type() const = 0;
  /// Kafka's name of the state, as listings carry it.
  virtual std::string_view state_name() const = 0;
  virtual std::string_view protocol_type() const = 0;
  virtual bool has_members() const = 0;

  /// Whether `committer` may commit now (rule 108).
  virtual wire::ErrorCode check_commit(const Committer& committer) const = 0;
  /// Whether it may commit this partition, when check_commit() let it in.
  virtual wire::ErrorCode check_commit_of(const Committer& committer, const TopicId& topic, std::int32_t partition) const;
  /// After an accepted commit: a member that commits is alive.
  virtual void on_commit(Step& step, const Committer& committer) = 0;
  /// Whether this member may read offsets (rule 109). Without a member id it is a tool.
  virtual wire::ErrorCode check_fetch(std::optional<std::string_view> member_id, std::int32_t member_epoch) const = 0;
  virtual wire::ErrorCode check_delete() const = 0;
  /// Without members, and nobody on the way in: a sweep removes it when it has no offsets either.
  virtual bool is_disposable() const = 0;
  virtual wire::ErrorCode check_offset_delete() const = 0;
  virtual bool subscribes_to(std::string_view topic) const = 0;
  virtual OffsetRetention offset_retention() const = 0;

  /// Writes the tombstones of every record of the group but its offsets. Replaying them removes the group: `this` is gone afterwards.
  virtual void erase(Step& step) = 0;
  /// Answers every parked request with `error`; the group will not be used again.
  virtual void abandon(Step& step, wire::ErrorCode error) = 0;

 private:
  std::string id_;
};

}  // namespace streamline::groups
