// Creating, growing, configuring and removing topics, and what comes back after a restart.
#include "catalog/catalog.h"

#include <catch2/catch.hpp>

#include "unit/catalog/catalog_fixture.h"

namespace streamline::catalog {

namespace {

std::string text_of(const Status& status) { return status ? "accepted" : status.error().text; }
Errc code_of(const Result<Topic>& result) { return result ? Errc::io : result.error().code; }

void write(fs::FileSystem& files, const std::string& path, std::string_view text) {
  REQUIRE(files.make_directories(fs::parent_path(path)).has_value());
  REQUIRE(fs::replace_file(files, path, as_bytes(text)).has_value());
}

}  // namespace

TEST_CASE("rule 19: names are refused in Kafka's words") {
  CHECK(text_of(check_topic_name("")) == "Topic name is invalid: the empty string is not allowed");
  CHECK(text_of(check_topic_name(".")) == "Topic name is invalid: '.' is not allowed");
  CHECK(text_of(check_topic_name("..")) == "Topic name is invalid: '..' is not allowed");
  CHECK(text_of(check_topic_name("a b")) ==
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'");
  CHECK(text_of(check_topic_name("a/b")).starts_with("Topic name is invalid: 'a/b' contains"));
  CHECK(text_of(check_topic_name("\xC3\xA9")).starts_with("Topic name is invalid: "));
  CHECK(text_of(check_topic_name(std::string_view("a\0b", 3))).starts_with("Topic name is invalid: "));
  CHECK(text_of(check_topic_name(std::string(250, 'x'))) ==
        "Topic name is invalid: the length of '" + std::string(250, 'x') + "' is longer than the max allowed length 249");
  for (const std::string& name : {std::string("-"), std::string("..."), std::string("A.b_c-9"), std::string(249, 'x')})
    CHECK(check_topic_name(name).has_value());
  CHECK(check_topic_name("").error().code == Errc::invalid_topic_name);
}

TEST_CASE("a topic is there when create returns, with id, attachment and the observer told first") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const std::uint64_t version = run.catalog.version();
  const TopicPtr topic = run.make("orders", 3, {{"retention.ms", "5"}});
  CHECK(run.catalog.version() > version);
  CHECK(topic->partition_count == 3);
  CHECK(topic->created_ms == 1000);
  CHECK_FALSE(topic->id.is_zero());
  CHECK_FALSE(topic->internal);
  CHECK(run.catalog.snapshot()->share("orders") == topic);
  CHECK(run.catalog.snapshot()->share(topic->id) == topic);
  CHECK(dynamic_cast<const CountedAttachment&>(*topic->attachment).partitions == 3);
  CHECK(run.observer.diary == std::vector<std::string>{"attach orders 3"});
}

TEST_CASE("rule 25: -1 takes the broker's defaults") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  REQUIRE(run.properties.set("num.partitions", {"6", config::Source::flag, ""}).has_value());
  const Result<TopicPtr> topic = run.catalog.create({.name = "t"}, 0);
  REQUIRE(topic.has_value());
  CHECK((*topic)->partition_count == 6);
  REQUIRE(run.properties.set("default.replication.factor", {"3", config::Source::flag, ""}).has_value());
  CHECK(code_of(run.catalog.check({.name = "u"})) == Errc::invalid_replication_factor);
}

TEST_CASE("rule 25: wrong counts have their own errors") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const auto refusal = [&run](std::int32_t partitions, std::int32_t factor) {
    const Result<Topic> checked = run.catalog.check({.name = "t", .partition_count = partitions, .replication_factor = factor});
    return checked ? std::string("accepted") : std::string(to_string(checked.error().code)) + ": " + checked.error().text;
  };
  CHECK(refusal(1, 1) == "accepted");
  CHECK(refusal(0, 1) == "invalid_partitions: Number of partitions was set to an invalid non-positive value.");
  CHECK(refusal(-2, 1) == "invalid_partitions: Number of partitions was set to an invalid non-positive value.");
  CHECK(refusal(100'001, 1) == "invalid_partitions: 100001 partitions are more than the 100000 that a topic may have.");
  CHECK(refusal(1, 0) == "invalid_replication_factor: Replication factor must be larger than 0, or -1 to use the default value.");
  CHECK(refusal(1, 2) ==
        "invalid_replication_factor: Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached "
        "because "
        "only 1 broker(s) are registered.");
}

TEST_CASE("rule 25: manual assignments exclude counts, and name this node once for each consecutive partition") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const auto refusal = [&run](std::vector<Assignment> assignments, std::int32_t partitions = -1, std::int32_t factor = -1) {
    const Result<Topic> checked = run.catalog.check(
        {.name = "t", .partition_count = partitions, .replication_factor = factor, .assignments = std::move(assignments)});
    return checked ? "accepted " + std::to_string(checked->partition_count)
                   : std::string(to_string(checked.error().code)) + ": " + checked.error().text;
  };
  CHECK(refusal({{1, {1}}, {0, {1}}}) == "accepted 2");
  CHECK(refusal({{0, {1}}}, 1) == "invalid_argument: A manual partition assignment was specified, but numPartitions was not set to -1.");
  CHECK(refusal({{0, {1}}}, -1, 1) ==
        "invalid_argument: A manual partition assignment was specified, but replication factor was not set to -1.");
  CHECK(refusal({{0, {2}}}) ==
        "invalid_replica_assignment: The manual partition assignment includes broker 2, but no such broker is registered.");
  CHECK(refusal({{0, {1, 1}}}) == "invalid_replica_assignment: The manual partition assignment includes the broker 1 more than once.");
  CHECK(refusal({{0, {}}}) == "invalid_replica_assignment: The manual partition assignment includes an empty replica list.");
  for (const std::vector<Assignment>& gaps :
       std::vector<std::vector<Assignment>>{{{1, {1}}}, {{0, {1}}, {2, {1}}}, {{-1, {1}}}, {{0, {1}}, {0, {1}}}}) {
    CHECK(refusal(gaps) == "invalid_replica_assignment: partitions should be a consecutive 0-based integer sequence");
  }
}

