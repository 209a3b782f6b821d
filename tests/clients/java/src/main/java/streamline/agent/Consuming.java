// read: whole topics. follow: numbered records until the last one, through any restart. offsets: begin, end, by time.
package streamline.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

final class Consuming {
  private static final Duration POLL = Duration.ofMillis(200);

  private Consuming() {}

  private static KafkaConsumer<byte[], byte[]> open(Agent.Arguments arguments) {
    Properties properties = arguments.client();
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("default.api.timeout.ms", "60000");
    properties.put("reconnect.backoff.max.ms", "200");
    return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, List<String> topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      consumer.partitionsFor(topic).forEach(part -> partitions.add(new TopicPartition(topic, part.partition())));
    }
    return partitions;
  }

  static void read(Agent.Arguments arguments) throws Exception {
    try (var consumer = open(arguments)) {
      List<TopicPartition> partitions = partitions(consumer, arguments.all("topic"));
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      while (true) {
        ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
        if (ends.isEmpty()) {
          return;
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          print(record);
        }
      }
    }
  }

  private static void print(ConsumerRecord<byte[], byte[]> record) throws Exception {
    List<List<String>> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      List<String> pair = new ArrayList<>();
      pair.add(header.key());
      pair.add(Agent.encode(header.value()));
      headers.add(pair);
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("topic", record.topic());
    line.put("partition", record.partition());
    line.put("offset", record.offset());
    line.put("timestamp", record.timestamp());
    line.put("key", Agent.encode(record.key()));
    line.put("value", Agent.encode(record.value()));
    line.put("headers", headers);
    Agent.print(line);
  }

  static void follow(Agent.Arguments arguments) throws Exception {
    String topic = arguments.one("topic");
    int missing = arguments.number("count");
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < arguments.number("partitions"); i++) {
      partitions.add(new TopicPartition(topic, i));
    }
    try (var consumer = open(arguments)) {
      consumer.assign(partitions);
      while (missing > 0) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          String index = new String(record.value()).split(" ")[0];
          Agent.OUT.println(record.partition() + " " + record.offset() + " " + index);
          missing--;
        }
        Agent.OUT.flush();
      }
    }
  }

  static void offsets(Agent.Arguments arguments) throws Exception {
    try (var consumer = open(arguments)) {
      List<TopicPartition> partitions = partitions(consumer, arguments.all("topic"));
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<TopicPartition, Map<String, Long>> times = new HashMap<>();
      for (String time : arguments.all("time")) {
        Map<TopicPartition, Long> query = new HashMap<>();
        partitions.forEach(part -> query.put(part, Long.parseLong(time)));
        for (Map.Entry<TopicPartition, OffsetAndTimestamp> found : consumer.offsetsForTimes(query).entrySet()) {
          long offset = found.getValue() == null ? -1 : found.getValue().offset();
          times.computeIfAbsent(found.getKey(), part -> new LinkedHashMap<>()).put(time, offset);
        }
      }
      for (TopicPartition part : partitions) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("topic", part.topic());
        line.put("partition", part.partition());
        line.put("begin", begins.get(part));
        line.put("end", ends.get(part));
        line.put("times", times.getOrDefault(part, Map.of()));
        Agent.print(line);
      }
    }
  }
}
