// Precedence, origins, collected errors, ignored keys and the environment.
#include "config/loader.h"

#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace streamline::config {

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "streamline-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

Loaded loaded(const LoadRequest& request) {
  Result<Loaded> result = load(request);
  if (!result) FAIL(result.error().text);
  return *std::move(result);
}
std::string refused(const LoadRequest& request) {
  const Result<Loaded> result = load(request);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::invalid_config);
  return result.error().text;
}
LoadRequest flags(std::vector<Override> overrides) { return {.file = {}, .environment = {}, .overrides = std::move(overrides)}; }
LoadRequest variables(std::vector<std::pair<std::string, std::string>> environment) {
  return {.file = {}, .environment = std::move(environment), .overrides = {}};
}

}  // namespace

TEST_CASE("nothing given means every default, and no warning") {
  const Loaded result = loaded({});
  CHECK(result.warnings.empty());
  CHECK(result.properties.int32("num.partitions") == 1);
  CHECK(result.properties.source("num.partitions") == Source::default_value);
  CHECK(result.properties.find("num.partitions") == nullptr);
  CHECK_FALSE(result.properties.text("log.roll.ms").has_value());
  CHECK(result.properties.boolean("auto.create.topics.enable"));
  CHECK(result.properties.int64("connections.max.idle.ms") == 600000);
  CHECK(result.properties.real("log.cleaner.min.cleanable.ratio") == 0.5);
  CHECK(result.properties.list("log.cleanup.policy") == std::vector<std::string>{"delete"});
}

TEST_CASE("a flag wins over the environment, that over the file, that over the default") {
  const Folder folder;
  LoadRequest request;
  request.file = folder.write("s.toml", "num.partitions = 2\nmessage.max.bytes = 2000\nnum.io.threads = 3\n");
  request.environment = {{"STREAMLINE_NUM_PARTITIONS", "4"}, {"STREAMLINE_MESSAGE_MAX_BYTES", "4000"}};
  request.overrides = {{"num.partitions", "8", "-X num.partitions"}};
  const Loaded result = loaded(request);
  CHECK(result.properties.int32("num.partitions") == 8);
  CHECK(result.properties.find("num.partitions")->origin == "-X num.partitions");
  CHECK(result.properties.source("num.partitions") == Source::flag);
  CHECK(result.properties.int32("message.max.bytes") == 4000);
  CHECK(result.properties.find("message.max.bytes")->origin == "STREAMLINE_MESSAGE_MAX_BYTES");
  CHECK(result.properties.source("message.max.bytes") == Source::environment);
  CHECK(result.properties.int32("num.io.threads") == 3);
  CHECK(result.properties.find("num.io.threads")->origin == request.file + ":3");
  CHECK(result.properties.source("num.io.threads") == Source::file);
}

TEST_CASE("the later of two flags wins") {
  CHECK(loaded(flags({{"num.partitions", "2", "-X"}, {"num.partitions", "3", "-X"}})).properties.int32("num.partitions") == 3);
}

TEST_CASE("the server.properties of a combined Kafka node is accepted with one warning line") {
  const Folder folder;
  LoadRequest request;
  request.file =
      folder.write("server.properties",
                   "process.roles=broker,controller\nnode.id=7\ncontroller.quorum.voters=7@localhost:9093\n"
                   "listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n"
                   "advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\ncontroller.listener.names=CONTROLLER\n"
                   "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT\n"
                   "num.network.threads=3\nnum.io.threads=8\nsocket.send.buffer.bytes=102400\nlog.dirs=/tmp/kraft-combined-logs\n"
                   "num.partitions=1\nnum.recovery.threads.per.data.dir=1\nlog.retention.hours=168\nzookeeper.connect=localhost:2181\n");
  const Loaded result = loaded(request);
  CHECK(result.properties.int32("node.id") == 7);
  CHECK(result.warnings ==
        std::vector<std::string>{
            "accepted and ignored, because they mean nothing here: controller.quorum.voters, inter.broker.listener.name, "
            "num.recovery.threads.per.data.dir, process.roles, socket.send.buffer.bytes, zookeeper.connect"});
}

TEST_CASE("an unknown key names file, line, key and the nearest known key") {
  const Folder folder;
  const std::string file = folder.write("s.toml", "\nnum.partition = 3\n");
  CHECK(refused({.file = file, .environment = {}, .overrides = {}}) ==
        file + ":2: unknown key num.partition; the nearest known one is num.partitions");
}

