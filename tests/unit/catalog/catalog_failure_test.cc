// Failing calls and power cuts: what was refused leaves nothing, what was answered is there.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <random>

#include "catalog/topic_drafts.h"
#include "unit/catalog/catalog_fixture.h"

namespace streamline::catalog {

namespace {

/// Every call of a creation that can fail, in its order.
constexpr fs::Operation kOperations[] = {fs::Operation::make_directory, fs::Operation::open,   fs::Operation::write,
                                         fs::Operation::sync,           fs::Operation::rename, fs::Operation::sync_directory};

/// What a run knows must be true after a crash.
struct Promise {
  std::map<std::string, TopicPtr> there;
};

void check_kept(const Promise& promise, fs::MemoryFileSystem& after) {
  CatalogRun run(after);
  for (const Error& error : run.report.refused) FAIL(error.text);
  const auto topics = run.catalog.snapshot();
  for (const auto& [name, topic] : promise.there) {
    INFO(name);
    const Topic* found = topics->find(name);
    REQUIRE(found != nullptr);
    CHECK(found->id == topic->id);
    CHECK(found->partition_count == topic->partition_count);
    CHECK(found->configs == topic->configs);
  }
  CHECK(topics->size() == promise.there.size());
}

/// A few random changes; returns what was answered.
Promise work(CatalogRun& run, std::mt19937_64& random) {
  Promise promise;
  for (int step = 0; step < 12; ++step) {
    const std::string name = "t" + std::to_string(random() % 4);
    const bool exists = promise.there.contains(name);
    switch (random() % 4) {
      case 0:
      case 1:
        if (!exists)
          promise.there[name] = run.make(name, 1 + static_cast<std::int32_t>(random() % 3));
        else
          promise.there[name] = run.set_configs(name, {{"retention.ms", std::to_string(random() % 1000)}}).value();
        break;
      case 2:
        if (exists)
          promise.there[name] = run.catalog.add_partitions({.name = name, .total_count = promise.there[name]->partition_count + 1}).value();
        break;
      default:
        if (exists) {
          REQUIRE(run.catalog.remove(*run.catalog.snapshot()->share(name)).has_value());
          promise.there.erase(name);
        }
    }
  }
  return promise;
}

}  // namespace

TEST_CASE("a creation that fails in any of its calls leaves no topic, and works when tried again") {
  int failures = 0;
  for (const fs::Operation operation : kOperations) {
    for (int skip = 0; skip < 4; ++skip) {
      INFO("operation " << static_cast<int>(operation) << " skip " << skip);
      fs::MemoryFileSystem files;
      CatalogRun run(files);
      files.fail_next({.operation = operation, .path_part = "topics", .code = Errc::no_space, .skip = skip});
      const Result<TopicPtr> made = run.catalog.create({.name = "t"}, 0);
      files.clear_faults();
      if (made) continue;
      ++failures;
      CHECK(made.error().code == Errc::no_space);
      CHECK(run.names().empty());
      CHECK(CatalogRun(*files.kill_clone()).names().empty());
      CHECK(run.catalog.create({.name = "t"}, 0).has_value());
    }
  }
  CHECK(failures == 7);
}

TEST_CASE("a call that fails among many creations fails that topic alone, but the directory's sync fails all") {
  for (const fs::Operation operation : kOperations) {
    INFO("operation " << static_cast<int>(operation));
    fs::MemoryFileSystem files;
    CatalogRun run(files);
    const std::vector<NewTopic> wanted{{.name = "a"}, {.name = "b"}, {.name = "c"}};
    files.fail_next({.operation = operation, .path_part = "topics", .code = Errc::no_space, .skip = 1});
    const std::vector<Result<TopicPtr>> made = run.catalog.create_all(wanted, 0);
    files.clear_faults();
    std::vector<bool> outcomes;
    for (const Result<TopicPtr>& one : made) outcomes.push_back(one.has_value());
    CHECK(outcomes == std::vector<bool>{true, false, true});
    CHECK(run.names() == std::vector<std::string>{"a", "c"});
    CHECK(CatalogRun(*files.kill_clone()).names() == std::vector<std::string>{"a", "c"});
    CHECK(files.list("data/topics").value() == std::vector<std::string>{"a", "c"});
  }
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const std::vector<NewTopic> wanted{{.name = "a"}, {.name = "b"}};
  files.fail_next({.operation = fs::Operation::sync_directory, .path_part = "topics", .code = Errc::io, .skip = 2});
  for (const Result<TopicPtr>& one : run.catalog.create_all(wanted, 0)) CHECK_FALSE(one.has_value());
  files.clear_faults();
  CHECK(run.names().empty());
  CHECK(CatalogRun(*files.kill_clone()).names().empty());
}

TEST_CASE("many topics made at once are all there after a power loss") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  std::vector<NewTopic> wanted;
  Promise promise;
  for (std::size_t i = 0; i < 2 * kDraftsAtOnce + 1; ++i) wanted.push_back({.name = "t" + std::to_string(i), .partition_count = 2});
  for (const Result<TopicPtr>& one : run.catalog.create_all(wanted, 0)) promise.there[one.value()->name] = *one;
  CHECK(promise.there.size() == wanted.size());
  for (std::uint64_t seed = 1; seed <= 20; ++seed) check_kept(promise, *files.crash_clone(seed));
}

