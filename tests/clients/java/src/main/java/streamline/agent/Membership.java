// group: a member of a consumer group until its standard input ends. It commits what it has printed, after each poll.
package streamline.agent;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

final class Membership implements ConsumerRebalanceListener {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Map<String, String> ASSIGNORS =
      Map.of(
          "range", "org.apache.kafka.clients.consumer.RangeAssignor",
          "roundrobin", "org.apache.kafka.clients.consumer.RoundRobinAssignor",
          "cooperative-sticky", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

  static void join(Agent.Arguments arguments) throws Exception {
    Properties properties = arguments.client();
    properties.put("group.id", arguments.one("group"));
    arguments.all("instance").forEach(id -> properties.put("group.instance.id", id));
    if (arguments.all("protocol").contains("consumer")) {
      properties.put("group.protocol", "consumer");
      properties.put("group.remote.assignor", arguments.one("assignor"));
    } else {
      properties.put("group.protocol", "classic");
      properties.put("partition.assignment.strategy", ASSIGNORS.get(arguments.one("assignor")));
      properties.put("session.timeout.ms", arguments.one("session"));
      properties.put("heartbeat.interval.ms", "500");
    }
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("reconnect.backoff.max.ms", "200");
    properties.put("default.api.timeout.ms", "60000");
    AtomicBoolean ends = new AtomicBoolean();
    Thread input = new Thread(() -> awaitEnd(ends));
    input.setDaemon(true);
    input.start();
    try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      if (arguments.all("pattern").isEmpty()) {
        consumer.subscribe(arguments.all("topic"), new Membership());
      } else {
        consumer.subscribe(new SubscriptionPattern(arguments.one("pattern")), new Membership());
      }
      while (!ends.get()) {
        work(consumer);
      }
    }
  }

  private static void awaitEnd(AtomicBoolean ends) {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException error) {
      System.err.println(error);
    }
    ends.set(true);
  }

  private static void work(KafkaConsumer<byte[], byte[]> consumer) {
    Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
      tell("record " + record.partition() + " " + record.offset());
      done.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
    }
    if (done.isEmpty()) {
      return;
    }
    try {
      consumer.commitSync(done);
      done.forEach((part, next) -> tell("committed " + part.partition() + " " + next.offset()));
    } catch (KafkaException error) {
      // The partitions may be another's by now, who reads the same records again.
      tell("uncommitted " + error.getClass().getSimpleName());
    }
  }

  private static void tell(String line) {
    Agent.OUT.println(line);
    Agent.OUT.flush();
  }

  private static String numbers(Collection<TopicPartition> partitions) {
    return partitions.stream().map(part -> " " + part.partition()).sorted().collect(Collectors.joining());
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    tell("assigned" + numbers(partitions));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    tell("revoked" + numbers(partitions));
  }
}
