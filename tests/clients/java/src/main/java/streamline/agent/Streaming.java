// streams: one instance of a Kafka Streams application until its standard input ends: how often each key came, from one topic to another.
package streamline.agent;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;

final class Streaming {
  private static final Duration END = Duration.ofSeconds(20);

  private Streaming() {}

  static void count(Agent.Arguments arguments) throws Exception {
    Properties properties = arguments.client();
    properties.put("application.id", arguments.one("group"));
    properties.put("group.protocol", "classic");
    properties.put("state.dir", Files.createTempDirectory("streams").toString());
    properties.put("dsl.store.suppliers.class", BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
    properties.put("replication.factor", "1");
    properties.put("commit.interval.ms", "100");
    properties.put("statestore.cache.max.bytes", "0");
    properties.put("consumer.session.timeout.ms", arguments.one("session"));
    properties.put("consumer.heartbeat.interval.ms", "500");
    properties.put("consumer.auto.offset.reset", "earliest");
    properties.put("reconnect.backoff.max.ms", "200");
    if (arguments.all("guarantee").contains("exactly_once_v2")) {
      properties.put("processing.guarantee", "exactly_once_v2");
      // What a killed instance left open keeps others waiting for so long.
      properties.put("producer.transaction.timeout.ms", "5000");
    }
    StreamsBuilder builder = new StreamsBuilder();
    // The key is changed, so that records take their way through a topic of the application's own.
    builder.stream(arguments.one("topic"), Consumed.with(Serdes.String(), Serdes.String()))
        .selectKey((key, value) -> "n" + key)
        .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
        .count()
        .toStream()
        .mapValues(Object::toString)
        .to(arguments.one("out"), Produced.with(Serdes.String(), Serdes.String()));
    try (KafkaStreams streams = new KafkaStreams(builder.build(), properties)) {
      streams.setStateListener((now, before) -> tell("state " + now));
      streams.setUncaughtExceptionHandler(
          error -> {
            tell("failed " + error);
            return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.start();
      while (System.in.read() >= 0) {}
      streams.close(END);
    }
  }

  private static void tell(String line) {
    Agent.OUT.println(line);
    Agent.OUT.flush();
  }
}
