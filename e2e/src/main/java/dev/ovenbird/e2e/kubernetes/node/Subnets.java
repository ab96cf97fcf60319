package dev.ovenbird.e2e.kubernetes.node;

/**
 * The addresses inside a test cluster. Clusters do not see each other, so all use the same; only
 * the link to the machine's own network differs ({@link HostLink}).
 */
public final class Subnets {
  /** What nodes have their addresses from. */
  public static final String NODES = "10.99.0.0/24";

  public static final String PODS = "10.244.0.0/16";
  public static final String SERVICES = "10.96.0.0/16";

  /** The router's and API server's address among the nodes. */
  public static final String HUB = "10.99.0.1";

  /** The cluster's DNS. */
  public static final String DNS = "10.96.0.10";

  /** The router's address among the people outside. */
  static final String OUTSIDE_ROUTER = "203.0.113.1";

  /** The router's address on the way to the internet. */
  static final String INTERNET_ROUTER = "198.51.100.1";

  /** The internet: HTTP on port 80 and DNS on port 53. */
  public static final String INTERNET = "198.51.100.10";

  /** A cloud's metadata service, as nodes reach it. */
  public static final String METADATA = "169.254.169.254";

  private Subnets() {}

  static String node(int number) {
    return "10.99.0." + (10 + number);
  }

  static String pods(int node) {
    return "10.244." + node + ".0/24";
  }

  public static String outside(int number) {
    return "203.0.113." + (11 + number);
  }
}
