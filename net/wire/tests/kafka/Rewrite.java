// Reads lines `Name version hex` and writes them as Apache Kafka's own classes understand and write
// them: what comes out differs from what went in wherever our tables are wrong.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

public class Rewrite {
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message.", "org.apache.kafka.coordinator.group.generated."
    };

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ", 3);
            System.out.println(words[0] + " " + words[1] + " " + rewrite(words));
        }
    }

    private static String rewrite(String[] words) {
        try {
            Message message = message(words[0]);
            short version = Short.parseShort(words[1]);
            if (words[0].endsWith("Key")) {
                // Here the version before a key says what kind of key it is.
                version = 0;
            }
            if (version < message.lowestSupportedVersion()
                    || version > message.highestSupportedVersion()) {
                return "no such version";
            }
            ByteBuffer input = ByteBuffer.wrap(HexFormat.of().parseHex(words[2]));
            message.read(new ByteBufferAccessor(input), version);
            if (input.hasRemaining()) {
                return input.remaining() + " bytes left over";
            }
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ByteBuffer output = ByteBuffer.allocate(message.size(cache, version));
            message.write(new ByteBufferAccessor(output), cache, version);
            return HexFormat.of().formatHex(output.array());
        } catch (Exception exception) {
            return exception.toString();
        }
    }

    /** An empty message; requests and responses have the suffix `Data` there. */
    private static Message message(String name) throws ReflectiveOperationException {
        for (String prefix : PACKAGES) {
            for (String suffix : new String[] {"", "Data"}) {
                try {
                    Class<?> found = Class.forName(prefix + name + suffix);
                    return (Message) found.getDeclaredConstructor().newInstance();
                } catch (ClassNotFoundException next) {
                    continue;
                }
            }
        }
        throw new ClassNotFoundException(name);
    }
}
