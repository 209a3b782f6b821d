// kafka-clients of any release from 0.9 to 2.0 behind the command line that README.md describes: write, read, offsets.
// One source for all: what a release lacks or calls otherwise is looked up by name.
// Input: a line per record, partition, timestamp (or -), key and value, tabs between; bytes are - for null, or b: and base64.
package streamline.old;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class Agent {
  private static final int POLL_MS = 200;
  private static final PrintStream OUT = System.out;

  private Agent() {}

  public static void main(String[] words) throws Exception {
    Map<String, List<String>> arguments = new HashMap<>();
    for (int i = 1; i + 1 < words.length; i += 2) {
      arguments.computeIfAbsent(words[i].substring(2), name -> new ArrayList<>()).add(words[i + 1]);
    }
    switch (words[0]) {
      case "write": write(arguments); break;
      case "read": read(arguments); break;
      case "offsets": offsets(arguments); break;
      default: throw new IllegalArgumentException(words[0]);
    }
    OUT.flush();
  }

  private static Properties client(Map<String, List<String>> arguments) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments.get("bootstrap").get(0));
    return properties;
  }

  private static byte[] decode(String text) {
    return text.equals("-") ? null : Base64.getDecoder().decode(text.substring(2));
  }

  private static String quoted(byte[] data) {
    return data == null ? "null" : '"' + Base64.getEncoder().encodeToString(data) + '"';
  }

  private static void write(Map<String, List<String>> arguments) throws Exception {
    List<String> lines = Files.readAllLines(Paths.get(arguments.get("input").get(0)), StandardCharsets.UTF_8);
    for (String job : arguments.get("job")) {
      String[] topicAndCodec = job.split("=");
      Properties properties = client(arguments);
      properties.put("compression.type", topicAndCodec[1]);
      properties.put("linger.ms", "20");
      properties.put("acks", "all");
      writeTopic(properties, topicAndCodec[0], lines);
    }
  }

  private static void writeTopic(Properties properties, String topic, List<String> lines) throws Exception {
    List<Future<RecordMetadata>> acks = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (String line : lines) {
        acks.add(producer.send(record(topic, line.split("\t"))));
      }
      for (int i = 0; i < acks.size(); i++) {
        RecordMetadata ack = acks.get(i).get();
        OUT.println("{\"topic\":\"" + topic + "\",\"index\":" + i + ",\"partition\":" + ack.partition() + ",\"offset\":"
            + ack.offset() + "}");
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static ProducerRecord<byte[], byte[]> record(String topic, String[] fields) throws Exception {
    Integer partition = Integer.valueOf(fields[0]);
    byte[] key = decode(fields[2]);
    byte[] value = decode(fields[3]);
    if (fields[1].equals("-")) {
      return new ProducerRecord<>(topic, partition, key, value);
    }
    return (ProducerRecord<byte[], byte[]>) ProducerRecord.class
        .getConstructor(String.class, Integer.class, Long.class, Object.class, Object.class)
        .newInstance(topic, partition, Long.valueOf(fields[1]), key, value);
  }

  private static KafkaConsumer<byte[], byte[]> open(Map<String, List<String>> arguments) {
    Properties properties = client(arguments);
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> assignAll(KafkaConsumer<?, ?> consumer, List<String> topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      for (PartitionInfo info : consumer.partitionsFor(topic)) {
        partitions.add(new TopicPartition(topic, info.partition()));
      }
    }
    consumer.assign(partitions);
    return partitions;
  }

  /** seekToBeginning and seekToEnd take an array in 0.9 and a collection later. */
  private static void seek(KafkaConsumer<?, ?> consumer, String method, TopicPartition partition) throws Exception {
    try {
      KafkaConsumer.class.getMethod(method, Collection.class).invoke(consumer, Collections.singletonList(partition));
    } catch (NoSuchMethodException none) {
      KafkaConsumer.class.getMethod(method, TopicPartition[].class).invoke(consumer, (Object) new TopicPartition[] {partition});
    }
  }

  private static Map<TopicPartition, Long> positions(KafkaConsumer<?, ?> consumer, List<TopicPartition> partitions, String seek)
      throws Exception {
    Map<TopicPartition, Long> found = new HashMap<>();
    // All first: a consumer asks a group for the position of any partition that has not been sought.
    for (TopicPartition partition : partitions) {
      seek(consumer, seek, partition);
    }
    for (TopicPartition partition : partitions) {
      found.put(partition, consumer.position(partition));
    }
    return found;
  }

  private static long timestamp(ConsumerRecord<?, ?> record) throws Exception {
    try {
      return (Long) ConsumerRecord.class.getMethod("timestamp").invoke(record);
    } catch (NoSuchMethodException none) {
      return -1;
    }
  }

  private static void read(Map<String, List<String>> arguments) throws Exception {
    try (KafkaConsumer<byte[], byte[]> consumer = open(arguments)) {
      List<TopicPartition> partitions = assignAll(consumer, arguments.get("topic"));
      Map<TopicPartition, Long> ends = positions(consumer, partitions, "seekToEnd");
      positions(consumer, partitions, "seekToBeginning");
      while (true) {
        ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
        if (ends.isEmpty()) {
          return;
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_MS)) {
          OUT.println("{\"topic\":\"" + record.topic() + "\",\"partition\":" + record.partition() + ",\"offset\":" + record.offset()
              + ",\"timestamp\":" + timestamp(record) + ",\"key\":" + quoted(record.key()) + ",\"value\":" + quoted(record.value())
              + "}");
        }
      }
    }
  }

  private static void offsets(Map<String, List<String>> arguments) throws Exception {
    try (KafkaConsumer<byte[], byte[]> consumer = open(arguments)) {
      List<TopicPartition> partitions = assignAll(consumer, arguments.get("topic"));
      Map<TopicPartition, Long> begins = positions(consumer, partitions, "seekToBeginning");
      Map<TopicPartition, Long> ends = positions(consumer, partitions, "seekToEnd");
      for (TopicPartition partition : partitions) {
        OUT.println("{\"topic\":\"" + partition.topic() + "\",\"partition\":" + partition.partition() + ",\"begin\":"
            + begins.get(partition) + ",\"end\":" + ends.get(partition) + "}");
      }
    }
  }
}
