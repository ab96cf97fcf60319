/**
 * A real Kubernetes control plane for tests: etcd, kube-apiserver, kube-controller-manager and
 * kube-scheduler as processes on loopback, with Node objects that nothing runs on and a stand-in
 * for their kubelets.
 *
 * <pre>{@code
 * ControlPlane kubernetes = ControlPlane.shared();        // started once per JVM; or OVENBIRD_KUBECONFIG's
 * kubernetes.installDefinitions();                        // CRDs and policies of the crds module
 * try (Scope scope = new Scope()) {
 *   String namespace = kubernetes.namespace(scope, "office");       // fresh; deleted with the scope
 *   FakeNodes nodes = FakeNodes.start(scope, kubernetes);           // their pods become Ready by themselves
 *   nodes.add(3);                                                   // select them by nodes.labels()
 *   kubernetes.client().pods().inNamespace(namespace).list();       // fabric8, as admin
 *   kubernetes.kubectl("get", "vpn", "-n", namespace).output();
 *   Path file = kubernetes.kubeconfigOf(namespace, "agent");        // that ServiceAccount's own token
 * }
 * }</pre>
 *
 * A test that kills or restarts parts starts its own: {@code scope.add(ControlPlane.start())}, then
 * {@code plane.apiServer().kill()}, {@code .start()}, {@code plane.awaitReady()}.
 */
@NullMarked
package dev.ovenbird.e2e.kubernetes;

import org.jspecify.annotations.NullMarked;
