// The Java side of the client tests: kafka-clients behind the command line that README.md describes.
package streamline.agent;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

public final class Agent {
  static final ObjectMapper JSON = new ObjectMapper(new JsonFactory());
  static final PrintStream OUT = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));

  private Agent() {}

  public static void main(String[] words) throws Exception {
    Arguments arguments = new Arguments(words);
    switch (words[0]) {
      case "write" -> Producing.write(arguments);
      case "flood" -> Producing.flood(arguments);
      case "read" -> Consuming.read(arguments);
      case "follow" -> Consuming.follow(arguments);
      case "offsets" -> Consuming.offsets(arguments);
      case "group" -> Membership.join(arguments);
      case "streams" -> Streaming.count(arguments);
      case "transfer" -> Transfers.main(words);
      case "admin" -> Administering.serve(arguments);
      case "tools" -> Tools.serve();
      default -> throw new IllegalArgumentException(words[0]);
    }
    OUT.flush();
  }

  static void print(Object line) throws Exception {
    String text = JSON.writeValueAsString(line);
    synchronized (OUT) {
      OUT.append(text).append('\n');
    }
  }

  static String encode(byte[] data) {
    return data == null ? null : Base64.getEncoder().encodeToString(data);
  }

  static byte[] decode(String text) {
    return text == null ? null : Base64.getDecoder().decode(text);
  }

  /** Pairs of --name value; a name may come several times. */
  static final class Arguments {
    private final Map<String, List<String>> values = new HashMap<>();

    Arguments(String[] words) {
      for (int i = 1; i + 1 < words.length; i += 2) {
        values.computeIfAbsent(words[i], name -> new ArrayList<>()).add(words[i + 1]);
      }
    }

    List<String> all(String name) {
      return values.getOrDefault("--" + name, List.of());
    }

    String one(String name) {
      return all(name).get(0);
    }

    int number(String name) {
      return Integer.parseInt(one(name));
    }

    int number(String name, int otherwise) {
      return all(name).isEmpty() ? otherwise : number(name);
    }

    Properties client() {
      Properties properties = new Properties();
      properties.put("bootstrap.servers", one("bootstrap"));
      return properties;
    }
  }
}
