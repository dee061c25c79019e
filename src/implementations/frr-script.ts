/**
 * The script that keeps zebra and vrrpd as one process with one end: it starts them in the order that they need, says
 * when every virtual router is configured, passes SIGTERM on to vrrpd first, and ends when either ends. It runs in a
 * mount namespace of its own, as root of that namespace's user: FRR insists on a group `frrvty` that its user is in, and
 * on a /var/tmp that it may write to.
 *
 * Its arguments: the router's folder, the folder of zebra and vrrpd, the path of vtysh, how many virtual routers there
 * are, and the interfaces that they are on.
 */
export const FRR_SCRIPT = `set -u
folder=$1 programs=$2 vtysh=$3 virtual_routers=$4
shift 4
run=$folder/run
options=(-u root -g root -A 127.0.0.1 -P 0 --log stdout --log-level debugging --vty_socket "$run" -z "$run/zserv.api")
await() {
  until "$@"; do
    kill -0 "$zebra" && kill -0 "$vrrpd" || exit 1
    sleep 0.02
  done
}
configured() {
  "$vtysh" --vty_socket "$run" -c 'show vrrp json' 2>/dev/null |
    grep -cE '"status": *"(Backup|Master)"' | grep -qx "$virtual_routers"
}
stop() {
  kill -TERM "$vrrpd" 2>/dev/null && wait "$vrrpd"
  kill -TERM "$zebra" 2>/dev/null && wait "$zebra"
  exit 0
}
mount --bind "$folder/group" /etc/group && mount -t tmpfs tmpfs /var/tmp || exit 1
# FRR's documentation: the interface does not answer ARP for addresses that are on the macvlan alone.
for interface in "$@"; do echo 1 >"/proc/sys/net/ipv4/conf/$interface/arp_ignore" || exit 1; done
# Sockets and pid files of one that was killed are of no use.
rm -rf "$run" && mkdir "$run" || exit 1
"$programs/zebra" "\${options[@]}" -f "$folder/zebra.conf" -i "$run/zebra.pid" &
zebra=$! vrrpd=$!
trap stop TERM
await test -S "$run/zserv.api" -a -S "$run/zebra.vty"
"$programs/vrrpd" "\${options[@]}" -f "$folder/vrrpd.conf" -i "$run/vrrpd.pid" &
vrrpd=$!
await test -S "$run/vrrpd.vty"
await configured
echo "ready: $virtual_routers virtual router(s)"
wait -n "$zebra" "$vrrpd"
status=$?
kill -KILL "$zebra" "$vrrpd" 2>/dev/null
echo "zebra or vrrpd ended with exit status $status"
exit 1
`;
