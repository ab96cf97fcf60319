package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.process.Cpu;

/**
 * Who worked in a stretch of time.
 *
 * @param seconds from begin to end
 * @param server processor seconds of the servers under measurement
 * @param processors how many the servers have
 * @param serverShare of the processors that the servers have, how much was used by anybody, 0 to 1
 * @param restShare the same of all other processors
 */
record Usage(
    double seconds, Cpu.Split server, int processors, double serverShare, double restShare) {
  /** Of what was used of the servers' processors, the servers' own part. */
  double ownShare() {
    return server.sum() / (seconds * processors * serverShare);
  }
}
