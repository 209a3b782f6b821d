// The data directory from the top: identity, manifest, topics, partitions; then, for a repair, an orderly start and stop.
#include "inspect/check.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "catalog/named_configs.h"
#include "catalog/topic_checks.h"
#include "catalog/topic_file.h"
#include "inspect/check_report.h"
#include "inspect/internal_record.h"
#include "inspect/partition_check.h"
#include "storage/layout.h"
#include "storage/log_store.h"
#include "storage/manifest.h"
#include "storage/store_files.h"

namespace streamline::inspect {
namespace {

constexpr std::string_view kMakingPrefix = "~new-";

/// A file of catalog::NamedConfigs, how findings call it, and what the broker does without it.
struct KindCheck {
  const catalog::NamedKind& kind;
  std::string_view what;
  std::string_view consequence;
};
constexpr KindCheck kKindChecks[] = {
    {catalog::kGroupConfigs, "group_configs", "what was set on groups does not count"},
    {catalog::kBrokerConfigs, "broker_configs", "the broker does not start"},
    {catalog::kClientMetrics, "client_metrics", "clients are not asked for metrics"},
    {catalog::kClientQuotas, "client_quotas", "quotas do not count"},
    {catalog::kFeatureLevels, "feature_levels", "features have the levels of a fresh cluster"},
};
static_assert(std::size(kKindChecks) == catalog::kNamedKinds.size(), "a kind is not checked");

class DirectoryCheck {
 public:
  DirectoryCheck(fs::FileSystem& file_system, const CheckOptions& options, CheckObserver& observer)
      : fs_(file_system), options_(options), layout_(options.data_directory), report_(observer) {}

  Result<CheckSummary> run();

 private:
  using LogKey = std::pair<TopicId, std::int32_t>;

  Status take_lock();
  void check_meta();
  void check_manifest();
  void check_producer_ids();
  void check_named_configs(const KindCheck& check);
  Status check_leftovers();
  Status find_topics();
  void load_topic(const std::string& name);
  Status check_topic(const catalog::Topic& topic);
  Status mend(const PartitionRepair& plan);
  Status settle();
  std::uint64_t count_files(const std::string& directory);

