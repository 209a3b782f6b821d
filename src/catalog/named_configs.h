// NamedConfigs: what was set on things that have a name and configs but no other file of their own: groups (KIP-848), brokers, client
// metrics subscriptions, quotas of clients, features. One file for each kind, in the data directory:
// {"format":1,"groups":{"g":{"consumer.session.timeout.ms":"50000"}}}.
// Thread rule: snapshot() from any thread; changes from any thread that may block (they sync a file), one after the other.
// What a change returned successfully survives a crash; what it refused leaves nothing behind; what it failed to write is there after a
// restart or is not, but never in part.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/topic_config.h"
#include "fs/file_system.h"

namespace streamline::catalog {

/// Which things, and how their file calls them.
struct NamedKind {
  std::string_view file_name;
  std::string_view all;  ///< the file's field
  std::string_view one;  ///< for texts
};
inline constexpr NamedKind kGroupConfigs = {.file_name = "groups.json", .all = "groups", .one = "group"};
/// The empty name stands for every broker.
inline constexpr NamedKind kBrokerConfigs = {.file_name = "brokers.json", .all = "brokers", .one = "broker"};
inline constexpr NamedKind kClientMetrics = {.file_name = "client-metrics.json", .all = "subscriptions", .one = "subscription"};
inline constexpr NamedKind kClientQuotas = {.file_name = "quotas.json", .all = "quotas", .one = "quota"};
inline constexpr NamedKind kFeatureLevels = {.file_name = "features.json", .all = "features", .one = "feature"};
inline constexpr std::array kNamedKinds = {kGroupConfigs, kBrokerConfigs, kClientMetrics, kClientQuotas, kFeatureLevels};

inline constexpr int kNamedConfigsFormat = 1;
/// All that clients may set on all things of a kind together, as the file has it: every change writes it anew.
inline constexpr std::size_t kMaxNamedConfigsBytes = std::size_t{4} << 20;

/// Key to value.
using NamedConfig = config::TopicConfigMap;
/// By name; each holds something.
using NamedConfigTable = std::map<std::string, NamedConfig, std::less<>>;

std::string write_named_configs(const NamedKind& kind, const NamedConfigTable& table);
/// Errors: malformed (not whole, or not of this shape), unsupported (a newer format).
Result<NamedConfigTable> read_named_configs(const NamedKind& kind, std::string_view text);
/// Whether the file could hold these: Errc::invalid_argument for texts that are no UTF-8.
Status check_kept(const NamedKind& kind, std::string_view name, const NamedConfig& configs);

class NamedConfigs {
 public:
  /// `file_system` outlives this; the file lies in `directory`.
  NamedConfigs(const NamedKind& kind, fs::FileSystem& file_system, std::string_view directory);
  NamedConfigs(const NamedConfigs&) = delete;
  NamedConfigs& operator=(const NamedConfigs&) = delete;

  /// Reads the file, once, before anything else; none is as good as an empty one. After a failure, which names the file, nothing is set
  /// and every change is refused with it: what is in the file is not overwritten.
  Status load();

  std::shared_ptr<const NamedConfigTable> snapshot() const;

  /// Replaces what is set on one thing by what `change` makes of it; no other change comes in between.
  /// Errors: change's, invalid_argument (a name or a value that is no UTF-8, or too much altogether), io (also after a load() that
  /// failed, with its text) ...
  using Change = std::function<Result<NamedConfig>(const NamedConfig&)>;
  Status change(std::string_view name, const Change& change);
  /// What change() would say, without doing it.
  Status check(std::string_view name, const Change& change) const;

  /// The same for all of them at once. Errors as above.
  using TableChange = std::function<Result<NamedConfigTable>(NamedConfigTable)>;
  Status change_table(const TableChange& change);

 private:
  Result<NamedConfig> changed(const NamedConfigTable& table, std::string_view name, const Change& change) const;

  const NamedKind kind_;
  fs::FileSystem& file_system_;
  const std::string path_;

  std::mutex change_mutex_;            // held over a whole change, file and all; no reactor ever takes it
  std::optional<Error> unreadable_{};  // guarded by change_mutex_
  mutable std::mutex snapshot_mutex_;  // guards table_, held for the copy of a pointer
  std::shared_ptr<const NamedConfigTable> table_;
};

}  // namespace streamline::catalog
