// admin: a JSON command per input line, a JSON answer per output line: {"ok": ...} or {"error": class name, "message": ...}.
package streamline.agent;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

final class Administering {
  private Administering() {}

  static void serve(Agent.Arguments arguments) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    try (Admin admin = Admin.create(arguments.client())) {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        Agent.print(answer(admin, Agent.JSON.readTree(line)));
        Agent.OUT.flush();
      }
    }
  }

  private static Map<String, Object> answer(Admin admin, JsonNode command) throws InterruptedException {
    Map<String, Object> answer = new HashMap<>();
    try {
      answer.put("ok", run(admin, command));
    } catch (ExecutionException error) {
      answer.put("error", error.getCause().getClass().getSimpleName());
      answer.put("message", error.getCause().getMessage());
    }
    return answer;
  }

  private static Object run(Admin admin, JsonNode command) throws InterruptedException, ExecutionException {
    String topic = command.path("topic").asText();
    return switch (command.get("do").asText()) {
      case "create" -> create(admin, command, topic);
      case "list" -> new TreeSet<>(admin.listTopics().names().get());
      case "describe" -> describe(admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic));
      case "configs" -> configs(admin, new ConfigResource(ConfigResource.Type.TOPIC, topic));
      case "broker-configs" -> configs(admin, new ConfigResource(ConfigResource.Type.BROKER, topic));
      case "group-configs" -> configs(admin, new ConfigResource(ConfigResource.Type.GROUP, topic));
      case "group-resources" -> {
        var found = admin.listConfigResources(Set.of(ConfigResource.Type.GROUP), new ListConfigResourcesOptions()).all().get();
        yield found.stream().map(ConfigResource::name).sorted().toList();
      }
      case "grow" -> {
        var grow = Map.of(topic, NewPartitions.increaseTo(command.get("partitions").asInt()));
        admin.createPartitions(grow).all().get();
        yield true;
      }
      case "delete" -> {
        admin.deleteTopics(List.of(topic)).all().get();
        yield true;
      }
      case "alter" -> {
        alter(admin, command, topic);
        yield true;
      }
      case "trim" -> trim(admin, new TopicPartition(topic, command.path("partition").asInt()), command.get("before").asLong());
      case "sizes" -> sizes(admin, topic);
      case "cluster" -> cluster(admin);
      default -> throw new IllegalArgumentException(command.toString());
    };
  }

  private static Object create(Admin admin, JsonNode command, String topic) throws InterruptedException, ExecutionException {
    Optional<Integer> partitions = Optional.of(command.path("partitions").asInt(-1)).filter(count -> count != -1);
    Optional<Short> replication = Optional.of((short) command.path("replication").asInt(-1)).filter(count -> count != -1);
    Map<String, String> wanted = new HashMap<>();
    command.path("configs").fields().forEachRemaining(entry -> wanted.put(entry.getKey(), entry.getValue().asText()));
    NewTopic request = new NewTopic(topic, partitions, replication).configs(wanted);
    var options = new CreateTopicsOptions().validateOnly(command.path("validate_only").asBoolean());
    CreateTopicsResult result = admin.createTopics(List.of(request), options);
    result.all().get();
    Map<String, Object> made = new HashMap<>();
    made.put("partitions", result.numPartitions(topic).get());
    made.put("replication", result.replicationFactor(topic).get());
    made.put("id", result.topicId(topic).get().toString());
    made.put("configs", values(result.config(topic).get().entries()));
    return made;
  }

  /// "changes": [{"op": "SET", "key": ..., "value": ...}].
  private static void alter(Admin admin, JsonNode command, String topic) throws InterruptedException, ExecutionException {
    List<AlterConfigOp> operations = new ArrayList<>();
    for (JsonNode change : command.get("changes")) {
      ConfigEntry entry = new ConfigEntry(change.get("key").asText(), change.path("value").textValue());
      operations.add(new AlterConfigOp(entry, AlterConfigOp.OpType.valueOf(change.get("op").asText())));
    }
    var type = ConfigResource.Type.valueOf(command.path("type").asText("TOPIC"));
    var resource = new ConfigResource(type, topic);
    var options = new AlterConfigsOptions().validateOnly(command.path("validate_only").asBoolean());
    admin.incrementalAlterConfigs(Map.of(resource, operations), options).all().get();
  }

  private static Object trim(Admin admin, TopicPartition partition, long before) throws InterruptedException, ExecutionException {
    var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)));
    return deleted.lowWatermarks().get(partition).get().lowWatermark();
  }

  /// Bytes of a topic's partitions by index.
  private static Object sizes(Admin admin, String topic) throws InterruptedException, ExecutionException {
    Map<String, Long> sizes = new TreeMap<>();
    for (var directory : admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values()) {
      directory.replicaInfos().forEach((partition, replica) -> {
        if (partition.topic().equals(topic)) sizes.put(Integer.toString(partition.partition()), replica.size());
      });
    }
    return sizes;
  }

  private static Map<String, String> values(Iterable<ConfigEntry> entries) {
    Map<String, String> values = new TreeMap<>();
    entries.forEach(entry -> values.put(entry.name(), entry.value()));
    return values;
  }

  private static Object describe(TopicDescription topic) {
    List<Object> partitions = new ArrayList<>();
    topic.partitions().forEach(part -> partitions.add(Map.of(
        "partition", part.partition(),
        "leader", part.leader().id(),
        "replicas", part.replicas().stream().map(node -> node.id()).toList(),
        "isr", part.isr().stream().map(node -> node.id()).toList())));
    return Map.of(
        "name", topic.name(), "id", topic.topicId().toString(), "internal", topic.isInternal(), "partitions", partitions);
  }

  private static Object configs(Admin admin, ConfigResource resource) throws InterruptedException, ExecutionException {
    Map<String, Object> configs = new TreeMap<>();
    for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries()) {
      Map<String, Object> described = new HashMap<>();
      described.put("value", entry.value());
      described.put("source", entry.source().name());
      described.put("type", entry.type().name());
      described.put("sensitive", entry.isSensitive());
      described.put("default", entry.isDefault());
      configs.put(entry.name(), described);
    }
    return configs;
  }

  private static Object cluster(Admin admin) throws InterruptedException, ExecutionException {
    var cluster = admin.describeCluster();
    List<Object> nodes = new ArrayList<>();
    cluster.nodes().get().forEach(node -> nodes.add(Map.of("id", node.id(), "host", node.host(), "port", node.port())));
    return Map.of("id", cluster.clusterId().get(), "controller", cluster.controller().get().id(), "nodes", nodes);
  }
}
