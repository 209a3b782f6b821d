// AdminClient of kafka-clients 2.4 and later behind a command line: calls every method once and tells how each ended, a JSON line each:
// {"call": name, "ok": text} or {"call": name, "error": class}. What a release does not have yet is left out: later methods go by name.
// admins --bootstrap B --topic T --group G: the topic is made, used and deleted; the group has committed offsets.
package streamline.old;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

@SuppressWarnings("deprecation")
public final class Admins {
  private static final int BROKER = 1;
  private static final String NOBODY = "nobody-of-that-name";
  private static AdminClient admin;

  private Admins() {}

  public static void main(String[] words) throws Exception {
    Map<String, String> arguments = new HashMap<>();
    for (int i = 1; i + 1 < words.length; i += 2) {
      arguments.put(words[i].substring(2), words[i + 1]);
    }
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments.get("bootstrap"));
    String topic = arguments.get("topic");
    String group = arguments.get("group");
    commit(properties, group, arguments.get("commit"));
    try (AdminClient made = AdminClient.create(properties)) {
      admin = made;
      topics(topic);
      configs(topic);
      partitions(topic);
      groups(group, arguments.get("commit"));
      security();
      later();
      tell("deleteTopics", () -> admin.deleteTopics(Collections.singleton(topic)).all().get());
    }
  }

  private static void tell(String call, Callable<Object> run) throws Exception {
    String outcome;
    try {
      outcome = "\"ok\":\"" + String.valueOf(run.call()).replace("\\", "").replace("\"", "'").replace("\n", " ") + "\"";
    } catch (ExecutionException failed) {
      outcome = "\"error\":\"" + failed.getCause().getClass().getSimpleName() + "\"";
    } catch (NoSuchMethodException | ClassNotFoundException absent) {
      return;
    }
    System.out.println("{\"call\":\"" + call + "\"," + outcome + "}");
  }

  private static void commit(Properties properties, String group, String topic) {
    Properties own = new Properties();
    own.putAll(properties);
    own.put("group.id", group);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(own, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(Collections.singleton(partition));
      consumer.commitSync(Collections.singletonMap(partition, new OffsetAndMetadata(0)), Duration.ofSeconds(30));
    }
  }

  private static void topics(String topic) throws Exception {
    tell("describeCluster", () -> {
      var cluster = admin.describeCluster();
      return cluster.nodes().get().size() + " node, controller " + cluster.controller().get().id();
    });
    tell("createTopics", () -> admin.createTopics(Collections.singleton(new NewTopic(topic, 2, (short) 1))).all().get());
    // Apache Kafka answers before every part of it knows.
    while (!admin.listTopics().names().get().contains(topic)) {
      Thread.sleep(20);
    }
    tell("describeTopics", () -> admin.describeTopics(Collections.singleton(topic)).all().get().get(topic).partitions().size());
    Map<String, NewPartitions> more = Collections.singletonMap(topic, NewPartitions.increaseTo(3));
    tell("createPartitions", () -> admin.createPartitions(more).all().get());
  }

  private static void configs(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Collection<AlterConfigOp> change =
        Collections.singleton(new AlterConfigOp(new ConfigEntry("flush.ms", "1234"), AlterConfigOp.OpType.SET));
    tell("incrementalAlterConfigs", () -> admin.incrementalAlterConfigs(Collections.singletonMap(resource, change)).all().get());
    Config whole = new Config(Collections.singleton(new ConfigEntry("flush.ms", "4321")));
    tell("alterConfigs", () -> admin.alterConfigs(Collections.singletonMap(resource, whole)).all().get());
    tell("describeConfigs", () -> {
      while (true) {
        String value = admin.describeConfigs(Collections.singleton(resource)).all().get().get(resource).get("flush.ms").value();
        if (value.equals("4321")) {
          return value;
        }
        Thread.sleep(20);
      }
    });
  }

  private static void partitions(String topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    Set<TopicPartition> one = Collections.singleton(partition);
    tell("electLeaders", () -> admin.electLeaders(ElectionType.PREFERRED, one).partitions().get().get(partition).get().getClass().getSimpleName());
    tell("alterPartitionReassignments",
        () -> admin.alterPartitionReassignments(Collections.singletonMap(partition, Optional.empty())).all().get());
    tell("listPartitionReassignments", () -> admin.listPartitionReassignments().reassignments().get().size());
    Map<TopicPartition, RecordsToDelete> none = Collections.singletonMap(partition, RecordsToDelete.beforeOffset(0));
    tell("deleteRecords", () -> admin.deleteRecords(none).lowWatermarks().get(partition).get().lowWatermark());
    tell("describeLogDirs", () -> {
      var directories = admin.describeLogDirs(Collections.singleton(BROKER)).all().get().get(BROKER);
      return directories.size() + " directory, " + directories.values().iterator().next().error;
    });
    TopicPartitionReplica replica = new TopicPartitionReplica(topic, 0, BROKER);
    tell("alterReplicaLogDirs", () -> admin.alterReplicaLogDirs(Collections.singletonMap(replica, "/no-such-directory")).all().get());
    tell("describeReplicaLogDirs",
        () -> admin.describeReplicaLogDirs(Collections.singleton(replica)).all().get().get(replica).getCurrentReplicaOffsetLag());
  }

  private static void groups(String group, String topic) throws Exception {
    Set<String> one = Collections.singleton(group);
    TopicPartition partition = new TopicPartition(topic, 0);
    tell("listConsumerGroups", () -> admin.listConsumerGroups().all().get().stream().anyMatch(listed -> listed.groupId().equals(group)));
    tell("describeConsumerGroups", () -> admin.describeConsumerGroups(one).all().get().get(group).state());
    tell("listConsumerGroupOffsets",
        () -> admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset());
    tell("deleteConsumerGroupOffsets", () -> admin.deleteConsumerGroupOffsets(group, Collections.singleton(partition)).all().get());
    tell("deleteConsumerGroups", () -> admin.deleteConsumerGroups(one).all().get());
    tell("deleteConsumerGroups again", () -> admin.deleteConsumerGroups(one).all().get());
  }

  private static void security() throws Exception {
    tell("describeAcls", () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
    tell("deleteAcls", () -> admin.deleteAcls(Collections.singleton(AclBindingFilter.ANY)).all().get());
    tell("createDelegationToken", () -> admin.createDelegationToken().delegationToken().get());
    tell("describeDelegationToken", () -> admin.describeDelegationToken().delegationTokens().get());
    tell("renewDelegationToken", () -> admin.renewDelegationToken(new byte[4]).expiryTimestamp().get());
    tell("expireDelegationToken", () -> admin.expireDelegationToken(new byte[4]).expiryTimestamp().get());
  }

  /** What came after 2.4, in the order in which it came. */
  private static void later() throws Exception {
    tell("describeClientQuotas", () -> {
      Class<?> filter = Class.forName("org.apache.kafka.common.quota.ClientQuotaFilter");
      return wait(call(admin, "describeClientQuotas", filter.getMethod("all").invoke(null)), "entities");
    });
    tell("describeUserScramCredentials", () -> wait(call(admin, "describeUserScramCredentials", Arrays.asList(NOBODY)), "all"));
    tell("describeFeatures", () -> wait(call(admin, "describeFeatures"), "featureMetadata").getClass().getSimpleName());
    tell("unregisterBroker", () -> wait(call(admin, "unregisterBroker", 99), "all"));
    tell("listTransactions", () -> wait(call(admin, "listTransactions"), "all").getClass().getSimpleName());
    tell("describeTransactions", () -> wait(call(admin, "describeTransactions", Arrays.asList(NOBODY)), "all"));
    tell("describeMetadataQuorum", () -> {
      Object quorum = wait(call(admin, "describeMetadataQuorum"), "quorumInfo");
      return call(quorum, "leaderId");
    });
    tell("listClientMetricsResources", () -> wait(call(admin, "listClientMetricsResources"), "all"));
  }

  /** The method of that name and number of parameters; of several the first that takes them. */
  private static Object call(Object on, String name, Object... given) throws Exception {
    Map<String, Method> found = new TreeMap<>();
    for (Method method : on.getClass().getMethods()) {
      if (method.getName().equals(name) && method.getParameterCount() == given.length) {
        found.put(method.toString(), method);
      }
    }
    if (found.isEmpty()) {
      throw new NoSuchMethodException(name);
    }
    Method method = found.values().iterator().next();
    method.setAccessible(true);
    try {
      return method.invoke(on, given);
    } catch (InvocationTargetException failed) {
      throw new ExecutionException(failed.getCause());
    }
  }

  private static Object wait(Object result, String future) throws Exception {
    return ((KafkaFuture<?>) call(result, future)).get();
  }
}
