// Broker keys of Kafka 4.3, and of older releases whose files are still around, that mean nothing here.
// A key leaves this list when it gets its row in the property table.
#include "config/kafka_keys.h"

#include <algorithm>

#include "config/property.h"

namespace streamline::config {

namespace {

// clang-format off
constexpr std::string_view kIgnoredKeys = R"(
add.partitions.to.txn.retry.backoff.max.ms add.partitions.to.txn.retry.backoff.ms advertised.host.name advertised.port
allow.everyone.if.no.acl.found alter.config.policy.class.name alter.log.dirs.replication.quota.window.num
alter.log.dirs.replication.quota.window.size.seconds auto.include.jmx.reporter auto.leader.rebalance.enable background.threads
broker.heartbeat.interval.ms broker.id.generation.enable broker.session.timeout.ms client.quota.callback.class config.providers
connection.failed.authentication.delay.ms connections.max.reauth.ms control.plane.listener.name controlled.shutdown.enable
controlled.shutdown.max.retries controlled.shutdown.retry.backoff.ms controller.quorum.append.linger.ms
controller.quorum.auto.join.enable controller.quorum.bootstrap.servers controller.quorum.election.backoff.max.ms
controller.quorum.election.timeout.ms controller.quorum.fetch.max.bytes controller.quorum.fetch.snapshot.max.bytes
controller.quorum.fetch.timeout.ms controller.quorum.request.timeout.ms controller.quorum.retry.backoff.ms controller.quorum.voters
controller.socket.timeout.ms cordoned.log.dirs
create.topic.policy.class.name delegation.token.expiry.check.interval.ms delegation.token.expiry.time.ms delegation.token.master.key
delegation.token.max.lifetime.ms delegation.token.secret.key delete.records.purgatory.purge.interval.requests early.start.listeners
eligible.leader.replicas.enable fetch.purgatory.purge.interval.requests follower.fetch.last.tiered.offset.enable
group.consumer.assignment.interval.ms group.consumer.assignors group.consumer.max.assignment.interval.ms
group.consumer.min.assignment.interval.ms
group.coordinator.append.linger.ms group.coordinator.background.threads group.coordinator.cached.buffer.max.bytes
group.coordinator.new.enable group.coordinator.rebalance.protocols group.coordinator.threads
group.share.assignment.interval.ms group.share.assignors
group.share.delivery.count.limit group.share.heartbeat.interval.ms group.share.max.assignment.interval.ms
group.share.max.delivery.count.limit group.share.max.heartbeat.interval.ms group.share.max.partition.max.record.locks
group.share.max.record.lock.duration.ms group.share.max.session.timeout.ms group.share.max.share.sessions group.share.max.size
group.share.min.assignment.interval.ms group.share.min.delivery.count.limit group.share.min.heartbeat.interval.ms
group.share.min.partition.max.record.locks group.share.min.record.lock.duration.ms group.share.min.session.timeout.ms
group.share.partition.max.record.locks group.share.record.lock.duration.ms group.share.session.timeout.ms
group.streams.assignment.interval.ms group.streams.heartbeat.interval.ms group.streams.initial.rebalance.delay.ms
group.streams.max.assignment.interval.ms group.streams.max.heartbeat.interval.ms group.streams.max.session.timeout.ms
group.streams.max.size group.streams.max.standby.replicas group.streams.min.assignment.interval.ms
group.streams.min.heartbeat.interval.ms group.streams.min.session.timeout.ms group.streams.num.standby.replicas
group.streams.session.timeout.ms host.name initial.broker.registration.timeout.ms inter.broker.listener.name
inter.broker.protocol.version kafka.metrics.polling.interval.secs kafka.metrics.reporters leader.imbalance.check.interval.seconds
leader.imbalance.per.broker.percentage log.cleaner.io.buffer.size log.cleaner.threads
log.dir.failure.timeout.ms log.flush.offset.checkpoint.interval.ms log.flush.start.offset.checkpoint.interval.ms
log.message.downconversion.enable log.message.format.version log.message.timestamp.difference.max.ms
max.connections.per.ip.overrides max.request.partition.size.limit metadata.log.dir
metadata.log.max.record.bytes.between.snapshots metadata.log.max.snapshot.interval.ms metadata.log.segment.bytes
metadata.log.segment.ms metadata.max.age.ms metadata.max.idle.interval.ms metadata.max.retention.bytes metadata.max.retention.ms
metric.reporters metrics.num.samples metrics.recording.level metrics.sample.window.ms num.recovery.threads.per.data.dir
num.replica.alter.log.dirs.threads num.replica.fetchers offsets.commit.required.acks
offsets.commit.timeout.ms offsets.load.buffer.size offsets.retention.ms
offsets.topic.compression.codec offsets.topic.replication.factor port
principal.builder.class process.roles producer.purgatory.purge.interval.requests queued.max.requests
remote.fetch.max.wait.ms remote.list.offsets.request.timeout.ms remote.log.index.file.cache.total.size.bytes
remote.log.manager.copier.thread.pool.size remote.log.manager.copy.max.bytes.per.second remote.log.manager.copy.quota.window.num
remote.log.manager.copy.quota.window.size.seconds remote.log.manager.expiration.thread.pool.size
remote.log.manager.fetch.max.bytes.per.second remote.log.manager.fetch.quota.window.num
remote.log.manager.fetch.quota.window.size.seconds remote.log.manager.follower.thread.pool.size remote.log.manager.task.interval.ms
remote.log.manager.thread.pool.size remote.log.metadata.custom.metadata.max.bytes remote.log.metadata.manager.class.name
remote.log.metadata.manager.class.path remote.log.metadata.manager.impl.prefix remote.log.metadata.manager.listener.name
remote.log.reader.max.pending.tasks remote.log.reader.threads remote.log.storage.manager.class.name
remote.log.storage.manager.class.path remote.log.storage.manager.impl.prefix remote.log.storage.system.enable replica.fetch.backoff.ms
replica.fetch.max.bytes replica.fetch.min.bytes replica.fetch.response.max.bytes replica.fetch.wait.max.ms
replica.high.watermark.checkpoint.interval.ms replica.lag.time.max.ms replica.selector.class replica.socket.receive.buffer.bytes
replica.socket.timeout.ms replication.quota.window.num replication.quota.window.size.seconds request.timeout.ms reserved.broker.max.id
sasl.client.callback.handler.class sasl.enabled.mechanisms sasl.jaas.config sasl.kerberos.kinit.cmd
sasl.kerberos.min.time.before.relogin sasl.kerberos.principal.to.local.rules sasl.kerberos.service.name
sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class sasl.login.class
sasl.login.connect.timeout.ms sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds sasl.login.refresh.min.period.seconds
sasl.login.refresh.window.factor sasl.login.refresh.window.jitter sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms
sasl.mechanism.controller.protocol sasl.mechanism.inter.broker.protocol sasl.oauthbearer.assertion.algorithm
sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds sasl.oauthbearer.assertion.claim.iss
sasl.oauthbearer.assertion.claim.jti.include sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub
sasl.oauthbearer.assertion.file sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
sasl.oauthbearer.assertion.template.file sasl.oauthbearer.client.credentials.client.id
sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.clock.skew.seconds sasl.oauthbearer.expected.audience
sasl.oauthbearer.expected.issuer sasl.oauthbearer.jwks.endpoint.refresh.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms
sasl.oauthbearer.jwks.endpoint.retry.backoff.ms sasl.oauthbearer.jwks.endpoint.url sasl.oauthbearer.jwt.retriever.class
sasl.oauthbearer.jwt.validator.class sasl.oauthbearer.scope sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name
sasl.oauthbearer.token.endpoint.url sasl.server.callback.handler.class sasl.server.max.receive.size security.inter.broker.protocol
security.providers share.coordinator.append.linger.ms share.coordinator.cached.buffer.max.bytes share.coordinator.load.buffer.size
share.coordinator.snapshot.update.records.per.snapshot share.coordinator.state.topic.compression.codec
share.coordinator.state.topic.min.isr share.coordinator.state.topic.num.partitions share.coordinator.state.topic.replication.factor
share.coordinator.state.topic.segment.bytes share.coordinator.threads share.coordinator.write.timeout.ms
share.fetch.purgatory.purge.interval.requests socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms
socket.listen.backlog.size socket.receive.buffer.bytes socket.send.buffer.bytes ssl.allow.dn.changes ssl.allow.san.changes
ssl.cipher.suites ssl.client.auth ssl.enabled.protocols ssl.endpoint.identification.algorithm ssl.engine.factory.class
ssl.key.password ssl.keymanager.algorithm ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.location ssl.keystore.password
ssl.keystore.type ssl.principal.mapping.rules ssl.protocol ssl.provider ssl.secure.random.implementation ssl.trustmanager.algorithm
ssl.truststore.certificates ssl.truststore.location ssl.truststore.password ssl.truststore.type super.users
transaction.abort.timed.out.transaction.cleanup.interval.ms transaction.partition.verification.enable
transaction.state.log.load.buffer.size transaction.state.log.min.isr transaction.state.log.replication.factor
transaction.two.phase.commit.enable unstable.api.versions.enable unstable.feature.versions.enable
)";
// clang-format on

/// Whole families: their members carry names that users make up, or belong to software that is not here.
constexpr std::string_view kIgnoredPrefixes[] = {"zookeeper.",  "listener.name.", "password.encoder.",
                                                 "rsm.config.", "rlmm.config.",   "config.providers."};

struct Reason {
  std::string_view prefix;
  std::string_view text;
};
/// The first that fits.
constexpr Reason kReasons[] = {
    {"ssl.", "Not used: connections are not encrypted yet."},
    {"sasl.", "Not used: nobody is asked who he is yet."},
    {"delegation.token.", "Not used: nobody is asked who he is yet."},
    {"principal.", "Not used: nobody is asked who he is yet."},
    {"security.", "Not used: nobody is asked who he is yet."},
    {"connection.failed.authentication.", "Not used: nobody is asked who he is yet."},
    {"connections.max.reauth.", "Not used: nobody is asked who he is yet."},
    {"super.users", "Not used: there are no rules of access yet."},
    {"allow.everyone.", "Not used: there are no rules of access yet."},
    {"remote.", "Not used: there is no tiered storage."},
    {"follower.fetch.last.tiered.", "Not used: there is no tiered storage."},
    {"group.share.", "Not used: share groups are not served yet."},
    {"share.", "Not used: share groups are not served yet."},
    {"group.streams.", "Not used: the groups of Kafka Streams' own protocol are not served yet."},
    {"group.consumer.assignors", "Not used: uniform and range are always there."},
    {"group.consumer.", "Not used: an assignment is made with the heartbeat that makes it necessary."},
    {"group.coordinator.", "Not used: coordinators have no threads, no linger and no buffers of their own."},
    {"transaction.", "Not used: transactions are coordinated without it."},
    {"transactional.", "Not used: transactions are coordinated without it."},
    {"add.partitions.to.txn.", "Not used: there is no other broker to ask."},
    {"controller.", "Not used: one node needs no controllers and no quorum."},
    {"metadata.", "Not used: there is no log of metadata; the catalog is kept in files."},
    {"process.roles", "Not used: one node is everything at once."},
    {"zookeeper.", "Not used: there is no ZooKeeper."},
    {"inter.broker.", "Not used: there is no other broker."},
    {"broker.", "Not used: there is no controller to tell that this broker lives."},
    {"initial.broker.", "Not used: there is no controller to tell that this broker lives."},
    {"control.plane.", "Not used: there is no controller."},
    {"controlled.shutdown.", "Not used: there is no other broker to take over; a stop is always orderly."},
    {"replica.", "Not used: there is one replica."},
    {"replication.", "Not used: there is one replica."},
    {"num.replica.", "Not used: there is one replica."},
    {"leader.", "Not used: there is one replica, which leads."},
    {"auto.leader.", "Not used: there is one replica, which leads."},
    {"unclean.", "Not used: there is one replica, which leads."},
    {"eligible.leader.", "Not used: there is one replica, which leads."},
    {"alter.log.dirs.", "Not used: there is one log directory."},
    {"cordoned.log.dirs", "Not used: there is one log directory."},
    {"log.dir.failure.", "Not used: there is one log directory."},
    {"log.cleaner.threads", "Not used: compaction has one thread."},
    {"log.cleaner.io.buffer.size", "Not used: compaction reads mapped segments."},
    {"log.flush.", "Not used: checkpoints are written when something has changed."},
    {"num.recovery.", "Not used: logs are recovered on the threads of num.io.threads."},
    {"background.threads", "Not used: num.io.threads does that work too."},
    {"offsets.topic.", "Not used: that topic has one replica and no codec of its own."},
    {"offsets.", "Not used: commits wait for the log, and groups load by themselves."},
    {"socket.", "Not used: the kernel chooses."},
    {"queued.max.requests", "Not used: max.in.flight.requests.per.connection and queued.max.request.bytes bound what waits."},
    {"max.connections.per.ip.overrides", "Not used: quotas of addresses (connection_creation_rate) do that."},
    {"max.request.partition.size.limit", "Not used: an answer tells where the next page begins."},
    {"metric", "Not used: there are no reporters in Java."},
    {"kafka.metrics.", "Not used: there are no reporters in Java."},
    {"auto.include.jmx.", "Not used: there are no reporters in Java."},
};

}  // namespace

