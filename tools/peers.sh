#!/usr/bin/env bash
# Installs the routers and the dissector that the tests compare with, where they are missing: keepalived, frr, tshark,
# and the tools that the lab calls. A policy-rc.d keeps apt from starting any service on the host.
set -u

# An ordinary user's PATH leaves out where programs for administrators are.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/lib/frr"

missing=()
command -v keepalived >/dev/null || missing+=(keepalived)
command -v vrrpd >/dev/null || missing+=(frr)
command -v tshark >/dev/null || missing+=(tshark)
command -v tcpdump >/dev/null || missing+=(tcpdump)
command -v nft >/dev/null || missing+=(nftables)
command -v ip >/dev/null || missing+=(iproute2)
# A browser is large: it is installed where nothing may be skipped.
[ "${CI:-}" != true ] || command -v chromium >/dev/null || missing+=(chromium)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Not installed: ${missing[*]}. The tests that need them will be skipped. To install them: sudo apt-get install --no-install-recommends ${missing[*]}"
  exit 0
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing ${missing[*]} (no service is started)"
apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
status=$?
[ $status -eq 0 ] || echo "apt-get could not install ${missing[*]} (exit status $status)" >&2
# A missing peer is a failure in CI; elsewhere its tests are skipped and say so.
[ "${CI:-}" = true ] && exit $status
exit 0
