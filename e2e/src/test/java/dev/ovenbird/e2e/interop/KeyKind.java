package dev.ovenbird.e2e.interop;

/** The keys of both sides' certificates and of their CA. */
enum KeyKind {
  /** P-256. */
  EC,
  /** 2048 bits. */
  RSA
}
