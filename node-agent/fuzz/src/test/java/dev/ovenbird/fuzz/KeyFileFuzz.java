package dev.ovenbird.fuzz;

import dev.ovenbird.app.config.Pem;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.KeyFormatException;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.nio.charset.StandardCharsets;

/** Key files: a key that reads back as it was, or a reason without any of its text. */
public final class KeyFileFuzz {
  private static final String[] LABELS = {
    "OpenVPN tls-crypt-v2 server key", "OpenVPN tls-crypt-v2 client key", "OpenVPN Static key V1"
  };

  private KeyFileFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    String body = new String(data, StandardCharsets.ISO_8859_1);
    read(body);
    for (String label : LABELS) {
      read("-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n");
    }
    try {
      Pem.blocks("CERTIFICATE", body);
    } catch (IllegalArgumentException refused) {
      // Not base64.
    }
  }

  private static void read(String text) {
    try {
      for (TlsCryptV2ServerKey key : TlsCryptV2ServerKey.parseAll(text)) {
        Check.that(TlsCryptV2ServerKey.parse(key.toPem()).equals(key), "another server key");
      }
    } catch (KeyFormatException refused) {
      quiet(refused);
    }
    try {
      ClientKeyFile key = ClientKeyFile.parse(text);
      Check.that(ClientKeyFile.parse(key.toPem()).key().equals(key.key()), "another client key");
    } catch (KeyFormatException refused) {
      quiet(refused);
    }
    try {
      StaticKey key = StaticKey.parse(text);
      Check.that(StaticKey.parse(key.toPem()).equals(key), "another static key");
    } catch (KeyFormatException refused) {
      quiet(refused);
    }
  }

  private static void quiet(KeyFormatException refused) {
    Check.that(String.valueOf(refused.getMessage()).length() < 100, "a reason with its text");
  }
}
