// GroupConfigs: what was set on single groups (KIP-848), whether the groups are there or not, kept in {data}/groups.json:
// {"format":1,"groups":{"g":{"consumer.session.timeout.ms":"50000"}}}.
// Thread rule: snapshot() from any thread; changes from any thread that may block (they sync a file), one after the other.
// What a change returned successfully survives a crash; what it refused leaves nothing behind; what it failed to write is there after a
// restart or is not, but never in part.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/group_config.h"
#include "fs/file_system.h"

namespace streamline::catalog {

inline constexpr std::string_view kGroupConfigsFileName = "groups.json";
inline constexpr int kGroupConfigsFormat = 1;
/// All that clients may set on all groups together, as the file has it: every change writes it anew.
inline constexpr std::size_t kMaxGroupConfigsBytes = std::size_t{4} << 20;

/// By group; each holds something.
using GroupConfigTable = std::map<std::string, config::GroupConfigMap, std::less<>>;

std::string write_group_configs(const GroupConfigTable& table);
/// Errors: malformed (not whole, or not of this shape), unsupported (a newer format).
Result<GroupConfigTable> read_group_configs(std::string_view text);

class GroupConfigs {
 public:
  /// `file_system` outlives this.
  GroupConfigs(fs::FileSystem& file_system, std::string path);
  GroupConfigs(const GroupConfigs&) = delete;
  GroupConfigs& operator=(const GroupConfigs&) = delete;

  /// Reads the file, once, before anything else; none is as good as an empty one. After a failure, which names the file, nothing is set
  /// and every change is refused with it: what is in the file is not overwritten.
  Status load();

  std::shared_ptr<const GroupConfigTable> snapshot() const;

  /// Replaces what is set on the group by what `change` makes of it; no other change comes in between.
  /// Errors: change's, invalid_argument (a name that is no UTF-8, or too much altogether), load()'s, io ...
  using Change = std::function<Result<config::GroupConfigMap>(const config::GroupConfigMap&)>;
  Status change(std::string_view group, const Change& change);

 private:
  fs::FileSystem& file_system_;
  const std::string path_;

  std::mutex change_mutex_;            // held over a whole change, file and all; no reactor ever takes it
  std::optional<Error> unreadable_{};  // guarded by change_mutex_
  mutable std::mutex snapshot_mutex_;  // guards table_, held for the copy of a pointer
  std::shared_ptr<const GroupConfigTable> table_;
};

}  // namespace streamline::catalog
