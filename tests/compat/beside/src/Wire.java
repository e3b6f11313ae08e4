package millstream.beside;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** One connection on which any request can be sent, also those that no client would send. */
final class Wire implements AutoCloseable {
  private static final int PATIENCE_MS = 30_000;

  private final Socket socket;
  private int correlation;

  Wire(String address) throws IOException {
    String[] hostAndPort = address.split(":");
    socket = new Socket(hostAndPort[0], Integer.parseInt(hostAndPort[1]));
    socket.setSoTimeout(PATIENCE_MS);
  }

  /** The answer to a request in a version, decoded by Kafka's own classes. */
  ApiMessage ask(ApiMessage request, int version) throws IOException {
    ApiKeys key = ApiKeys.forId(request.apiKey());
    var header = new RequestHeader(key, (short) version, "beside", correlation++);
    ByteBuffer head =
        MessageUtil.toByteBufferAccessor(header.data(), header.headerVersion()).buffer();
    ByteBuffer body = MessageUtil.toByteBufferAccessor(request, (short) version).buffer();
    ByteBuffer frame = ByteBuffer.allocate(4 + head.remaining() + body.remaining());
    frame.putInt(head.remaining() + body.remaining()).put(head).put(body);
    socket.getOutputStream().write(frame.array());
    var input = new DataInputStream(socket.getInputStream());
    byte[] answer = new byte[input.readInt()];
    input.readFully(answer);
    return AbstractResponse.parseResponse(ByteBuffer.wrap(answer), header).data();
  }

  ApiMessage ask(ApiMessage request) throws IOException {
    return ask(request, ApiKeys.forId(request.apiKey()).latestVersion());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