TEST_CASE("all mistakes are told at once, each with its place, value and range") {
  const Folder folder;
  LoadRequest request;
  request.file = folder.write("b.properties", "num.partitions=0\nlog.segment.bytes=many\ncompression.type=zip\n");
  request.environment = {{"KAFKA_MESSAGE_MAX_BYTES", "-1"}};
  request.overrides = {{"nonsense.key", "1", "-X nonsense.key"}};
  const std::string text = refused(request);
  CHECK(text.starts_with(
      request.file + ":1: Invalid value 0 for configuration num.partitions: Value must be at least 1; allowed: [1,...]\n" + request.file +
      ":2: Invalid value many for configuration log.segment.bytes: Not a number of type INT; allowed: [1048576,...]\n" + request.file +
      ":3: Invalid value zip for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, "
      "gzip, producer; allowed: [uncompressed, zstd, lz4, snappy, gzip, producer]\n"
      "KAFKA_MESSAGE_MAX_BYTES: Invalid value -1 for configuration message.max.bytes: Value must be at least 0; allowed: [0,...]\n"
      "-X nonsense.key: unknown key nonsense.key; the nearest known one is "));
}

TEST_CASE("a file that is not there or does not parse is an error with its name") {
  CHECK(refused({.file = "/nowhere/s.toml", .environment = {}, .overrides = {}}) ==
        "configuration file /nowhere/s.toml: No such file or directory");
  CHECK(refused({.file = "/nowhere/s.toml", .file_origin = "STREAMLINE_CONFIG", .environment = {}, .overrides = {}}) ==
        "STREAMLINE_CONFIG: configuration file /nowhere/s.toml: No such file or directory");
  const Folder folder;
  const std::string file = folder.write("s.toml", "[broken\n");
  CHECK(refused({.file = file, .environment = {}, .overrides = {}}).starts_with(file + ":1: "));
}

TEST_CASE("STREAMLINE_ wins over KAFKA_ whatever their order") {
  CHECK(loaded(variables({{"STREAMLINE_NUM_PARTITIONS", "4"}, {"KAFKA_NUM_PARTITIONS", "2"}})).properties.int32("num.partitions") == 4);
  CHECK(loaded(variables({{"KAFKA_NUM_PARTITIONS", "2"}})).properties.int32("num.partitions") == 2);
}

TEST_CASE("a variable with _FILE takes the value from that file") {
  const Folder folder;
  const std::string secret = folder.write("secret", "rack-7\n");
  const Loaded result = loaded(variables({{"STREAMLINE_BROKER_RACK_FILE", secret}}));
  CHECK(result.properties.string("broker.rack") == "rack-7");
  CHECK(refused(variables({{"STREAMLINE_BROKER_RACK_FILE", "/nowhere"}})) ==
        "STREAMLINE_BROKER_RACK_FILE: /nowhere: No such file or directory");
}

TEST_CASE("variables that name no property are told in one warning, ours with a guess") {
  const Loaded result = loaded(variables({{"HOME", "/root"},
                                          {"STREAMLINE_NUM_PARTITION", "3"},
                                          {"KAFKA_HEAP_OPTS", "-Xmx1g"},
                                          {"STREAMLINE_BOOTSTRAP", "localhost:9092"},
                                          {"STREAMLINE_PORT_9092_TCP", "tcp://10.0.0.1:9092"},
                                          {"STREAMLINE_SERVICE_HOST", "10.0.0.1"}}));
  CHECK(result.warnings ==
        std::vector<std::string>{"environment variables that name no property: KAFKA_HEAP_OPTS, STREAMLINE_NUM_PARTITION (did "
                                 "you mean STREAMLINE_NUM_PARTITIONS?)"});
}

TEST_CASE("a Kafka key without meaning is ignored from the environment too") {
  const Loaded result = loaded(variables({{"KAFKA_PROCESS_ROLES", "broker"}, {"KAFKA_CONTROLLER_QUORUM_VOTERS", "1@a:1"}}));
  CHECK(result.warnings ==
        std::vector<std::string>{"accepted and ignored, because they mean nothing here: controller.quorum.voters, process.roles"});
}

TEST_CASE("the main name wins over its alias within one source, and a higher source wins over both") {
  CHECK(loaded(flags({{"log.dirs", "/a", "-X"}, {"log.dir", "/b", "-X"}})).properties.string("log.dirs") == "/a");
  CHECK(loaded(flags({{"log.dir", "/b", "-X"}})).properties.string("log.dirs") == "/b");
  LoadRequest request = variables({{"KAFKA_BROKER_ID", "5"}});
  CHECK(loaded(request).properties.int32("node.id") == 5);
  request.overrides = {{"node.id", "6", "-X node.id"}};
  CHECK(loaded(request).properties.int32("node.id") == 6);
}

TEST_CASE("broker.id and node.id that differ are an error") {
  CHECK(refused(flags({{"broker.id", "1", "-X broker.id"}, {"node.id", "2", "-X node.id"}})) ==
        "-X broker.id: broker.id = 1 contradicts node.id = 2 (-X node.id); they are one thing");
  CHECK(loaded(flags({{"broker.id", "2", "-X"}, {"node.id", "2", "-X"}})).properties.int32("node.id") == 2);
}