TEST_CASE("an existing name, a colliding name and a bad config are refused, and nothing is written") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  run.make("a.b");
  const auto refusal = [&run](NewTopic wanted) {
    const Result<TopicPtr> made = run.catalog.create(wanted, 0);
    return made ? std::string("accepted") : std::string(to_string(made.error().code)) + ": " + made.error().text;
  };
  CHECK(refusal({.name = "a.b"}) == "already_exists: Topic 'a.b' already exists.");
  CHECK(refusal({.name = "a_b"}) == "invalid_topic_name: Topic 'a_b' collides with existing topic: a.b");
  CHECK(refusal({.name = "c", .configs = {{"foo", "1"}}}) == "invalid_config: Unknown topic config name: foo");
  CHECK(files.list("data/topics").value() == std::vector<std::string>{"a.b"});
}

TEST_CASE("check makes nothing") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const Result<Topic> checked = run.catalog.check({.name = "t", .partition_count = 4, .configs = {{"retention.ms", "1"}}});
  REQUIRE(checked.has_value());
  CHECK(checked->partition_count == 4);
  CHECK(checked->id.is_zero());
  CHECK(run.names().empty());
  CHECK(run.observer.diary.empty());
}

TEST_CASE("many at once: one answer each, in order, the second of two equal names refused") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const std::vector<NewTopic> wanted = {{.name = "a"}, {.name = ".."}, {.name = "b", .partition_count = 2}, {.name = "a"}};
  const std::vector<Result<TopicPtr>> made = run.catalog.create_all(wanted, 7);
  REQUIRE(made.size() == 4);
  CHECK(made[0].has_value());
  CHECK(made[1].error().code == Errc::invalid_topic_name);
  CHECK(made[2].value()->partition_count == 2);
  CHECK(made[3].error().code == Errc::already_exists);
  CHECK(run.names() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("Kafka's internal topics carry the flag, also after a restart") {
  fs::MemoryFileSystem files;
  {
    CatalogRun run(files);
    CHECK(run.make("__consumer_offsets", 2)->internal);
    CHECK_FALSE(run.make("__mine")->internal);
  }
  CatalogRun again(files);
  CHECK(again.catalog.snapshot()->find("__consumer_offsets")->internal);
  CHECK_FALSE(again.catalog.snapshot()->find("__mine")->internal);
}

TEST_CASE("topics come back after a restart as they were") {
  fs::MemoryFileSystem files;
  TopicPtr before;
  {
    CatalogRun run(files);
    before = run.make("orders", 3, {{"cleanup.policy", "compact"}});
    run.make("users");
  }
  CatalogRun again(files);
  CHECK(again.report.loaded == 2);
  CHECK(again.report.refused.empty());
  CHECK(again.names() == std::vector<std::string>{"orders", "users"});
  const Topic* after = again.catalog.snapshot()->find("orders");
  CHECK(after->id == before->id);
  CHECK(after->partition_count == 3);
  CHECK(after->configs == before->configs);
  CHECK(after->created_ms == before->created_ms);
  CHECK(after->attachment != nullptr);
}

TEST_CASE("rule 26: partitions only grow") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const TopicPtr before = run.make("t", 2);
  const auto refusal = [&run](const PartitionGrowth& growth) {
    const Result<TopicPtr> grown = run.catalog.add_partitions(growth);
    return grown ? std::string("accepted") : std::string(to_string(grown.error().code)) + ": " + grown.error().text;
  };
  CHECK(refusal({.name = "t", .total_count = 2}) == "invalid_partitions: Topic already has 2 partition(s).");
  CHECK(refusal({.name = "t", .total_count = 1}) ==
        "invalid_partitions: The topic t currently has 2 partition(s); 1 would not be an increase.");
  CHECK(refusal({.name = "t", .total_count = -1}) ==
        "invalid_partitions: The topic t currently has 2 partition(s); -1 would not be an increase.");
  CHECK(refusal({.name = "t", .total_count = 1'000'000}) ==
        "invalid_partitions: 1000000 partitions are more than the 100000 that a topic may have.");
  CHECK(refusal({.name = "no", .total_count = 3}) == "not_found: This server does not host this topic-partition.");
  using Brokers = std::vector<std::vector<std::int32_t>>;
  CHECK(refusal({.name = "t", .total_count = 4, .assignments = Brokers{{1}}}) ==
        "invalid_replica_assignment: Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.");
  CHECK(refusal({.name = "t", .total_count = 3, .assignments = Brokers{{2}}}) ==
        "invalid_replica_assignment: The manual partition assignment includes broker 2, but no such broker is registered.");
  CHECK(run.catalog.snapshot()->share("t") == before);
  CHECK(refusal({.name = "t", .total_count = 3, .assignments = Brokers{{1}}}) == "accepted");
  CHECK(run.catalog.add_partitions({.name = "t", .total_count = 5}).value()->partition_count == 5);
  CHECK(run.catalog.snapshot()->find(before->id)->partition_count == 5);
  CHECK(run.observer.diary == std::vector<std::string>{"attach t 2", "change t 3", "change t 5"});
  CatalogRun again(files);
  CHECK(again.catalog.snapshot()->find("t")->partition_count == 5);
}

