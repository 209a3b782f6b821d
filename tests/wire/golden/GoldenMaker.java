// Encodes messages with Kafka's generated classes: every message that our schemas name, in every version that schemas and classes
// both know. One of defaults, and four filled from a seed.
//
//   java -cp KAFKA_JARS GoldenMaker.java SCHEMA_DIR OUT [EARLIER]
//
// With EARLIER (the output of a newer Kafka), only the versions below its lowest are added to it.
// An entry: int16 length and name, int16 version, int8 case, int32 length and bytes; all big-endian; sorted.

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

public class GoldenMaker {
  record Key(String name, short version, byte number) implements Comparable<Key> {
    public int compareTo(Key other) {
      int byName = name.compareTo(other.name);
      int byVersion = Short.compare(version, other.version);
      return byName != 0 ? byName : byVersion != 0 ? byVersion : Byte.compare(number, other.number);
    }
  }

  /** The defaults, and four from seeds. */
  static final int CASES = 5;
  static final String[] PACKAGES = {
    "org.apache.kafka.common.message.%sData", "org.apache.kafka.common.message.%s",
    "org.apache.kafka.coordinator.group.generated.%s", "org.apache.kafka.coordinator.transaction.generated.%s",
    "org.apache.kafka.coordinator.share.generated.%s"};

  public static void main(String[] args) throws Exception {
    TreeMap<Key, byte[]> goldens = new TreeMap<>();
    if (args.length > 2) load(Path.of(args[2]), goldens);
    Map<String, Short> lowestKnown = new HashMap<>();
    for (Key key : goldens.keySet()) lowestKnown.merge(key.name, key.version, (a, b) -> (short) Math.min(a, b));
    for (Map.Entry<String, Short> wanted : messagesIn(Path.of(args[0])).entrySet()) {
      String name = wanted.getKey();
      Class<?> type = find(name);
      if (type == null && args.length > 2) continue;
      if (type == null) throw new IllegalStateException("no class for " + name);
      short low = (short) Math.max(wanted.getValue(), type.getField("LOWEST_SUPPORTED_VERSION").getShort(null));
      short high = type.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
      if (args.length > 2) high = (short) Math.min(high, lowestKnown.get(name) - 1);
      Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
      for (short version = low; version <= high; version++) {
        for (byte number = 0; number < CASES; number++) {
          Random random = new Random(name.hashCode() * 1000003L + version * 31L + number);
          Message message = (Message) type.getConstructor().newInstance();
          if (number > 0) new Filler(random, number).fill(message, schemas[version]);
          goldens.put(new Key(name, version, number), encode(message, version));
        }
      }
    }
    save(Path.of(args[1]), goldens);
  }

