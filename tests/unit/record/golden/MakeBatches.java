// Makes the golden batches beside it with Kafka's own classes (kafka-clients 4.3.1).
// Run once: java -cp "<jars of Kafka 4.3.1>/*" MakeBatches.java <this folder>
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.*;
import org.apache.kafka.common.record.internal.*;

public class MakeBatches {
  static final long TIME = 1_700_000_000_000L;
  static Path folder;

  static byte[] bytes(String text) { return text == null ? null : text.getBytes(StandardCharsets.UTF_8); }

  static void write(String name, MemoryRecords records) throws Exception {
    ByteBuffer buffer = records.buffer().duplicate();
    byte[] out = new byte[buffer.remaining()];
    buffer.get(out);
    Files.write(folder.resolve(name + ".batch"), out);
  }

  static MemoryRecordsBuilder builder(Compression compression, TimestampType type, boolean transactional, boolean control) {
    return new MemoryRecordsBuilder(ByteBuffer.allocate(1024), RecordBatch.CURRENT_MAGIC_VALUE, compression, type, 0L, TIME + 60_000,
        4711L, (short) 3, control ? -1 : 10, transactional, control, 7, 1 << 20);
  }

  static void small(MemoryRecordsBuilder builder) {
    Header[] none = new Header[0];
    Header[] headers = {new RecordHeader("a", bytes("1")), new RecordHeader("a", bytes("2")), new RecordHeader("empty", bytes("")),
        new RecordHeader("null", (byte[]) null), new RecordHeader("b", new byte[] {0, (byte) 0xff})};
    builder.append(TIME, bytes("k0"), bytes("v0"), none);
    builder.append(TIME + 5, null, bytes("only a value"), none);
    builder.append(TIME + 3, bytes(""), bytes(""), none);
    builder.append(TIME + 10, bytes("tomb"), null, none);
    builder.append(TIME + 7, bytes("h"), bytes("headers"), headers);
  }

  static void large(MemoryRecordsBuilder builder) {
    for (int i = 0; i < 3000; i++) {
      String value = String.format("value-%05d ", i);
      builder.append(TIME + i % 100, bytes(String.format("key-%05d", i)), bytes(value.repeat(5)));
    }
  }

  public static void main(String[] args) throws Exception {
    folder = Path.of(args[0]);
    for (CompressionType type : CompressionType.values()) {
      MemoryRecordsBuilder builder = builder(Compression.of(type).build(), TimestampType.CREATE_TIME, false, false);
      small(builder);
      write("small-" + type.name, builder.build());
      if (type == CompressionType.NONE) continue;
      builder = builder(Compression.of(type).build(), TimestampType.CREATE_TIME, false, false);
      large(builder);
      write("large-" + type.name, builder.build());
    }
    MemoryRecordsBuilder builder = builder(Compression.NONE, TimestampType.LOG_APPEND_TIME, true, false);
    small(builder);
    write("log-append-time", builder.build());
    builder = builder(Compression.NONE, TimestampType.CREATE_TIME, true, true);
    builder.appendEndTxnMarker(TIME, new EndTransactionMarker(ControlRecordType.COMMIT, 9));
    write("commit-marker", builder.build());
  }
}
