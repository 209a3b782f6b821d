// Readers take snapshots while a writer changes topics; the thread sanitizer watches.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "unit/catalog/catalog_fixture.h"

namespace streamline::catalog {

TEST_CASE("a reader that follows the version sees each change once it was answered, and never a half one") {
  fs::MemoryFileSystem files(fs::DurabilityTracking::off);
  CatalogRun run(files);
  std::atomic<int> answered = 0;
  std::atomic<bool> wrong = false;
  constexpr int kTopics = 60;

  const auto read = [&] {
    std::uint64_t version = 0;
    std::shared_ptr<const TopicMap> topics;
    while (topics == nullptr || topics->size() < kTopics) {
      const int known = answered.load();
      if (run.catalog.version() != version) {
        version = run.catalog.version();
        topics = run.catalog.snapshot();
      }
      for (int i = 0; i < known; ++i) {
        const Topic* topic = topics->find("t" + std::to_string(i));
        if (topic == nullptr || topics->find(topic->id) != topic || topic->attachment == nullptr) wrong = true;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back(read);
  for (int i = 0; i < kTopics; ++i) {
    run.make("t" + std::to_string(i));
    answered = i + 1;
  }
  for (std::thread& reader : readers) reader.join();
  CHECK_FALSE(wrong);
  CHECK(run.catalog.snapshot()->size() == kTopics);
}

TEST_CASE("changes from several threads come one after the other") {
  fs::MemoryFileSystem files(fs::DurabilityTracking::off);
  CatalogRun run(files);
  std::vector<std::thread> writers;
  std::atomic<int> made = 0;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&run, &made] {
      for (int i = 0; i < 20; ++i) {
        if (run.catalog.create({.name = "t" + std::to_string(i)}, 0)) ++made;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(made == 20);
  CHECK(run.catalog.snapshot()->size() == 20);
}

}  // namespace streamline::catalog
