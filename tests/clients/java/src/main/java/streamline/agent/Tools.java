// Kafka's command-line tools, one call for each line of input: {"tool": "org.apache.kafka.tools.TopicCommand", "words": ["--list", ...]}.
// The answer is a line {"code": 0, "out": "...", "err": "..."}. One Java for many calls: most of a call alone is Java starting.
package streamline.agent;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Exit;

final class Tools {
  private Tools() {}

  /** What a tool does instead of ending the process. Some catch it, print it and end once more: only the first end counts. */
  private static final class Ended extends RuntimeException {}

  private static Map<String, Object> ended;

  private static void end(int code) {
    System.out.flush();
    System.err.flush();
    if (ended == null) ended = Map.of("code", code, "out", OUT.take(), "err", ERR.take());
  }

  static void serve() throws Exception {
    System.setOut(new PrintStream(OUT, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(ERR, true, StandardCharsets.UTF_8));
    Exit.Procedure procedure = (code, message) -> {
      end(code);
      throw new Ended();
    };
    Exit.setExitProcedure(procedure);
    Exit.setHaltProcedure(procedure);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Agent.print(call(Agent.JSON.readTree(line)));
      Agent.OUT.flush();
    }
  }

  /** Where a tool's output goes. Scala keeps the stream that it finds first, so that one stays, and its target changes. */
  private static final class Route extends OutputStream {
    private ByteArrayOutputStream target = new ByteArrayOutputStream();

    @Override
    public synchronized void write(int one) {
      target.write(one);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) {
      target.write(bytes, from, count);
    }

    synchronized String take() {
      String text = target.toString(StandardCharsets.UTF_8);
      target = new ByteArrayOutputStream();
      return text;
    }
  }

  private static final Route OUT = new Route();
  private static final Route ERR = new Route();

  private static Map<String, Object> call(JsonNode asked) throws Exception {
    List<String> words = new ArrayList<>();
    asked.get("words").forEach(word -> words.add(word.asText()));
    ended = null;
    OUT.take();
    ERR.take();
    try {
      Class<?> tool = Class.forName(asked.get("tool").asText());
      tool.getMethod("main", String[].class).invoke(null, (Object) words.toArray(new String[0]));
      end(0);
    } catch (InvocationTargetException thrown) {
      if (ended == null) thrown.getCause().printStackTrace(System.err);
      end(1);
    }
    return ended;
  }
}
