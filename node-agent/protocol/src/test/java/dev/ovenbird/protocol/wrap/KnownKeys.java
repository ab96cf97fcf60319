package dev.ovenbird.protocol.wrap;

import java.util.HexFormat;

/** The static key of the upstream unit tests (digest 2.8). */
final class KnownKeys {
  static final String UPSTREAM_HEX =
      """
      37268ea8f95d7f71f9fb8fc03770c460
      daf714a483d815c013ce0a537efc18f2
      8f4f172669d9e6a413bac6741d8ea054
      00f49b7fd6326470f23798c606bf53d4
      de63ebc64ec59d57ce5d04d5b62e68b5
      3ca6e5354351097fa370446c4d269f18
      7bb6ae54af2dc70ff7317fe2f8754b82
      82aad4202f9fa42c8640245d883e2c54
      a0c1c489a036cf3a8964d8d289c1583b
      9447c262b1da5fd167a5d27bd5ac5143
      17bc2343a31a2efc38dd920d910375f5
      1c2e27f3afd36c49269da079f7ce466e
      bb0f9ad13e9bbb4665974e6bc24b513c
      5700393bf4a3e7f967e2f384069ac8a8
      e78b18b15604993fd16515cce9c0f3e4
      2b4126b999005ade802797b0eeb8b9e6
      """;

  static final StaticKey UPSTREAM = StaticKey.of(hex(UPSTREAM_HEX));

  private KnownKeys() {}

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  static byte[] counting(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }
}
