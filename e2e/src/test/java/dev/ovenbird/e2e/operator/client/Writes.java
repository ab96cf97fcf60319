package dev.ovenbird.e2e.operator.client;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Sees an operator's writes, and lets one of them fail before or after it is done. */
final class Writes implements Interceptor {
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final AtomicInteger before = new AtomicInteger(-1);
  private final AtomicInteger after = new AtomicInteger(-1);

  /** Fails in place of the write of this number; 0 is the first. */
  void failBefore(int number) {
    before.set(number);
  }

  /** Fails when the write of this number is done. */
  void failAfter(int number) {
    after.set(number);
  }

  /** Method and path of each write. */
  List<String> seen() {
    return seen;
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    if (!isWrite(request)) {
      return;
    }
    seen.add(request.method() + " " + request.uri().getPath());
    if (before.getAndDecrement() == 0) {
      throw new KubernetesClientException("fault before " + request.uri().getPath());
    }
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    if (isWrite(request) && after.getAndDecrement() == 0) {
      throw new KubernetesClientException("fault after " + request.uri().getPath());
    }
  }

  private static boolean isWrite(HttpRequest request) {
    return !request.method().equals("GET");
  }
}
