# In namespaces of its own: eth1 here, and the router at the far end of its cable in another namespace.
# Arguments: the folder of the far router, which router it is, then the command.
set -eu
export FAR_FOLDER=$1 FAR_ROUTER=$2
shift 2
mount -t tmpfs tmpfs /run
unshare --net sleep infinity &
far=$!
until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
export FAR_NAMESPACE=/proc/$far/ns/net
ip link set lo up
ip link add eth1 type veth peer name eth0 netns $far
ip link set eth1 up
nsenter --net=$FAR_NAMESPACE ip link set lo up
nsenter --net=$FAR_NAMESPACE ip link set eth0 up
nsenter --net=$FAR_NAMESPACE sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
"$@"
