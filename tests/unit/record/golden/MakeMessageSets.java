// Makes the golden message sets beside it with Kafka's own classes (kafka-clients 3.9.1, the last that write formats 0 and 1).
// Run once: java -cp "<jars of Kafka 3.9.1>/*" MakeMessageSets.java <this folder>
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.*;

public class MakeMessageSets {
  static final long TIME = 1_700_000_000_000L;
  static Path folder;

  static byte[] bytes(String text) { return text == null ? null : text.getBytes(StandardCharsets.UTF_8); }

  static void make(String name, byte magic, CompressionType type, TimestampType times) throws Exception {
    long base = magic == 0 ? -1 : TIME;
    MemoryRecordsBuilder builder =
        MemoryRecords.builder(ByteBuffer.allocate(1024), magic, Compression.of(type).build(), times, 100L, TIME + 60_000);
    builder.append(base, bytes("k0"), bytes("v0"));
    builder.append(magic == 0 ? -1 : TIME + 5, null, bytes("only a value"));
    builder.append(magic == 0 ? -1 : TIME + 3, bytes(""), bytes(""));
    builder.append(magic == 0 ? -1 : TIME + 10, bytes("tomb"), null);
    builder.append(magic == 0 ? -1 : TIME + 7, bytes("h"), bytes("headers"));
    ByteBuffer buffer = builder.build().buffer().duplicate();
    byte[] out = new byte[buffer.remaining()];
    buffer.get(out);
    Files.write(folder.resolve(name + ".set"), out);
  }

  public static void main(String[] args) throws Exception {
    folder = Path.of(args[0]);
    for (byte magic = 0; magic <= 1; magic++) {
      for (CompressionType type : new CompressionType[] {CompressionType.NONE, CompressionType.GZIP, CompressionType.SNAPPY, CompressionType.LZ4}) {
        make("v" + magic + "-" + type.name, magic, type, TimestampType.CREATE_TIME);
      }
    }
    make("v1-log-append-time", (byte) 1, CompressionType.NONE, TimestampType.LOG_APPEND_TIME);
    make("v1-log-append-time-gzip", (byte) 1, CompressionType.GZIP, TimestampType.LOG_APPEND_TIME);
  }
}
