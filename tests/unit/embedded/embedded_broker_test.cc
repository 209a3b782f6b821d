// EmbeddedBroker as a test of somebody else's sees it.
#include "streamline/embedded_broker.h"

#include <dirent.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "client/admin.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "support/temporary_directory.h"

using namespace streamline;
using streamline::test::TemporaryDirectory;

namespace {

client::Cluster connect(const EmbeddedBroker& broker) {
  auto addresses = client::parse_bootstrap(broker.bootstrap());
  REQUIRE(addresses);
  return {*std::move(addresses), client::ClusterOptions()};
}

void produce(client::Cluster& cluster, const std::string& topic, int count) {
  client::Producer producer(cluster, topic, {});
  for (int i = 0; i < count; ++i) {
    const std::string value = "value " + std::to_string(i);
    const Status added = producer.add({.timestamp = 1000 + i, .key = std::nullopt, .value = as_bytes(value), .headers = {}}, 0);
    if (!added) FAIL(added.error().text);
  }
  const Status flushed = producer.flush();
  if (!flushed) FAIL(flushed.error().text);
}

/// The values of partition 0, from its first record to the one at `end`, exclusive.
std::vector<std::string> consume(client::Cluster& cluster, const std::string& topic, std::int64_t end) {
  client::Consumer consumer(cluster);
  consumer.assign({.topic = topic, .partition = 0}, Offset(0), Offset(end));
  std::vector<std::string> values;
  while (!consumer.done()) {
    const auto records = consumer.poll(client::deadline_in(std::chrono::seconds(30)));
    REQUIRE(records);
    REQUIRE_FALSE(records->empty());
    for (const auto& record : *records) values.emplace_back(as_text(record.record.value.value()));
  }
  return values;
}

/// What this process holds: threads, descriptors, and mappings of files.
struct Holdings {
  std::size_t threads = 0;
  std::size_t descriptors = 0;
  std::multiset<std::string> mapped_files;
  friend bool operator==(const Holdings&, const Holdings&) = default;
};

std::size_t entries_of(const char* directory) {
  DIR* const open = ::opendir(directory);
  REQUIRE(open != nullptr);
  std::size_t count = 0;
  while (::readdir(open) != nullptr) ++count;
  REQUIRE(::closedir(open) == 0);
  return count;
}

Holdings holdings() {
  Holdings now;
  now.threads = entries_of("/proc/self/task");
  now.descriptors = entries_of("/proc/self/fd");
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/');
    // Code and data of a library are several mappings, whose number may change; files of ours are data.
    if (path != std::string::npos && line.find(".so") == std::string::npos) now.mapped_files.insert(line.substr(path));
  }
  return now;
}

}  // namespace

TEST_CASE("a broker is ready on return and keeps what it is given") {
  EmbeddedBroker broker;
  REQUIRE(broker.running());
  CHECK(broker.error().empty());
  auto cluster = connect(broker);
  auto any = cluster.any();
  REQUIRE(any);
  CHECK((*any)->broker_versions().contains(18));
  const auto made = client::create_topic(cluster, {.name = "orders", .partitions = 3, .replication_factor = 1, .configs = {}});
  if (!made) FAIL(made.error().text);
  CHECK(made->partitions == 3);
  produce(cluster, "orders", 100);
  const auto values = consume(cluster, "orders", 100);
  REQUIRE(values.size() == 100);
  CHECK(values.front() == "value 0");
  CHECK(values.back() == "value 99");
}

TEST_CASE("a topic made in the process is there for clients at once") {
  EmbeddedBroker broker;
  REQUIRE(broker.create_topic("here", 4));
  auto cluster = connect(broker);
  const auto topic = cluster.topic("here");
  REQUIRE(topic);
  CHECK((*topic)->partitions.size() == 4);
}

TEST_CASE("several brokers live in one process and know nothing of each other") {
  EmbeddedBroker first;
  EmbeddedBroker second;
  REQUIRE(first.running());
  REQUIRE(second.running());
  CHECK(first.bootstrap() != second.bootstrap());
  REQUIRE(first.create_topic("t"));
  REQUIRE(second.create_topic("t"));
  auto one = connect(first);
  auto two = connect(second);
  produce(one, "t", 3);
  produce(two, "t", 5);
  CHECK(consume(one, "t", 3).size() == 3);
  CHECK(consume(two, "t", 5).size() == 5);
  CHECK(first.stop());
  CHECK(consume(two, "t", 5).size() == 5);
}

