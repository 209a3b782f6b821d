// write: given records to given partitions. flood: numbered idempotent records, through any restart of the broker.
package streamline.agent;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

final class Producing {
  private static final int MINUTES_5_MS = 300_000;

  private Producing() {}

  static void write(Agent.Arguments arguments) throws Exception {
    List<JsonNode> records = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(arguments.one("input")))) {
      records.add(Agent.JSON.readTree(line));
    }
    for (String job : arguments.all("job")) {
      String[] topicAndCodec = job.split("=");
      Properties properties = arguments.client();
      properties.put("compression.type", topicAndCodec[1]);
      // Long enough for a batch to take several records, so that codecs and time look-ups see more than one.
      properties.put("linger.ms", "20");
      writeTopic(properties, topicAndCodec[0], records);
    }
  }

  private static void writeTopic(Properties properties, String topic, List<JsonNode> records) throws Exception {
    List<Future<RecordMetadata>> acks = new ArrayList<>();
    try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (JsonNode record : records) {
        acks.add(producer.send(toRecord(topic, record)));
      }
      for (int i = 0; i < acks.size(); i++) {
        RecordMetadata ack = acks.get(i).get();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("topic", topic);
        line.put("index", i);
        line.put("partition", ack.partition());
        line.put("offset", ack.offset());
        line.put("timestamp", ack.timestamp());
        Agent.print(line);
      }
    }
  }

  private static ProducerRecord<byte[], byte[]> toRecord(String topic, JsonNode record) {
    List<Header> headers = new ArrayList<>();
    for (JsonNode header : record.get("headers")) {
      headers.add(new RecordHeader(header.get(0).asText(), Agent.decode(header.get(1).textValue())));
    }
    Long timestamp = record.get("timestamp").isNull() ? null : record.get("timestamp").asLong();
    return new ProducerRecord<>(
        topic,
        record.get("partition").asInt(),
        timestamp,
        Agent.decode(record.get("key").textValue()),
        Agent.decode(record.get("value").textValue()),
        headers);
  }

  static void flood(Agent.Arguments arguments) throws Exception {
    Properties properties = arguments.client();
    properties.put("enable.idempotence", "true");
    properties.put("acks", "all");
    properties.put("max.in.flight.requests.per.connection", "5");
    properties.put("linger.ms", "1");
    properties.put("batch.size", "8192");
    properties.put("delivery.timeout.ms", String.valueOf(MINUTES_5_MS));
    properties.put("request.timeout.ms", "5000");
    properties.put("max.block.ms", String.valueOf(MINUTES_5_MS));
    properties.put("reconnect.backoff.max.ms", "200");
    properties.put("socket.connection.setup.timeout.ms", "2000");
    String topic = arguments.one("topic");
    int partitions = arguments.number("partitions");
    int keys = arguments.number("keys", 0);
    try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < arguments.number("count"); i++) {
        int index = i / partitions;
        byte[] value = String.format("%d %080d", index, i).getBytes();
        byte[] key = keys == 0 ? null : String.valueOf(index % keys).getBytes();
        producer.send(new ProducerRecord<>(topic, i % partitions, key, value), (ack, error) -> {
          synchronized (Agent.OUT) {
            if (error != null) {
              Agent.OUT.println("failed " + index + " " + error);
            } else {
              Agent.OUT.println(ack.partition() + " " + ack.offset() + " " + index);
            }
          }
        });
        if (i % 1000 == 0) {
          Agent.OUT.flush();
        }
      }
    }
  }
}
