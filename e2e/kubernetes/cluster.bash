# ./ovenbird cluster: a test cluster that stands until it is told to go. Read by the launcher, whose functions it uses.

# cluster_pid STATE: of the process that holds it, if it runs.
cluster_pid() {
  local pid
  [[ -r $1/pid ]] && pid=$(<"$1/pid") && [[ -n $pid && -r /proc/$pid/cmdline ]] &&
    tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "StandingCluster up " && echo "$pid"
}

cluster_up() {
  local name=$1 nodes=$2 state=$WORK/cluster/$1 log=$WORK/cluster/$1/log job
  ! cluster_pid "$state" >/dev/null || die "cluster '$name' is up already: ./ovenbird cluster down, or another --name."
  [[ $nodes =~ ^[1-9]$ ]] || die "cluster up: --nodes is a number from 1 to 9, not '$nodes'."
  need_root "to make network namespaces, mounts and cgroups"
  need_cluster
  need_build
  { need_kubernetes && need_nodes; } >&2 || exit 1
  "${AS_ROOT[@]}" rm -rf "$state"
  mkdir -p "$state"
  say "Starting cluster '$name' with $nodes nodes…"
  # A process of its own, which neither this terminal's end nor its Ctrl-C reaches.
  (
    trap '' HUP INT
    java_main e2e dev.ovenbird.e2e.kubernetes.node.StandingCluster up "$name" "$nodes" "$state" "$WORK/images"
  ) >"$log" 2>&1 </dev/null &
  job=$!
  trap 'cluster_down "$name"; exit 130' INT TERM
  until [[ -e $state/ready ]]; do
    kill -0 $job 2>/dev/null || {
      tail -n 15 "$log" >&2
      die "cluster '$name' did not come up: the whole log is $log"
    }
    sleep 0.2
  done
  trap - INT TERM
  "${AS_ROOT[@]}" chown -R "$(id -u):$(id -g)" "$state"
  grep -E '^(Test cluster|Imported)' "$log"
  cat <<END

  ./ovenbird cluster$(cluster_option "$name") kubectl get nodes        or: export KUBECONFIG=$state/kubeconfig
  ./ovenbird cluster$(cluster_option "$name") down

Images: what ./ovenbird images has made, and ghcr.io/ovenbird/test-web:1 (a web server on port 8080).
Logs:   $state/logs (control plane), $(<"$state/folder")/node1/*.log (each node)
END
}

cluster_option() { [[ $1 == default ]] || printf ' --name %s' "$1"; }

cluster_down() {
  local name=$1 state=$WORK/cluster/$1 pid
  [[ -d $state ]] || die "there is no cluster '$name': ./ovenbird cluster status lists them."
  need_root "the cluster's processes are root's"
  if pid=$(cluster_pid "$state"); then
    "${AS_ROOT[@]}" kill "$pid"
    for ((i = 0; i < 600; i++)); do
      [[ -d /proc/$pid ]] || break
      sleep 0.1
    done
    [[ ! -d /proc/$pid ]] || die "cluster '$name' (process $pid) has not ended within 60 s: $state/log"
  elif is_built; then
    # It was killed: its processes went with it, its networks and cgroups did not.
    need_jdk
    (java_main e2e dev.ovenbird.e2e.kubernetes.node.StandingCluster sweep) >&2
  fi
  "${AS_ROOT[@]}" rm -rf "$state"
  say "Cluster '$name' is gone."
}

cluster_status() {
  local state found=
  for state in "$WORK"/cluster/*/; do
    [[ -d $state ]] || continue
    found=yes
    state=${state%/}
    if ! cluster_pid "$state" >/dev/null; then
      echo "${state##*/}: dead; ./ovenbird cluster$(cluster_option "${state##*/}") down clears it away"
    elif [[ ! -e $state/ready ]]; then
      echo "${state##*/}: starting; $state/log"
    else
      echo "${state##*/}: up, KUBECONFIG=$state/kubeconfig"
      cluster_program kubectl "${state##*/}" get nodes || true
    fi
  done
  [[ -n $found ]] || echo "No cluster: ./ovenbird cluster up starts one."
}

# cluster_program PROGRAM CLUSTER ARGUMENTS…
cluster_program() {
  local program=$1 state=$WORK/cluster/$2
  [[ -e $state/ready ]] && cluster_pid "$state" >/dev/null || die "cluster '$2' is not up: ./ovenbird cluster$(cluster_option "$2") up"
  shift 2
  case $program in
    kubectl) program=$("$HOME_DIR/e2e/kubernetes/build" --built)/kubectl ;;
    helm) program=$("$HOME_DIR/e2e/kubernetes/build-nodes" --built)/helm ;;
  esac
  KUBECONFIG=$state/kubeconfig "$program" "$@"
}

cluster() {
  local name=default nodes=3 command=''
  while (($# > 0)); do
    case $1 in
      --name | --nodes)
        (($# > 1)) || die "cluster: $1 needs a value."
        [[ $1 == --nodes ]] && nodes=$2 || name=$2
        shift 2
        ;;
      up | down | status)
        [[ -z $command ]] || die "cluster: one command at a time, not $command and $1."
        command=$1
        shift
        ;;
      # All that follows is theirs.
      kubectl | helm)
        command=$1
        shift
        break
        ;;
      *) die "cluster: unknown '$1': ./ovenbird cluster [--name NAME] up [--nodes N] | down | status | kubectl … | helm …" ;;
    esac
  done
  [[ $name =~ ^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$ ]] ||
    die "cluster: --name has up to 22 lower-case letters, digits and dashes, unlike '$name'."
  case $command in
    up) cluster_up "$name" "$nodes" ;;
    down) cluster_down "$name" ;;
    status) cluster_status ;;
    kubectl | helm) cluster_program "$command" "$name" "$@" ;;
    *) die "cluster: there are: up [--nodes N], down, status, kubectl …, helm …; all take --name NAME." ;;
  esac
}
