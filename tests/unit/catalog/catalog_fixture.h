// A catalog on a memory file system, and an observer that keeps a diary.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "fs/memory_file_system.h"

namespace streamline::catalog {

struct CountedAttachment final : TopicAttachment {
  std::int32_t partitions = 0;
};

/// Does with the files what LogStore does: a removed topic's directory moves to deleted/{id}.
class DiaryObserver final : public TopicObserver {
 public:
  explicit DiaryObserver(fs::FileSystem& file_system) : file_system_(file_system) {}

  Result<std::shared_ptr<TopicAttachment>> attach(const Topic& after, const Topic* before) override {
    diary.push_back((before == nullptr ? "attach " : "change ") + after.name + " " + std::to_string(after.partition_count));
    if (fail_attach > 0) {
      --fail_attach;
      return fail(Errc::io, "no room");
    }
    auto attachment = std::make_shared<CountedAttachment>();
    attachment->partitions = after.partition_count;
    return attachment;
  }
  Status remove(const Topic& topic) override {
    diary.push_back("remove " + topic.name);
    if (Status made = file_system_.make_directories("data/deleted"); !made) return made;
    if (Status renamed = file_system_.rename("data/topics/" + topic.name, "data/deleted/" + topic.id.to_string()); !renamed) return renamed;
    if (Status synced = file_system_.sync_directory("data/deleted"); !synced) return synced;
    return file_system_.sync_directory("data/topics");
  }

  std::vector<std::string> diary;
  int fail_attach = 0;

 private:
  fs::FileSystem& file_system_;
};

/// One run of a broker's catalog over `file_system`.
struct CatalogRun {
  explicit CatalogRun(fs::FileSystem& file_system)
      : observer(file_system), catalog({.topics_dir = "data/topics"}, file_system, properties, observer) {
    Result<LoadReport> loaded = catalog.load();
    if (!loaded) FAIL(loaded.error().text);
    report = *std::move(loaded);
  }

  TopicPtr make(const std::string& name, std::int32_t partitions = 1, config::TopicConfigMap configs = {}) {
    Result<TopicPtr> made =
        catalog.create({.name = name, .partition_count = partitions, .replication_factor = 1, .configs = std::move(configs)}, 1000);
    if (!made) FAIL(made.error().text);
    return *made;
  }
  Result<TopicPtr> set_configs(std::string_view name, config::TopicConfigMap configs) {
    return catalog.change_configs(name, [&](const config::TopicConfigMap&) -> Result<config::TopicConfigMap> { return configs; });
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const Topic* topic : catalog.snapshot()->sorted()) result.push_back(topic->name);
    return result;
  }

  config::Properties properties;
  DiaryObserver observer;
  Catalog catalog;
  LoadReport report;
};

}  // namespace streamline::catalog
