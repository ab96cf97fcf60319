package dev.ovenbird.e2e.interop;

import dev.ovenbird.e2e.interop.Peers.Program;
import java.util.List;

/** Which cells there are: the product without what cannot be. */
final class Matrix {
  private Matrix() {}

  static List<Cell> cells() {
    return Cell.product().stream().filter(Matrix::canBe).toList();
  }

  private static boolean canBe(Cell cell) {
    if (cell.peers().client == Program.STOCK_3 && !openVpn3CanBe(cell)) {
      return false;
    }
    // Stock servers negotiate it whenever the client knows it, and all of these do. Ours asks for
    // it if it is told to.
    if (cell.peers().server != Program.OURS && cell.renewal() == Renewal.SAME_WRAP) {
      return false;
    }
    // Where both sides know epochs, the plain form can't be had.
    return switch (cell.data().format) {
      case AEAD -> !cell.peers().knowEpoch();
      case EPOCH -> cell.peers().knowEpoch();
      case CBC -> true;
    };
  }

  private static boolean openVpn3CanBe(Cell cell) {
    // Nothing in its profile or settings forbids TLS 1.3 or the newer ciphers. A server with one
    // cipher decides for it, and one with legacy profiles has AES among its ciphers.
    return cell.tls() == Tls.TLS_1_3
        && cell.data().format != Data.Format.CBC
        && (cell.wrap() == Wrap.TLS_CRYPT_V2 || cell.data() != Data.CHACHA20_POLY1305);
  }
}
