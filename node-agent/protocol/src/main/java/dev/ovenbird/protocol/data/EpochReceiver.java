package dev.ovenbird.protocol.data;

import org.jspecify.annotations.Nullable;

/**
 * The keys that open packets of one key id, by epoch: the current one, the one before, and the next
 * few. A future key is made when the first packet claims its epoch and kept until it is used or
 * passed: however many packets are forged, {@value #FUTURE} keys are derived and no more. Nothing
 * but an authentic packet moves the epoch.
 */
final class EpochReceiver implements AutoCloseable {
  /** As many as the most careful peer grants us (digest 5.5: 16 in 2.7, 4 after). */
  static final int FUTURE = 4;

  static final int LAST_EPOCH = 0xFFFF - FUTURE - 1;

  private final AeadProvider provider;
  private final DataCipher cipher;
  private final KeyRecord record;

  /** The secret of the first epoch that has no key yet. */
  private final EpochSecret secret;

  private EpochAead current;
  private @Nullable EpochAead retiring;
  // Of the epochs after the current one, in order.
  private final @Nullable EpochAead[] future = new @Nullable EpochAead[FUTURE];
  private boolean currentIsInOtherWindow;

  private EpochReceiver(
      AeadProvider provider, DataCipher cipher, byte[] firstSecret, KeyRecord record) {
    this.provider = provider;
    this.cipher = cipher;
    this.record = record;
    this.secret = new EpochSecret(firstSecret);
    long first = record.get(KeyRecord.WINDOW_EPOCH);
    long second = record.get(KeyRecord.OTHER_WINDOW_EPOCH);
    this.currentIsInOtherWindow = second > first;
    int before = (int) Math.min(first, second);
    if (before > 0) {
      secret.advanceTo(before);
      this.retiring = nextKey();
    }
    secret.advanceTo((int) Math.max(first, second));
    this.current = nextKey();
  }

  /** From the first epoch on. */
  static EpochReceiver begun(
      AeadProvider provider, DataCipher cipher, byte[] firstSecret, KeyRecord record) {
    record.set(KeyRecord.WINDOW_EPOCH, 1);
    return new EpochReceiver(provider, cipher, firstSecret, record);
  }

  /** From where the record is. */
  static EpochReceiver resumed(
      AeadProvider provider, DataCipher cipher, byte[] firstSecret, KeyRecord record) {
    return new EpochReceiver(provider, cipher, firstSecret, record);
  }

  private EpochAead nextKey() {
    EpochAead key = secret.aead(provider, cipher, false);
    secret.advance();
    return key;
  }

  int epoch() {
    return current.epoch();
  }

  /** The key of an epoch that may be received; else null. */
  @Nullable EpochAead find(int epoch) {
    if (epoch == current.epoch()) {
      return current;
    }
    EpochAead before = retiring;
    if (before != null && epoch == before.epoch()) {
      return before;
    }
    int ahead = epoch - current.epoch();
    if (ahead < 1 || ahead > FUTURE || epoch > LAST_EPOCH) {
      return null;
    }
    while (secret.epoch() <= epoch) {
      int slot = secret.epoch() - current.epoch() - 1;
      future[slot] = nextKey();
    }
    return future[ahead - 1];
  }

  /**
   * An authentic packet came in a future epoch, whose key becomes the current one; that one retires
   * with its window.
   */
  void advance(EpochAead to) {
    int ahead = to.epoch() - current.epoch();
    close(retiring);
    retiring = current;
    current = to;
    for (int i = 0; i < FUTURE; i++) {
      if (i < ahead - 1) {
        close(future[i]);
      }
      future[i] = i + ahead < FUTURE ? future[i + ahead] : null;
    }
    currentIsInOtherWindow = !currentIsInOtherWindow;
    long epochAt = currentIsInOtherWindow ? KeyRecord.OTHER_WINDOW_EPOCH : KeyRecord.WINDOW_EPOCH;
    long window = window(to);
    // Without an epoch while it is emptied: a process that dies here leaves no window that forgot.
    record.set(epochAt, 0);
    KeyRecord.order();
    record.set(window, 0);
    record.set(window + 8, 0);
    KeyRecord.order();
    record.set(epochAt, to.epoch());
    record.set(KeyRecord.OPENED, 0);
    record.set(KeyRecord.FORGERIES, 0);
  }

  /** Where the record has the window of the current or the retiring key. */
  long window(EpochAead key) {
    return (key == current) == currentIsInOtherWindow ? KeyRecord.OTHER_WINDOW : KeyRecord.WINDOW;
  }

  /** Wipes every key and the secret. */
  @Override
  public void close() {
    secret.wipe();
    close(current);
    close(retiring);
    for (EpochAead key : future) {
      close(key);
    }
  }

  private static void close(@Nullable EpochAead key) {
    if (key != null) {
      key.close();
    }
  }
}