  /** Every message of the schemas with its lowest version, and the headers. */
  static TreeMap<String, Short> messagesIn(Path schemas) throws IOException {
    TreeMap<String, Short> lowest = new TreeMap<>(Map.of("RequestHeader", (short) 0, "ResponseHeader", (short) 0));
    try (var files = Files.walk(schemas)) {
      for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith(".msg"))::iterator) {
        String api = "";
        for (String line : Files.readAllLines(file)) {
          String[] words = line.split(" ");
          switch (words[0]) {
            case "record" -> lowest.put(words[1], lowestOf(words[2]));
            case "api" -> api = words[2];
            case "request" -> lowest.put(api + "Request", lowestOf(words[1]));
            case "response" -> lowest.put(api + "Response", lowestOf(words[1]));
            default -> { }
          }
        }
      }
    }
    return lowest;
  }

  static short lowestOf(String versions) {
    return Short.parseShort(versions.split("-")[0]);
  }

  static Class<?> find(String name) {
    for (String pattern : PACKAGES) {
      try {
        return Class.forName(String.format(pattern, name));
      } catch (ClassNotFoundException e) {
        // The next package may have it.
      }
    }
    return null;
  }

  static byte[] encode(Message message, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
    message.write(new ByteBufferAccessor(buffer), cache, version);
    if (buffer.hasRemaining()) throw new IllegalStateException("size and write differ");
    return buffer.array();
  }

  static void load(Path path, TreeMap<Key, byte[]> goldens) throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(path))) {
      while (in.available() > 0) {
        String name = in.readUTF();
        Key key = new Key(name, in.readShort(), in.readByte());
        goldens.put(key, in.readNBytes(in.readInt()));
      }
    }
  }

  static void save(Path path, TreeMap<Key, byte[]> goldens) throws IOException {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(path))) {
      for (Map.Entry<Key, byte[]> entry : goldens.entrySet()) {
        out.writeUTF(entry.getKey().name);
        out.writeShort(entry.getKey().version);
        out.writeByte(entry.getKey().number);
        out.writeInt(entry.getValue().length);
        out.write(entry.getValue());
      }
    }
  }

  /** Sets every field that a version's schema has, by the message's own setters. */
  static class Filler {
    private final Random random;
    private final int number;

    Filler(Random random, int number) {
      this.random = random;
      this.number = number;
    }

    void fill(Message message, Schema schema) throws Exception {
      for (BoundField bound : schema.fields()) {
        if (!(bound.def.type instanceof TaggedFields tagged)) {
          set(message, bound.def.name, bound.def.type);
          continue;
        }
        Map<Integer, Field> known = fieldsOf(tagged);
        for (Field field : known.values()) {
          if (random.nextInt(4) > 0) set(message, field.name, field.type);
        }
        if (random.nextInt(3) == 0) addUnknownTags(message, known);
      }
    }

    /** 3.9.1 has no accessor. */
    @SuppressWarnings("unchecked")
    private static Map<Integer, Field> fieldsOf(TaggedFields tagged) throws Exception {
      java.lang.reflect.Field map = TaggedFields.class.getDeclaredField("fields");
      map.setAccessible(true);
      return (Map<Integer, Field>) map.get(tagged);
    }

    private void addUnknownTags(Message message, Map<Integer, Field> known) {
      int tag = random.nextInt(3);
      for (int left = 1 + random.nextInt(2); left > 0; left--) {
        while (known.containsKey(tag)) tag++;
        message.unknownTaggedFields().add(new RawTaggedField(tag, bytes(random.nextInt(6))));
        tag += 1 + random.nextInt(number == 1 ? 3 : 20000);
      }
    }

    private void set(Message message, String fieldName, Type type) throws Exception {
      Method setter = setter(message.getClass(), fieldName);
      boolean null_ = type.isNullable() && random.nextInt(4) == 0;
      setter.invoke(message, null_ ? null : value(setter.getParameterTypes()[0], setter.getGenericParameterTypes()[0], type));
    }

    private static Method setter(Class<?> owner, String fieldName) {
      String wanted = "set" + fieldName.replace("_", "");
      for (Method method : owner.getMethods()) {
        if (method.getName().equalsIgnoreCase(wanted) && method.getParameterCount() == 1) return method;
      }
      throw new IllegalStateException(owner + " has no " + wanted);
    }

    private Object value(Class<?> java, java.lang.reflect.Type generic, Type type) throws Exception {
      if (java == boolean.class || java == Boolean.class) return random.nextBoolean();
      if (java == byte.class || java == Byte.class) return (byte) whole(Byte.MIN_VALUE, Byte.MAX_VALUE);
      if (java == short.class || java == Short.class) return (short) whole(Short.MIN_VALUE, Short.MAX_VALUE);
      if (type == Type.UINT16) return (int) whole(0, 65535);
      if (java == int.class || java == Integer.class) return (int) whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
      if (java == long.class || java == Long.class) return whole(Long.MIN_VALUE, Long.MAX_VALUE);
      if (java == double.class) return random.nextGaussian() * 1e9;
      if (java == String.class) return text();
      if (java == Uuid.class) return new Uuid(random.nextLong(), random.nextLong());
      if (java == byte[].class) return bytes(random.nextInt(12));
      if (java == ByteBuffer.class) return ByteBuffer.wrap(bytes(random.nextInt(12)));
      if (java.getSimpleName().equals("BaseRecords")) return records(java);
      if (Message.class.isAssignableFrom(java)) return struct(java, (Schema) type);
      if (Collection.class.isAssignableFrom(java)) return list(java, generic, type.arrayElementType().get());
      throw new IllegalStateException("cannot make a " + java);
    }

    private Object list(Class<?> java, java.lang.reflect.Type generic, Type item) throws Exception {
      boolean plain = java == List.class;
      ParameterizedType parameterized = (ParameterizedType) (plain ? generic : java.getGenericSuperclass());
      Class<?> itemClass = (Class<?>) parameterized.getActualTypeArguments()[0];
      @SuppressWarnings("unchecked")
      Collection<Object> items = plain ? new ArrayList<>() : (Collection<Object>) java.getConstructor().newInstance();
      int size = item instanceof Schema ? random.nextInt(3) + (number == 1 ? 1 : 0) : random.nextInt(5);
      for (int i = 0; i < size; i++) items.add(value(itemClass, itemClass, item));
      return items;
    }

    private Message struct(Class<?> java, Schema schema) throws Exception {
      Message message = (Message) java.getConstructor().newInstance();
      fill(message, schema);
      return message;
    }

    private Object records(Class<?> base) throws Exception {
      Class<?> memory = Class.forName(base.getPackageName() + ".MemoryRecords");
      return memory.getMethod("readableRecords", ByteBuffer.class).invoke(null, ByteBuffer.wrap(bytes(random.nextInt(200))));
    }

    private long whole(long min, long max) {
      switch (random.nextInt(6)) {
        case 0: return 0;
        case 1: return min;
        case 2: return max;
        case 3: return min + random.nextInt(100);
        default: return max < Long.MAX_VALUE ? min + (long) (random.nextDouble() * (max - min)) : random.nextLong();
      }
    }

    private String text() {
      switch (random.nextInt(12)) {
        case 0: return "";
        case 1: return "größe-数-🙂";
        case 2: return "x".repeat(120 + random.nextInt(20));
        default: return new String(letters(1 + random.nextInt(10)), StandardCharsets.US_ASCII);
      }
    }

    private byte[] letters(int count) {
      byte[] chars = new byte[count];
      for (int i = 0; i < count; i++) chars[i] = (byte) ('a' + random.nextInt(26));
      return chars;
    }

    private byte[] bytes(int count) {
      byte[] made = new byte[count];
      random.nextBytes(made);
      return made;
    }
  }
}