std::string_view why_ignored(std::string_view key) {
  for (const Reason& reason : kReasons) {
    if (key.starts_with(reason.prefix)) return reason.text;
  }
  if (key.find(".class") != std::string_view::npos || key.ends_with("config.providers")) return "Not used: no Java classes are loaded.";
  if (key.find("purgatory") != std::string_view::npos) return "Not used: what is over is forgotten at once.";
  return "Not used: it has no meaning here.";
}

std::span<const Property> ignored_properties() {
  static const std::vector<std::string_view> names = ignored_kafka_keys();
  static const std::vector<Property> rows = [] {
    std::vector<Property> made;
    for (const std::string_view name : names) {
      const bool is_secret = name.ends_with("password") || name.find("secret") != std::string_view::npos || name.ends_with("passphrase");
      made.push_back({.name = name, .type = is_secret ? Type::password : Type::string, .text = why_ignored(name)});
    }
    return made;
  }();
  return rows;
}

std::vector<std::string_view> ignored_kafka_keys() {
  std::vector<std::string_view> keys;
  std::size_t at = kIgnoredKeys.find_first_not_of(" \n");
  while (at != std::string_view::npos) {
    const std::size_t end = kIgnoredKeys.find_first_of(" \n", at);
    keys.push_back(kIgnoredKeys.substr(at, end - at));
    at = kIgnoredKeys.find_first_not_of(" \n", end);
  }
  return keys;
}

bool is_ignored_kafka_key(std::string_view name) {
  for (const std::string_view prefix : kIgnoredPrefixes) {
    if (name.starts_with(prefix)) return true;
  }
  const std::vector<std::string_view> keys = ignored_kafka_keys();
  return std::ranges::binary_search(keys, name);
}

}  // namespace streamline::config
