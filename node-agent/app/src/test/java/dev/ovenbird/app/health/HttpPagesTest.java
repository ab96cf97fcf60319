package dev.ovenbird.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.metric.MetricsPage;
import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.server.metric.CountingMetrics;
import dev.ovenbird.server.metric.Metrics.Flow;
import dev.ovenbird.server.metric.StartStage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpPagesTest {
  private final AtomicBoolean ready = new AtomicBoolean();
  private final CountingMetrics counts = new CountingMetrics();
  private final MetricsPage page =
      new MetricsPage(
          counts,
          new MetricsPage.Gauges(() -> 1, () -> 12.5, () -> 3, () -> 1_900_000_000, 1_000),
          "vpn/office",
          1);
  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpPages pages;

  HttpPagesTest() throws IOException {
    pages =
        HttpPages.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            () -> true,
            ready::get,
            page::scrape);
  }

  @AfterEach
  void close() {
    http.close();
    pages.close();
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + pages.address().getPort() + path);
    return http.send(
        HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build(),
        BodyHandlers.ofString());
  }

  @Test
  void readiness_follows_the_instance_and_liveness_does_not() throws Exception {
    assertThat(ask("GET", "/healthz").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(503);
    ready.set(true);
    assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(200);
    assertThat(ask("HEAD", "/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void other_paths_and_methods_are_refused() throws Exception {
    assertThat(ask("GET", "/").statusCode()).isEqualTo(404);
    assertThat(ask("GET", "/metrics/x").statusCode()).isEqualTo(404);
    assertThat(ask("POST", "/metrics").statusCode()).isEqualTo(405);
  }

  @Test
  void every_count_is_on_the_metrics_page() throws Exception {
    counts.passed(Flow.FROM_LINK, 3, 4000);
    counts.dropped(DropReason.SPOOFED_SOURCE);
    counts.sessionOpened();
    counts.sessionClosed(CloseReason.CUT_OFF);
    counts.sessions(5, 2);
    counts.slowTask(1_000_000, 2_000_000);
    counts.loopTurn(20_000_000);
    counts.loopPaused();
    counts.reached(StartStage.MAIN, 250_001_000);
    counts.reached(StartStage.MAIN, 900_001_000);
    HttpResponse<String> answer = ask("GET", "/metrics");
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).contains("version=0.0.4");
    String labels = "cluster=\"vpn/office\",lane=\"1\"";
    assertThat(answer.body())
        .contains("ovenbird_packets_total{" + labels.replace(",lane", ",flow=\"from_link\",lane"))
        .contains(
            "ovenbird_dropped_packets_total{" + labels + ",reason=\"spoofed_source\"} 1.0",
            "ovenbird_sessions_closed_total{" + labels + ",reason=\"cut_off\"} 1.0",
            "ovenbird_sessions_opened_total{" + labels + "} 1.0",
            "ovenbird_sessions{" + labels + "} 5.0",
            "ovenbird_sessions_half_open{" + labels + "} 2.0",
            "ovenbird_slow_tasks_run_seconds_total{" + labels + "} 0.002",
            "ovenbird_loop_turns_slow_total{" + labels + "} 1.0",
            "ovenbird_loop_pauses_total{" + labels + "} 1.0",
            "ovenbird_loop_turn_longest_seconds{" + labels + "} 0.02",
            "ovenbird_roster_age_seconds{" + labels + "} 12.5",
            "ovenbird_start_seconds{" + labels + ",stage=\"main\"} 0.25",
            "ovenbird_start_seconds{" + labels + ",stage=\"first_packet\"} NaN",
            "ovenbird_certificate_expiry_timestamp_seconds{" + labels + "} 1.9E9");
    assertThat(ask("GET", "/metrics").body())
        .contains("ovenbird_loop_turn_longest_seconds{" + labels + "} 0.0");
  }
}
