/**
 * A real Kubernetes cluster on this machine: a control plane and nodes, each in namespaces of its
 * own with containerd, kubelet and kube-proxy, places outside the cluster and a small internet.
 */
@NullMarked
package dev.ovenbird.e2e.kubernetes.node;

import org.jspecify.annotations.NullMarked;