TEST_CASE("an authorizer is refused, because ignoring it would open the broker") {
  CHECK(refused(flags({{"authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "-X a"}}))
            .find("no access control") != std::string::npos);
  CHECK(loaded(flags({{"authorizer.class.name", "", "-X a"}})).warnings.size() == 1);
}

TEST_CASE("two data directories are an error, a replication above one a warning") {
  CHECK(refused(flags({{"log.dirs", "/a,/b", "-X log.dirs"}})) == "-X log.dirs: log.dirs = /a,/b: exactly one directory");
  CHECK(loaded(flags({{"default.replication.factor", "3", "-X"}})).warnings.size() == 1);
}

TEST_CASE("-X takes key=value, the value may hold further '='") {
  const auto parsed = parse_override(" listeners = PLAINTEXT://a:1?x=y");
  REQUIRE(parsed.has_value());
  CHECK(parsed->key == "listeners");
  CHECK(parsed->value == " PLAINTEXT://a:1?x=y");
  CHECK(parsed->origin == "-X listeners");
  CHECK_FALSE(parse_override("novalue").has_value());
  CHECK_FALSE(parse_override("=5").has_value());
}

TEST_CASE("the environment of the process is read") {
  REQUIRE(setenv("STREAMLINE_NUM_PARTITIONS", "11", 1) == 0);
  LoadRequest request;
  request.environment = process_environment();
  REQUIRE(unsetenv("STREAMLINE_NUM_PARTITIONS") == 0);
  CHECK(loaded(request).properties.int32("num.partitions") == 11);
}

TEST_CASE("set refuses what the table refuses, and never lowers the precedence") {
  Properties properties;
  CHECK(properties.set("nothing", {"1", Source::flag, ""}).error().code == Errc::not_found);
  CHECK(properties.set("num.partitions", {"0", Source::flag, ""}).error().code == Errc::invalid_config);
  REQUIRE(properties.set("num.partitions", {" 9 ", Source::flag, ""}).has_value());
  REQUIRE(properties.set("num.partitions", {"5", Source::file, ""}).has_value());
  CHECK(properties.string("num.partitions") == "9");
}

TEST_CASE("what would open the broker is refused in a variable as well") {
  CHECK(refused(variables({{"KAFKA_AUTHORIZER_CLASS_NAME", "x"}})).starts_with("KAFKA_AUTHORIZER_CLASS_NAME: authorizer.class.name: "));
  CHECK(refused(variables({{"KAFKA_LISTENER_NAME_INSIDE_MAX_CONNECTIONS", "5"}})).find("cannot be set for one listener") !=
        std::string::npos);
}

TEST_CASE("a limit of one listener is refused by name, and what means nothing here is ignored there too") {
  CHECK(refused(flags({{"listener.name.inside.max.connections", "5", "-X"}})) ==
        "-X: listener.name.inside.max.connections: max.connections cannot be set for one listener; without the prefix it holds for all");
  const Loaded result = loaded(flags({{"listener.name.inside.ssl.keystore.location", "a", "-X"}}));
  CHECK(result.warnings.size() == 1);
}

TEST_CASE("the variables that compose files of Kafka images carry are all known, and those that act do") {
  const Loaded result = loaded(variables({{"KAFKA_NODE_ID", "7"},
                                          {"KAFKA_BROKER_ID", "7"},
                                          {"KAFKA_PROCESS_ROLES", "broker,controller"},
                                          {"KAFKA_LISTENERS", "PLAINTEXT://:9092,CONTROLLER://:9093"},
                                          {"KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://localhost:9092"},
                                          {"KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"},
                                          {"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"},
                                          {"KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"},
                                          {"KAFKA_CONTROLLER_QUORUM_BOOTSTRAP_SERVERS", "localhost:9093"},
                                          {"KAFKA_INTER_BROKER_LISTENER_NAME", "PLAINTEXT"},
                                          {"KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181"},
                                          {"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"},
                                          {"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "5"},
                                          {"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"},
                                          {"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"},
                                          {"KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1"},
                                          {"KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1"},
                                          {"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"},
                                          {"KAFKA_NUM_PARTITIONS", "3"},
                                          {"KAFKA_DEFAULT_REPLICATION_FACTOR", "1"},
                                          {"KAFKA_MIN_INSYNC_REPLICAS", "1"},
                                          {"KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false"},
                                          {"KAFKA_DELETE_TOPIC_ENABLE", "true"},
                                          {"KAFKA_LOG_DIRS", "/var/lib/kafka/data"},
                                          {"KAFKA_LOG_RETENTION_HOURS", "24"},
                                          {"KAFKA_LOG_RETENTION_BYTES", "-1"},
                                          {"KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS", "300000"},
                                          {"KAFKA_LOG_SEGMENT_BYTES", "1073741824"},
                                          {"KAFKA_LOG_CLEANUP_POLICY", "delete"},
                                          {"KAFKA_LOG_CLEANER_ENABLE", "true"},
                                          {"KAFKA_MESSAGE_MAX_BYTES", "10485760"},
                                          {"KAFKA_COMPRESSION_TYPE", "producer"},
                                          {"KAFKA_NUM_NETWORK_THREADS", "3"},
                                          {"KAFKA_NUM_IO_THREADS", "8"},
                                          {"KAFKA_SOCKET_REQUEST_MAX_BYTES", "104857600"},
                                          {"KAFKA_CREATE_TOPICS", "orders:3:1"}}));
  for (const std::string& warning : result.warnings) CHECK(warning.find("name no property") == std::string::npos);
  CHECK(result.properties.int32("node.id") == 7);
  CHECK(result.properties.int32("num.partitions") == 3);
  CHECK_FALSE(result.properties.boolean("auto.create.topics.enable"));
  CHECK(result.properties.string("log.dirs") == "/var/lib/kafka/data");
  CHECK(result.properties.string("topics") == "orders:3:1");
}

TEST_CASE("advertised addresses alone say where to listen: the same names and ports, on every address") {
  const Loaded one = loaded(variables({{"KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka:9092"}}));
  CHECK(one.properties.string("listeners") == "PLAINTEXT://0.0.0.0:9092");
  CHECK(one.properties.source("listeners") == Source::environment);
  CHECK(one.properties.find("listeners")->origin == "derived from KAFKA_ADVERTISED_LISTENERS");
  REQUIRE(one.warnings.size() == 1);
  CHECK(one.warnings[0] == "listeners = PLAINTEXT://0.0.0.0:9092 (derived from KAFKA_ADVERTISED_LISTENERS), because it is not set");

  const Loaded two = loaded(variables({{"KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka:29092,HOST://localhost:9092"},
                                       {"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT"}}));
  CHECK(two.properties.string("listeners") == "PLAINTEXT://0.0.0.0:29092,HOST://0.0.0.0:9092");
}

TEST_CASE("what is advertised to this machine alone is listened to on this machine alone") {
  const Loaded own = loaded(variables({{"STREAMLINE_ADVERTISED_LISTENERS", "PLAINTEXT://localhost:9093"}}));
  CHECK(own.properties.string("listeners") == "PLAINTEXT://localhost:9093");
}

TEST_CASE("listeners that are given stay, and names that they lack are refused") {
  const LoadRequest same =
      variables({{"KAFKA_LISTENERS", "PLAINTEXT://10.1.2.3:9092"}, {"KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka:1"}});
  CHECK(loaded(same).properties.string("listeners") == "PLAINTEXT://10.1.2.3:9092");
  CHECK(loaded(same).warnings.empty());
  const LoadRequest other =
      variables({{"KAFKA_LISTENERS", "PLAINTEXT://10.1.2.3:9092"}, {"KAFKA_ADVERTISED_LISTENERS", "OTHER://kafka:1"}});
  CHECK(refused(other).find("no listener has the name OTHER") != std::string::npos);
}

TEST_CASE("a file's listeners yield where variables advertise other names, and stay where the names are theirs") {
  const Folder folder;
  const std::string file = folder.write("image.toml", "listeners = \"PLAINTEXT://0.0.0.0:9092\"\n");
  const auto with = [&file](const std::string& advertised) {
    return loaded({.file = file,
                   .environment = {{"KAFKA_ADVERTISED_LISTENERS", advertised},
                                   {"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT"}},
                   .overrides = {}});
  };
  CHECK(with("PLAINTEXT://kafka:1234").properties.string("listeners") == "PLAINTEXT://0.0.0.0:9092");
  CHECK(with("HOST://localhost:9092").properties.string("listeners") == "HOST://0.0.0.0:9092");
  const Loaded both = with("PLAINTEXT://kafka:29092,HOST://localhost:9092");
  CHECK(both.properties.string("listeners") == "PLAINTEXT://0.0.0.0:29092,HOST://0.0.0.0:9092");
  REQUIRE(both.warnings.size() == 1);
  CHECK(both.warnings[0].find(file + ":1 has no listener of every name that is advertised") != std::string::npos);
}

TEST_CASE("advertised entries that cannot be read are refused as such, and nothing is derived") {
  const std::string text = refused(variables({{"KAFKA_ADVERTISED_LISTENERS", "kafka:9092"}}));
  CHECK(text == "KAFKA_ADVERTISED_LISTENERS: advertised.listeners: kafka:9092: expected NAME://host:port");
}

}  // namespace streamline::config
