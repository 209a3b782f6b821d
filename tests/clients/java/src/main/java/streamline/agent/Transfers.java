// transfer: reads orders "n from to amount", and writes a debit and a credit for each, in transactions that commit what was read, until
// its standard input ends. Some transactions it aborts. Whoever is fenced begins anew under the same name, and fences in turn.
// Uses nothing of the other agents: it is built against old releases too.
package streamline.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class Transfers implements ConsumerRebalanceListener {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int PAUSE_MS = 300;

  private final Map<String, String> arguments = new HashMap<>();
  private final Random random = new Random();
  private final AtomicBoolean ends = new AtomicBoolean();
  private final int aborts;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private KafkaProducer<byte[], byte[]> producer;

  public static void main(String[] words) throws Exception {
    Transfers transfers = new Transfers(words);
    Thread input = new Thread(transfers::awaitEnd);
    input.setDaemon(true);
    input.start();
    transfers.run();
  }

  private Transfers(String[] words) {
    for (int i = 1; i + 1 < words.length; i += 2) {
      arguments.put(words[i].substring(2), words[i + 1]);
    }
    aborts = Integer.parseInt(arguments.getOrDefault("aborts", "20"));
    Properties properties = client();
    properties.put("group.id", arguments.get("group"));
    if (arguments.getOrDefault("protocol", "classic").equals("consumer")) {
      properties.put("group.protocol", "consumer");
    } else {
      properties.put("session.timeout.ms", arguments.getOrDefault("session", "6000"));
      properties.put("heartbeat.interval.ms", "500");
    }
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("isolation.level", "read_committed");
    properties.put("max.poll.records", "10");
    properties.put("default.api.timeout.ms", "30000");
    consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Properties client() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments.get("bootstrap"));
    properties.put("reconnect.backoff.max.ms", "200");
    return properties;
  }

  /** The producer that has the name now; whoever had it before is fenced. */
  private void takeName() {
    Properties properties = client();
    properties.put("transactional.id", arguments.get("id"));
    properties.put("transaction.timeout.ms", "10000");
    properties.put("linger.ms", "0");
    properties.put("max.block.ms", "30000");
    properties.put("delivery.timeout.ms", "60000");
    properties.put("request.timeout.ms", "10000");
    if (producer != null) {
      producer.close(Duration.ZERO);
    }
    producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    tell("began");
  }

  private void run() throws Exception {
    consumer.subscribe(List.of(arguments.get("topic")), this);
    boolean hasName = false;
    while (!ends.get()) {
      try {
        if (!hasName) {
          takeName();
          hasName = true;
        }
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        if (!records.isEmpty()) {
          transfer(records);
        }
      } catch (KafkaException error) {
        // The producer's state says which errors it survives; a new one survives them all.
        tell("failed " + error.getClass().getSimpleName() + " " + error.getMessage());
        hasName = false;
        rewind();
        Thread.sleep(random.nextInt(PAUSE_MS));
      }
    }
    try {
      consumer.close();
    } catch (KafkaException error) {
      tell("closed " + error.getClass().getSimpleName());
    }
    if (producer != null) {
      producer.close();
    }
  }

  private void transfer(ConsumerRecords<byte[], byte[]> records) {
    producer.beginTransaction();
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      String[] order = new String(record.value(), StandardCharsets.UTF_8).split(" ");
      send(order[1], order[0] + " -" + order[3]);
      send(order[2], order[0] + " " + order[3]);
      next.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
    }
    producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
    if (random.nextInt(100) < aborts) {
      producer.abortTransaction();
      tell("aborted " + records.count());
      rewind();
      return;
    }
    producer.commitTransaction();
    tell("committed " + records.count());
  }

  private void send(String account, String line) {
    producer.send(new ProducerRecord<>(arguments.get("out"), Integer.parseInt(account), null, line.getBytes(StandardCharsets.UTF_8)));
  }

  /** Back to what is committed. */
  private void rewind() {
    try {
      Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(consumer.assignment());
      for (TopicPartition part : consumer.assignment()) {
        OffsetAndMetadata offset = committed.get(part);
        if (offset == null) {
          consumer.seekToBeginning(List.of(part));
        } else {
          consumer.seek(part, offset);
        }
      }
    } catch (KafkaException error) {
      // Who does not know where it stands starts again as a member: what it is assigned then begins at what is committed.
      tell("lost " + error.getClass().getSimpleName());
      consumer.unsubscribe();
      consumer.subscribe(List.of(arguments.get("topic")), this);
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    tell(partitions.stream().map(part -> " " + part.partition()).sorted().collect(Collectors.joining("", "assigned", "")));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

  private void awaitEnd() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException error) {
      // The end of the input, too.
    }
    ends.set(true);
  }

  private static synchronized void tell(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
