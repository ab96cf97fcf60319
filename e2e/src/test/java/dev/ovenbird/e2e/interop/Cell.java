package dev.ovenbird.e2e.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One cell of the matrix: a choice in each dimension. */
record Cell(
    Peers peers,
    Transport transport,
    Family family,
    Wrap wrap,
    Renewal renewal,
    Tls tls,
    KeyKind key,
    Data data) {

  /** The choices in the order of the dimensions. */
  List<Enum<?>> choices() {
    return List.of(peers, transport, family, wrap, renewal, tls, key, data);
  }

  /** The whole product, in a fixed order. */
  static List<Cell> product() {
    List<Cell> cells = new ArrayList<>();
    for (Peers peers : Peers.values()) {
      for (Data data : Data.values()) {
        for (Wrap wrap : Wrap.values()) {
          for (Renewal renewal : Renewal.values()) {
            for (KeyKind key : KeyKind.values()) {
              for (Tls tls : Tls.values()) {
                for (Transport transport : Transport.values()) {
                  for (Family family : Family.values()) {
                    cells.add(new Cell(peers, transport, family, wrap, renewal, tls, key, data));
                  }
                }
              }
            }
          }
        }
      }
    }
    return cells;
  }

  @Override
  public String toString() {
    return choices().stream().map(Enum::toString).collect(Collectors.joining(", "));
  }
}