TEST_CASE("configs are replaced as a whole and survive a restart") {
  fs::MemoryFileSystem files;
  {
    CatalogRun run(files);
    run.make("t", 1, {{"retention.ms", "5"}});
    CHECK(run.set_configs("t", {{"segment.ms", "9"}}).value()->configs == config::TopicConfigMap{{"segment.ms", "9"}});
    CHECK(run.set_configs("t", {{"segment.ms", "0"}}).error().code == Errc::invalid_config);
    CHECK(run.set_configs("no", {}).error().code == Errc::not_found);
  }
  CatalogRun again(files);
  CHECK(again.catalog.snapshot()->find("t")->configs == config::TopicConfigMap{{"segment.ms", "9"}});
}

TEST_CASE("rule 24: a removed topic is gone, and made again it has another id") {
  fs::MemoryFileSystem files;
  CatalogRun run(files);
  const TopicPtr first = run.make("t");
  REQUIRE(run.catalog.remove(*first).has_value());
  CHECK(run.catalog.snapshot()->empty());
  CHECK(run.catalog.remove(*first).error().code == Errc::not_found);
  CHECK_FALSE(files.exists("data/topics/t"));
  const TopicPtr second = run.make("t");
  CHECK(run.catalog.remove(*first).error().code == Errc::not_found);
  CHECK(run.catalog.snapshot()->find("t") != nullptr);
  CHECK(second->id != first->id);
  CHECK(run.catalog.snapshot()->find(first->id) == nullptr);
  CHECK(first->name == "t");
}

TEST_CASE("a metadata.json that cannot be read is reported by its path, and the other topics load") {
  fs::MemoryFileSystem files;
  {
    CatalogRun run(files);
    run.make("good");
  }
  write(files, "data/topics/torn/metadata.json", R"({"format":1,"id":"AAE)");
  write(files, "data/topics/newer/metadata.json", R"({"format":9})");
  write(files, "data/topics/a b/metadata.json", "{}");
  REQUIRE(files.make_directories("data/topics/empty").has_value());
  CatalogRun run(files);
  CHECK(run.names() == std::vector<std::string>{"good"});
  REQUIRE(run.report.refused.size() == 4);
  CHECK(run.report.refused[0].text.starts_with("data/topics/a b: Topic name is invalid"));
  CHECK(run.report.refused[1].text.starts_with("data/topics/empty/metadata.json: "));
  CHECK(run.report.refused[2].text == "data/topics/newer/metadata.json: format 9; this version knows 1");
  CHECK(run.report.refused[3].text == "data/topics/torn/metadata.json: not a whole JSON object: it goes wrong at byte 21 of 21");
  CHECK(files.exists("data/topics/torn/metadata.json"));
}

TEST_CASE("a copied topic directory is refused, because its id belongs to the first") {
  fs::MemoryFileSystem files;
  TopicPtr original;
  {
    CatalogRun run(files);
    original = run.make("a");
  }
  const std::vector<std::byte> bytes = files.read_file("data/topics/a/metadata.json").value();
  write(files, "data/topics/b/metadata.json", as_text(bytes));
  CatalogRun run(files);
  CHECK(run.names() == std::vector<std::string>{"a"});
  REQUIRE(run.report.refused.size() == 1);
  CHECK(run.report.refused[0].text == "data/topics/b/metadata.json: topic a has the same id");
  CHECK(run.catalog.snapshot()->find(original->id)->name == "a");
}

TEST_CASE("what a crash left half-made is removed at the start") {
  fs::MemoryFileSystem files;
  write(files, "data/topics/~new-AAECAwQFBgcICQoLDA0ODw/metadata.json", "{");
  CatalogRun run(files);
  CHECK(run.report.leftovers_removed == 1);
  CHECK(run.report.refused.empty());
  CHECK(files.list("data/topics").value().empty());
}

}  // namespace streamline::catalog
