package dev.ovenbird.e2e.bench;

import java.util.Locale;

/** How busy servers and processors were in the rounds of one case, and so what bounds it. */
final class Occupation {
  /** From this share of its time on, a processor is what a case waits for. */
  private static final double FULL = 0.93;

  /** Below this share of its processor's work, a server is not what fills it. */
  private static final double OWN = 0.5;

  private final Series serverCores = new Series();
  private final Series ownShare = new Series();
  private final Series kernelShare = new Series();
  private final Series serverShare = new Series();
  private final Series restShare = new Series();

  void add(Usage usage) {
    serverCores.add(usage.server().sum() / usage.seconds());
    ownShare.add(usage.serverShare() == 0 ? 1 : usage.ownShare());
    kernelShare.add(usage.server().sum() == 0 ? 0 : usage.server().system() / usage.server().sum());
    serverShare.add(usage.serverShare());
    restShare.add(usage.restShare());
  }

  /** What the case waited for, as far as processors tell, by medians. */
  String verdict() {
    boolean server = serverShare.median() >= FULL;
    boolean rest = restShare.median() >= FULL;
    String bound = "no processor is full: the offered rate, windows or latency";
    if (server && ownShare.median() < OWN) {
      bound = "no verdict: others than the server fill its processor";
    } else if (server && rest) {
      bound = "all processors are full";
    } else if (server) {
      bound = "the server's processor is full";
    } else if (rest) {
      bound = "the other side's processor is full: client, load and their share of the kernel";
    }
    return String.format(
        Locale.ROOT,
        "%s (server's %.0f %% busy, others' %.0f %%; the server process %.2f cores, %.0f %% of it"
            + " in the kernel)",
        bound,
        serverShare.median() * 100,
        restShare.median() * 100,
        serverCores.median(),
        kernelShare.median() * 100);
  }
}