TEST_CASE("a wrong property is told by name and the broker does not run") {
  const auto error_of = [](const std::string& key, const std::string& value) {
    EmbeddedOptions options;
    options.properties = {{key, value}};
    const EmbeddedBroker broker(options);
    CHECK_FALSE(broker.running());
    CHECK(broker.bootstrap().empty());
    return broker.error();
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(error_of("num.partitons", "3"), Contains("num.partitons") && Contains("num.partitions"));
  CHECK_THAT(error_of("num.partitions", "0"), Contains("num.partitions") && Contains("0"));
  CHECK_THAT(error_of("log.segment.bytes", "many"), Contains("log.segment.bytes") && Contains("many"));
}

TEST_CASE("a property takes effect") {
  EmbeddedOptions options;
  options.properties = {{"num.partitions", "7"}};
  EmbeddedBroker broker(options);
  REQUIRE(broker.running());
  auto cluster = connect(broker);
  REQUIRE(client::create_topic(cluster, {.name = "defaults", .configs = {}}));
  CHECK(cluster.topic("defaults").value()->partitions.size() == 7);
}

TEST_CASE("a topic that exists, or whose name or count is not allowed, is refused") {
  EmbeddedBroker broker;
  using Catch::Matchers::Contains;
  REQUIRE(broker.create_topic("orders"));
  CHECK_FALSE(broker.create_topic("orders"));
  CHECK_THAT(broker.error(), Contains("orders") && Contains("exists"));
  CHECK_FALSE(broker.create_topic("a/b"));
  CHECK_FALSE(broker.error().empty());
  CHECK_FALSE(broker.create_topic("none", 0));
  CHECK_FALSE(broker.error().empty());
  CHECK(broker.create_topic("other"));
  CHECK(broker.error().empty());
}

TEST_CASE("a port in use is told, and nothing of the failed start is left") {
  EmbeddedBroker first;
  const std::string port = first.bootstrap().substr(first.bootstrap().rfind(':') + 1);
  const Holdings before = holdings();
  {
    EmbeddedOptions options;
    options.port = static_cast<std::uint16_t>(std::stoi(port));
    const EmbeddedBroker second(options);
    CHECK_FALSE(second.running());
    CHECK_THAT(second.error(), Catch::Matchers::Contains(port) && Catch::Matchers::Contains("in use"));
  }
  CHECK(holdings() == before);
  CHECK(first.running());
}

TEST_CASE("a data directory survives stop and start") {
  const TemporaryDirectory directory;
  EmbeddedOptions options;
  options.data_directory = directory.path() + "/data";
  {
    EmbeddedBroker broker(options);
    if (!broker.running()) FAIL(broker.error());
    REQUIRE(broker.create_topic("kept"));
    auto cluster = connect(broker);
    produce(cluster, "kept", 10);
    CHECK(broker.stop());
    CHECK_FALSE(broker.running());
  }
  EmbeddedBroker again(options);
  REQUIRE(again.running());
  auto cluster = connect(again);
  CHECK(consume(cluster, "kept", 10).size() == 10);
  produce(cluster, "kept", 5);
  CHECK(consume(cluster, "kept", 15).size() == 15);
}

TEST_CASE("a data directory in use is told with the process that holds it") {
  const TemporaryDirectory directory;
  EmbeddedOptions options;
  options.data_directory = directory.path() + "/data";
  EmbeddedBroker first(options);
  REQUIRE(first.running());
  const EmbeddedBroker second(options);
  CHECK_FALSE(second.running());
  CHECK_THAT(second.error(), Catch::Matchers::Contains(std::to_string(::getpid())));
  CHECK(first.stop());
  CHECK(EmbeddedBroker(options).running());
}

TEST_CASE("a stopped broker refuses and may be stopped again") {
  EmbeddedBroker broker;
  const std::string bootstrap = broker.bootstrap();
  CHECK(broker.stop());
  CHECK(broker.stop());
  CHECK(broker.bootstrap() == bootstrap);
  CHECK_FALSE(broker.create_topic("late"));
  CHECK_FALSE(broker.error().empty());
}

TEST_CASE("after destruction no thread, descriptor or mapped file is left") {
  const TemporaryDirectory directory;
  EmbeddedOptions options;
  if (GENERATE(false, true)) options.data_directory = directory.path() + "/data";
  // What the process makes once and keeps (a sanitizer's thread, a library's descriptor) is there after a first round.
  { const EmbeddedBroker first(options); }
  const Holdings before = holdings();
  for (int round = 0; round < 3; ++round) {
    EmbeddedBroker broker(options);
    if (!broker.running()) FAIL(broker.error());
    CHECK((broker.create_topic("t") || round > 0));
    auto cluster = connect(broker);
    produce(cluster, "t", 10);
    CHECK(consume(cluster, "t", 10).size() == 10);
    const Holdings during = holdings();
    CHECK(during.threads > before.threads);
    CHECK(during.descriptors > before.descriptors);
  }
  CHECK(holdings() == before);
}

TEST_CASE("a client that stays connected does not keep anything either") {
  { const EmbeddedBroker first; }
  const Holdings before = holdings();
  auto broker = std::make_unique<EmbeddedBroker>();
  auto cluster = std::make_unique<client::Cluster>(connect(*broker));
  REQUIRE(cluster->any());
  broker.reset();
  CHECK(holdings().threads == before.threads);
  cluster.reset();
  CHECK(holdings() == before);
}