  fs::FileSystem& fs_;
  const CheckOptions& options_;
  const storage::Layout layout_;
  CheckReport report_;
  std::unique_ptr<fs::Lock> lock_;
  std::optional<storage::StoreMeta> meta_;
  std::map<LogKey, storage::ManifestEntry> manifest_;
  std::map<TopicId, catalog::Topic> topics_;
};

Result<CheckSummary> DirectoryCheck::run() {
  if (Status locked = take_lock(); !locked) return fail_with(std::move(locked));
  check_meta();
  check_manifest();
  check_producer_ids();
  for (const KindCheck& check : kKindChecks) check_named_configs(check);
  if (Status checked = check_leftovers(); !checked) return fail_with(std::move(checked));
  if (Status found = find_topics(); !found) return fail_with(std::move(found));
  for (const auto& [id, topic] : topics_) {
    for (std::int32_t n = 0; n < topic.partition_count; ++n) {
      report_.expect_bytes(partition_bytes(fs_, layout_.partition(topic.name, n)));
    }
  }
  for (const auto& [id, topic] : topics_) {
    if (Status checked = check_topic(topic); !checked) return fail_with(std::move(checked));
  }
  const bool anything = report_.summary().notes + report_.summary().errors > 0;
  if (options_.repair == Repair::yes && anything) {
    if (Status settled = settle(); !settled) return fail_with(std::move(settled));
  }
  report_.summary().files_aside = count_files(layout_.damaged());
  return report_.summary();
}

Status DirectoryCheck::take_lock() {
  // Nothing is made in a directory that is none of ours.
  if (!fs_.exists(layout_.meta()) && !fs_.exists(layout_.topics())) {
    return fail(Errc::not_found, fmt::format("{} is no data directory: it holds neither meta.json nor topics", layout_.root()));
  }
  Result<std::unique_ptr<fs::Lock>> lock = fs_.lock(layout_.lock());
  if (!lock) return fail_with(std::move(lock));
  lock_ = std::move(*lock);
  return {};
}

void DirectoryCheck::check_meta() {
  const Result<std::vector<std::byte>> text = fs_.read_file(layout_.meta());
  Result<storage::StoreMeta> meta = text ? storage::decode_store_meta(as_text(*text)) : fail(text.error().code, text.error().text);
  if (!meta) return report_.error("meta", layout_.meta(), meta.error().text + "; the broker will not start");
  meta_ = *meta;
}

void DirectoryCheck::check_manifest() {
  const Result<std::vector<std::byte>> bytes = fs_.read_file(layout_.manifest());
  const Result<storage::Manifest> manifest = bytes ? storage::decode_manifest(*bytes) : fail(bytes.error().code, bytes.error().text);
  if (manifest) {
    for (const storage::ManifestEntry& entry : manifest->entries) manifest_.emplace(LogKey(entry.topic_id, entry.partition), entry);
  } else if (manifest.error().code == Errc::unsupported) {
    report_.error("manifest", layout_.manifest(), manifest.error().text + "; the broker will not start");
  } else {
    report_.note("manifest", layout_.manifest(), manifest.error().text + "; every log is read in full at the next start");
  }
}

void DirectoryCheck::check_producer_ids() {
  const Result<std::vector<std::byte>> bytes = fs_.read_file(layout_.producer_ids());
  if (!bytes && bytes.error().code == Errc::not_found) return;
  const Result<ProducerId> next = bytes ? storage::decode_next_producer_id(*bytes) : fail(bytes.error().code, bytes.error().text);
  if (!next) report_.error("producer_ids", layout_.producer_ids(), next.error().text);
}

void DirectoryCheck::check_named_configs(const KindCheck& check) {
  const std::string path = fs::join_path(layout_.root(), check.kind.file_name);
  const Result<std::vector<std::byte>> bytes = fs_.read_file(path, catalog::kMaxNamedConfigsBytes);
  if (!bytes && bytes.error().code == Errc::not_found) return;
  const auto table = bytes ? catalog::read_named_configs(check.kind, as_text(*bytes)) : fail(bytes.error().code, bytes.error().text);
  if (!table) report_.error(check.what, path, fmt::format("{}; {}", table.error().text, check.consequence));
}

Status DirectoryCheck::check_leftovers() {
  Result<std::vector<std::string>> names = fs_.list(layout_.root());
  if (!names) return fail_with(std::move(names));
  for (const std::string& name : *names) {
    if (name.ends_with(".new")) report_.note("leftover", fs::join_path(layout_.root(), name), "a crash interrupted its writing");
  }
  const Result<std::vector<std::string>> deleted = fs_.list(layout_.deleted());
  if (!deleted) return {};
  for (const std::string& name : *deleted) {
    report_.note("leftover", fs::join_path(layout_.deleted(), name), "a deleted topic; the next start removes it");
  }
  return {};
}

Status DirectoryCheck::find_topics() {
  const Result<std::vector<std::string>> names = fs_.list(layout_.topics());
  if (!names && names.error().code != Errc::not_found) return fail(names.error().code, names.error().text);
  for (const std::string& name : names ? *names : std::vector<std::string>{}) {
    if (!options_.topic.empty() && name != options_.topic) continue;
    if (name.starts_with(kMakingPrefix)) {
      report_.note("leftover", layout_.topic(name), "a topic whose making was interrupted; the next start removes it");
    } else {
      load_topic(name);
    }
  }
  if (options_.topic.empty() || !topics_.empty() || fs_.exists(layout_.topic(options_.topic))) return {};
  return fail(Errc::not_found, fmt::format("{} holds no topic '{}'", layout_.topics(), options_.topic));
}

void DirectoryCheck::load_topic(const std::string& name) {
  const std::string path = fs::join_path(layout_.topic(name), catalog::kTopicFileName);
  if (const Status named = catalog::check_topic_name(name); !named) {
    return report_.error("topic_file", layout_.topic(name), named.error().text);
  }
  const Result<std::vector<std::byte>> bytes = fs_.read_file(path, catalog::kMaxTopicFileBytes);
  Result<catalog::Topic> topic = bytes ? catalog::read_topic_file(as_text(*bytes)) : fail(bytes.error().code, bytes.error().text);
  if (!topic) return report_.error("topic_file", path, topic.error().text + "; the topic is not served");
  if (const Status checked = config::check_topic_config(topic->configs); !checked) {
    report_.error("topic_file", path, checked.error().text + "; the topic is not served");
  }
  topic->name = name;
  const auto [place, is_new] = topics_.try_emplace(topic->id, *topic);
  if (is_new) return;
  report_.error("topic_file", path, fmt::format("topic {} has the same id; only one of them is served", place->second.name));
}

Status DirectoryCheck::check_topic(const catalog::Topic& topic) {
  ++report_.summary().topics;
  const auto policy = topic.configs.find("cleanup.policy");
  const bool internal = family_of_topic(topic.name) != Family::none;
  const bool compacted = internal || (policy != topic.configs.end() && policy->second.find("compact") != std::string::npos);
  for (std::int32_t n = 0; n < topic.partition_count; ++n) {
    ++report_.summary().partitions;
    PartitionPlace place{.identity = {topic.name, topic.id, n, layout_.partition(topic.name, n)},
                         .damaged_directory = fmt::format("{}/{}/partition-{}", layout_.damaged(), topic.name, n),
                         .gaps = compacted ? Gaps::allowed : Gaps::forbidden,
                         .now = options_.now};
    if (const auto entry = manifest_.find(LogKey(topic.id, n)); entry != manifest_.end()) place.entry = entry->second;
    Result<PartitionRepair> plan = check_partition(fs_, place, report_);
    if (!plan) return fail_with(std::move(plan));
    if (options_.repair == Repair::no || !plan->is_needed()) continue;
    if (Status mended = mend(*plan); !mended) return mended;
  }
  return {};
}

Status DirectoryCheck::mend(const PartitionRepair& plan) {
  Result<std::vector<std::string>> steps = repair_partition(fs_, plan);
  if (!steps) return fail_with(std::move(steps));
  for (const std::string& step : *steps) report_.mended(plan.directory, step);
  return {};
}

/// The rest is what a start does anyway: torn tails, headers, epochs, the manifest, leftovers.
Status DirectoryCheck::settle() {
  if (!meta_) return {};
  lock_.reset();
  Result<std::unique_ptr<storage::LogStore>> store =
      storage::LogStore::open(fs_, {.data_directory = layout_.root(), .node_id = meta_->node_id});
  if (!store) return fail_with(std::move(store));
  for (const auto& [id, topic] : topics_) {
    for (std::int32_t n = 0; n < topic.partition_count; ++n) {
      const auto log = (*store)->open_log(topic.name, id, n, {}, options_.now);
      // A start looks at files when somebody needs them: this look needs all.
      const auto looked = log ? (*log)->offset_for_time(INT64_MAX) : fail(log.error().code, log.error().text);
      if (!looked) report_.mended(layout_.partition(topic.name, n), "left as it is: " + looked.error().text);
    }
  }
  if (Status purged = (*store)->purge_removed(); !purged) return purged;
  if (Status closed = (*store)->close(options_.now); !closed) return closed;
  report_.mended(layout_.root(), "started and stopped once: tails cut, manifest and clean mark written");
  return {};
}

std::uint64_t DirectoryCheck::count_files(const std::string& directory) {
  const Result<std::vector<std::string>> names = fs_.list(directory);
  if (!names) return 0;
  std::uint64_t files = 0;
  for (const std::string& name : *names) {
    const std::string path = fs::join_path(directory, name);
    files += fs_.list(path) ? count_files(path) : 1;
  }
  return files;
}

}  // namespace

Result<CheckSummary> check(fs::FileSystem& file_system, const CheckOptions& options, CheckObserver& observer) {
  return DirectoryCheck(file_system, options, observer).run();
}

}  // namespace streamline::inspect
