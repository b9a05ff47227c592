#!/usr/bin/env bash
# Two network namespaces with a link between them: MTU 1500, with segmentation offload, as network cards do it.
#   network.sh up CLIENT SERVER      creates them; prints "yes" if tc netem can delay, otherwise "no"; fails if the machine forbids it
#   network.sh delay SERVER MS       delays both directions by MS; 0: none. Is called from within CLIENT
#   network.sh down CLIENT SERVER
set -euo pipefail

netem() { # DEVICE MS, and the prefix that enters a namespace
    local device=$1 ms=$2
    shift 2
    "$@" tc qdisc del dev "$device" root 2>/dev/null || true
    [ "$ms" -eq 0 ] || "$@" tc qdisc add dev "$device" root netem delay "${ms}ms" limit 100000
}

case $1 in
up)
    client=$2 server=$3
    ip netns add "$client"
    ip netns add "$server"
    ip link add near netns "$client" mtu 1500 type veth peer name far netns "$server"
    ip -n "$client" addr add 10.77.0.1/30 dev near
    ip -n "$server" addr add 10.77.0.2/30 dev far
    for end in "$client near" "$server far"; do
        # shellcheck disable=SC2086
        set -- $end
        ip -n "$1" link set lo up
        ip -n "$1" link set "$2" mtu 1500 up
    done
    if netem near 10 ip netns exec "$client" 2>/dev/null; then
        netem near 0 ip netns exec "$client"
        echo yes
    else
        echo no
    fi
    ;;
delay)
    netem near "$3"
    netem far "$3" ip netns exec "$2"
    ;;
down)
    # This also removes the link.
    ip netns del "$2" 2>/dev/null || true
    ip netns del "$3" 2>/dev/null || true
    ;;
esac
