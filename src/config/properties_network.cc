// Property rows: who this broker is, where it listens, and what a connection may use.
#include "config/property_tables.h"

namespace streamline::config {

namespace {

using enum Type;

constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kLogFormats[] = {"text", "json"};

constexpr Property kIdentity[] = {
    {.name = "node.id",
     .type = int32,
     .default_value = "1",
     .range = kAtLeastZero,
     .kafka_default = "none, must be set",
     .text = "Number of this broker in metadata. It is kept in the data directory, which no other node may use afterwards; some clients "
             "refuse 0."},
    {.name = "broker.id",
     .type = int32,
     .default_value = "1",
     .range = kAtLeastZero,
     .kafka_default = "-1",
     .alias_of = "node.id",
     .text = "Kafka's older name of node.id."},
    {.name = "broker.rack",
     .type = string,
     .text = "Name of the place this broker stands in, shown in metadata, for consumers that prefer a near broker."},
    {.name = "log.dirs",
     .type = list,
     .default_value = "data",
     .kafka_default = "/tmp/kafka-logs",
     .text = "The data directory; made when absent. One only: spread disks below the file system."},
    {.name = "log.dir",
     .type = list,
     .default_value = "data",
     .kafka_default = "/tmp/kafka-logs",
     .alias_of = "log.dirs",
     .text = "The same under Kafka's other name; log.dirs wins."},
    {.name = "memory.limit.bytes",
     .type = int64,
     .unit = "bytes",
     .default_value = "0",
     .range = kAtLeastZero,
     .text = "What the broker may take of the machine's memory; 0 = no limit of its own. Requests being received or handled are held to a "
             "quarter of it, one request and one connection's unread answers to an eighth each, remembered fetch sessions to a sixteenth, "
             "where their own properties would allow more; with --in-memory the records are held to a half. The page cache is the kernel's "
             "and does not count."},
    {.name = "log.level",
     .type = string,
     .default_value = "info",
     .choices = kLogLevels,
     .text =
         "Lines below this are not written. error: somebody must act; warn: the broker recovered; info: life cycle; debug: every request. "
         "This one, log.levels, log.format, log.repeat.limit and topics are read again on SIGHUP."},
    {.name = "log.levels",
     .type = list,
     .default_value = "",
     .text = "Levels of single components, COMPONENT:LEVEL, such as storage:debug,net:warn; the others have log.level. The component is "
             "the word behind the level of a line."},
    {.name = "log.format",
     .type = string,
     .default_value = "text",
     .choices = kLogFormats,
     .text = "Shape of a log line on stderr: text for people, json for collectors, where each key=value of the text is a member."},
    {.name = "log.repeat.limit",
     .type = int32,
     .default_value = "50",
     .range = kAtLeastZero,
     .text = "One warning or error is written at most this often in ten seconds; the last one says that further ones are left out, the "
             "first one afterwards how many they were. 0 = without limit."},
    {.name = "log.slow.request.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "1000",
     .range = {.min = 0, .max = 86'400'000},
     .text = "A request that takes longer is a warning in the log, with its API and its client; requests that wait on purpose (Fetch, "
             "JoinGroup, SyncGroup) are not. 0 = none."},
    {.name = "shutdown.drain.timeout.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "10000",
     .range = kAtLeastZero,
     .text = "After SIGTERM, how long requests that were begun may still finish before their connections are cut."},
    {.name = "topics",
     .type = list,
     .default_value = "",
     .text = "Topics that are made at the start where they do not exist, NAME[:PARTITIONS[:REPLICAS]][:POLICY]: orders:3 or "
             "users:1:compact. POLICY is delete, compact or compact+delete. The broker takes no connection before they are there; an "
             "existing topic stays as it is."},
    {.name = "create.topics",
     .type = list,
     .default_value = "",
     .alias_of = "topics",
     .text = "The same under the name that Kafka images know as KAFKA_CREATE_TOPICS."},
};

constexpr Property kNetwork[] = {
    {.name = "listeners",
     .type = list,
     .default_value = "PLAINTEXT://127.0.0.1:9092,PLAINTEXT://[::1]:9092",
     .kafka_default = "PLAINTEXT://:9092",
     .text = "Addresses to listen on, NAME://host:port. An empty host or 0.0.0.0 means every address; do that only where everybody who can "
             "connect may read and write, because nothing asks for a password. Port 0 takes a free one."},
    {.name = "advertised.listeners",
     .type = list,
     .text =
         "Addresses clients are told to come back to, by listener name. Unset: each client is told the address it connected to, which is "
         "right unless a proxy, a container's port mapping or NAT lies between."},
    {.name = "listener.security.protocol.map",
     .type = list,
     .default_value = "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
     .text = "Protocol of each listener name, NAME:PROTOCOL. Only PLAINTEXT listeners can be opened."},
    {.name = "controller.listener.names",
     .type = list,
     .default_value = "",
     .kafka_default = "none, must be set",
     .text = "Listeners of these names are not opened: there is no controller here. So the server.properties of a combined Kafka node "
             "works as it is."},
    {.name = "num.network.threads",
     .type = int32,
     .default_value = "0",
     .range = {.min = 0, .max = 64},
     .kafka_default = "3",
     .text = "Reactor threads, each with its own connections; 0 = one per core. Fewer leave cores to the clients of a busy machine."},
    {.name = "num.io.threads",
     .type = int32,
     .default_value = "2",
     .range = {.min = 1, .max = 256},
     .kafka_default = "8",
     .text = "Threads of each of the two pools for what may block: syncs in one, and in the other look-ups by time and the making and "
             "deleting of files. More help where the disk takes many syncs at once."},
    {.name = "socket.request.max.bytes",
     .type = int32,
     .unit = "bytes",
     .default_value = "104857600",
     .range = kAtLeastOne,
     .text = "Largest request; the connection that sends a larger one is closed."},
    {.name = "connections.max.idle.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "600000",
     .text = "A connection without traffic for this long is closed, unless an answer is due; -1 = never."},
    {.name = "max.connections",
     .type = int32,
     .default_value = "2147483647",
     .range = kAtLeastZero,
     .reloadable = true,
     .text = "Connections at once; further ones wait until another leaves."},
    {.name = "max.connections.per.ip",
     .type = int32,
     .default_value = "2147483647",
     .range = kAtLeastZero,
     .reloadable = true,
     .text = "Connections of one client address at once; further ones are closed as they come."},
    {.name = "max.connection.creation.rate",
     .type = int32,
     .unit = "per second",
     .default_value = "2147483647",
     .range = kAtLeastOne,
     .reloadable = true,
     .text = "New connections per second; those that come faster wait. A second's worth may come at once."},
    {.name = "max.in.flight.requests.per.connection",
     .type = int32,
     .default_value = "1000",
     .range = {.min = 1, .max = 100'000},
     .text = "Unanswered requests of one connection; reading from it pauses at this number."},
    {.name = "max.queued.response.bytes.per.connection",
     .type = int64,
     .unit = "bytes",
     .default_value = "67108864",
     .range = {.min = 65536},
     .text = "Answers waiting for a slow reader; no further request of that connection is read above this."},
    {.name = "queued.max.request.bytes",
     .type = int64,
     .unit = "bytes",
     .default_value = "1073741824",
     .range = {.min = 1, .also = -1},
     .kafka_default = "-1",
     .text = "Memory of all requests that are being received or handled; reading pauses above it. -1 = no bound."},
    {.name = "landing.buffer.bytes",
     .type = int32,
     .unit = "bytes",
     .default_value = "262144",
     .range = {.min = 65536, .max = 67108864},
     .text = "Receive buffer of each reactor, shared by all its connections. Larger ones take more bytes per system call and leave the "
             "caches sooner."},
    {.name = "fetch.max.bytes",
     .type = int32,
     .unit = "bytes",
     .default_value = "57671680",
     .range = {.min = 1024},
     .text = "Most bytes of records in one Fetch answer, whatever the client asks for; a single larger batch still goes out."},
    {.name = "max.incremental.fetch.session.cache.slots",
     .type = int32,
     .default_value = "1000",
     .range = kAtLeastZero,
     .text = "Fetch sessions kept; consumers beyond it work without one and name all partitions in every request."},
};

}  // namespace

std::span<const Property> identity_properties() { return kIdentity; }
std::span<const Property> network_properties() { return kNetwork; }

}  // namespace streamline::config
