// Reads lines `Name version hex` and writes them as Apache Kafka's own classes understand and write
// them: what comes out differs from what went in wherever our tables are wrong. Of a line with a
// second version, in which the message is to be written, the CRC-32C of the bytes comes out, or that
// it was refused.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.apache.kafka.common.errors.UnsupportedVersionException;
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
            String[] words = line.split(" ", -1);
            if (words.length == 4) {
                System.out.println(words[0] + " " + words[1] + " " + words[2] + " "
                    + across(words[0], words[1], words[2], words[3]));
            } else {
                System.out.println(words[0] + " " + words[1] + " "
                    + rewrite(words[0], words[1], words[2]));
            }
        }
    }

    private static String rewrite(String name, String version, String hexadecimal) {
        try {
            Message message = message(name);
            read(message, name, version, hexadecimal);
            return HexFormat.of().formatHex(written(message, name, version));
        } catch (Exception exception) {
            return exception.toString();
        }
    }

    private static String across(String name, String from, String to, String hexadecimal)
            throws ReflectiveOperationException {
        Message message = message(name);
        read(message, name, from, hexadecimal);
        try {
            CRC32C crc = new CRC32C();
            crc.update(written(message, name, to));
            return String.format("%08x", crc.getValue());
        } catch (UnsupportedVersionException | NullPointerException exception) {
            return "refused";
        }
    }

    private static void read(Message message, String name, String version, String hexadecimal) {
        ByteBuffer input = ByteBuffer.wrap(HexFormat.of().parseHex(hexadecimal));
        message.read(new ByteBufferAccessor(input), version(message, name, version));
        if (input.hasRemaining()) {
            throw new IllegalArgumentException(input.remaining() + " bytes left over");
        }
    }

    private static byte[] written(Message message, String name, String version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        short number = version(message, name, version);
        ByteBuffer output = ByteBuffer.allocate(message.size(cache, number));
        message.write(new ByteBufferAccessor(output), cache, number);
        return output.array();
    }

    private static short version(Message message, String name, String word) {
        // The version before a key says what kind of key it is; its class has only version 0.
        short version = name.endsWith("Key") ? 0 : Short.parseShort(word);
        if (version < message.lowestSupportedVersion()
                || version > message.highestSupportedVersion()) {
            throw new IllegalArgumentException("no such version");
        }
        return version;
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
