#!/bin/bash
# A node of the test cluster, inside its namespaces (network, mount, UTS, IPC, process ids).
#   node.sh boot     process 1: the machine's private view, then containerd
#   node.sh join     kubelet and kube-proxy, once containerd has the images
#   node.sh kubelet  the kubelet alone
# Beside this file: node.env with NAME ADDRESS BIN, and the configurations.
set -euo pipefail
DIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck disable=SC1091
. "$DIR/node.env"

# As at a boot of a real machine: no mount, file of /run or pod's cgroup of the time before.
private_view() {
  hostname "$NAME"
  mount --make-rprivate /
  # This network namespace's own /sys, with the machine's cgroups kept.
  mkdir -p "$DIR"/cgroup "$DIR"/var/{lib,log,tmp}
  ln -sfn /run "$DIR/var/run"
  mount --rbind /sys/fs/cgroup "$DIR/cgroup"
  mount -t sysfs sysfs /sys
  mount --rbind "$DIR/cgroup" /sys/fs/cgroup
  umount -l "$DIR/cgroup"
  mount -t tmpfs -o mode=755 tmpfs /run
  mount --bind "$DIR/var" /var
  mount --bind "$DIR/resolv.conf" /etc/resolv.conf
  mount --bind "$DIR/hosts" /etc/hosts
  # Tunables that the kubelet insists on: private copies, so that the machine keeps its own.
  local tunable file
  mkdir /run/tunables
  for tunable in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=/run/tunables/$(tr / _ <<<"${tunable%%=*}")
    echo "${tunable#*=}" >"$file"
    mount --bind "$file" "/proc/sys/${tunable%%=*}"
  done
  mount --make-rshared /
}

case $1 in
  boot)
    private_view
    containerd --config "$DIR/containerd.toml" >>"$DIR/containerd.log" 2>&1 &
    # ctr's answer is the only sign of readiness that containerd gives.
    until ctr version >/dev/null 2>&1; do
      kill -0 $! || exit 1
      sleep 0.05
    done
    echo "containerd is ready"
    # Buries whoever is handed to process 1.
    while :; do
      sleep infinity &
      wait $!
    done
    ;;
  join)
    "$0" kubelet
    setsid "$BIN/kube-proxy" --config="$DIR/proxy.yaml" >>"$DIR/kube-proxy.log" 2>&1 </dev/null &
    ;;
  kubelet)
    setsid "$BIN/kubelet" --config="$DIR/kubelet.yaml" --kubeconfig="$DIR/kubelet.kubeconfig" \
      --hostname-override="$NAME" --node-ip="$ADDRESS" --root-dir=/var/lib/kubelet \
      >>"$DIR/kubelet.log" 2>&1 </dev/null &
    echo $! >/run/kubelet.pid
    ;;
esac