TEST_CASE("a change that fails in any of its calls leaves the old topic, also after a restart") {
  for (const fs::Operation operation :
       {fs::Operation::open, fs::Operation::write, fs::Operation::sync, fs::Operation::rename, fs::Operation::sync_directory}) {
    INFO("operation " << static_cast<int>(operation));
    fs::MemoryFileSystem files;
    CatalogRun run(files);
    run.make("t", 2, {{"retention.ms", "5"}});
    files.fail_next({.operation = operation, .path_part = "topics", .code = Errc::io});
    CHECK_FALSE(run.catalog.add_partitions({.name = "t", .total_count = 9}).has_value());
    files.clear_faults();
    files.fail_next({.operation = operation, .path_part = "topics", .code = Errc::io});
    CHECK_FALSE(run.set_configs("t", {}).has_value());
    files.clear_faults();
    CatalogRun again(*files.kill_clone());
    for (const auto& topics : {run.catalog.snapshot(), again.catalog.snapshot()}) {
      CHECK(topics->find("t")->partition_count == 2);
      CHECK(topics->find("t")->configs == config::TopicConfigMap{{"retention.ms", "5"}});
    }
  }
}

TEST_CASE("an observer that fails takes the change back") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  run.observer.fail_attach = 1;
  CHECK(run.catalog.create({.name = "t"}, 0).error().text == "no room");
  CHECK(run.names().empty());
  CHECK(files.list("data/topics").value().empty());
  run.make("t", 2);
  run.observer.fail_attach = 1;
  CHECK_FALSE(run.catalog.add_partitions({.name = "t", .total_count = 3}).has_value());
  CHECK(run.catalog.snapshot()->find("t")->partition_count == 2);
  CatalogRun again(files);
  CHECK(again.catalog.snapshot()->find("t")->partition_count == 2);
}

TEST_CASE("a topic that the observer cannot attach at the start is refused, the others load") {
  fs::MemoryFileSystem files;
  {
    CatalogRun run(files);
    run.make("a");
    run.make("b");
  }
  config::Properties properties;
  DiaryObserver observer(files);
  observer.fail_attach = 1;
  Catalog catalog({.topics_dir = "data/topics"}, files, properties, observer);
  const Result<LoadReport> report = catalog.load();
  REQUIRE(report.has_value());
  REQUIRE(report->refused.size() == 1);
  CHECK(report->refused[0].text == "topic a: no room");
  CHECK(catalog.snapshot()->find("b") != nullptr);
  CHECK(catalog.snapshot()->size() == 1);
}

TEST_CASE("a removal that fails brings the topic back, attached anew") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  run.make("t", 2);
  files.fail_next({.operation = fs::Operation::rename, .path_part = "topics/t", .code = Errc::io});
  const TopicPtr doomed = run.catalog.snapshot()->share("t");
  CHECK(run.catalog.remove(*doomed).error().code == Errc::io);
  files.clear_faults();
  CHECK(run.names() == std::vector<std::string>{"t"});
  CHECK(run.observer.diary == std::vector<std::string>{"attach t 2", "remove t", "attach t 2"});
  CHECK(run.catalog.remove(*doomed).has_value());
}

TEST_CASE("after a power cut every answered change is there, and nothing that was removed") {
  const char* only = std::getenv("STREAMLINE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t last = only != nullptr ? first : 200;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    INFO("STREAMLINE_SEED=" << seed);
    std::mt19937_64 random(seed);
    fs::MemoryFileSystem files;
    CatalogRun run(files);
    const Promise promise = work(run, random);
    check_kept(promise, *files.crash_clone(seed));
    check_kept(promise, *files.kill_clone());
  }
}

TEST_CASE("a power cut in the middle of a creation leaves the topic whole or absent") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO(seed);
    fs::MemoryFileSystem files;
    CatalogRun run(files);
    run.make("kept", 2);
    const fs::Operation operation = kOperations[seed % std::size(kOperations)];
    files.fail_next(
        {.operation = operation, .path_part = "topics", .code = Errc::io, .count = 1000, .skip = static_cast<int>(seed / 6 % 3)});
    const bool answered = run.catalog.create({.name = "cut", .partition_count = 3}, 0).has_value();
    CatalogRun after(*files.crash_clone(seed));
    CHECK(after.report.refused.empty());
    CHECK(after.catalog.snapshot()->find("kept")->partition_count == 2);
    const Topic* cut = after.catalog.snapshot()->find("cut");
    if (answered) REQUIRE(cut != nullptr);
    if (cut != nullptr) CHECK(cut->partition_count == 3);
  }
}

}  // namespace streamline::catalog
