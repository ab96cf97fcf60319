package dev.ovenbird.protocol.message;

/** Bits of IV_PROTO: what a client can do (digest 3.5). */
public enum IvProto {
  DATA_V2(1),
  REQUEST_PUSH(2),
  TLS_KEY_EXPORT(3),
  AUTH_PENDING_KW(4),
  NCP_P2P(5),
  DNS_OPTION(6),
  CC_EXIT_NOTIFY(7),
  AUTH_FAIL_TEMP(8),
  DYN_TLS_CRYPT(9),
  DATA_EPOCH(10),
  DNS_OPTION_V2(11),
  PUSH_UPDATE(12);

  private final int mask;

  IvProto(int bit) {
    mask = 1 << bit;
  }

  public int mask() {
    return mask;
  }
}
