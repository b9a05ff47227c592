#!/usr/bin/env bash
# Compares with other mail clients, and prints tables in Markdown. Installs what it needs: packages of Debian (as root; otherwise the
# table names the missing clients) and nodemailer of npm.
#   compare.sh [quick|full] [part of a title]     quick takes some minutes, full about an hour; "compare.sh full TLS" prints those tables only
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
extent=${1:-quick}
here=$PWD/tests/SmtpTransporter.Benchmarks
peers=$PWD/artifacts/benchmarks/peers
log=$PWD/artifacts/benchmarks/prepare.log
mkdir -p "$peers"
: >"$log"
say() { echo "$*" >&2; }

install_packages() {
    local missing=()
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    [ -e /usr/include/openssl/ssl.h ] || missing+=(libssl-dev)
    compgen -G '/usr/include/*/curl/curl.h' >/dev/null || [ -e /usr/include/curl/curl.h ] || missing+=(libcurl4-openssl-dev)
    command -v go >/dev/null || missing+=(golang-go)
    command -v javac >/dev/null || missing+=(default-jdk-headless)
    [ -e /usr/share/java/jakarta-mail.jar ] || missing+=(libjakarta-mail-java)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    command -v python3 >/dev/null || missing+=(python3)
    [ -x /usr/sbin/smtp-source ] || missing+=(postfix)
    command -v ip >/dev/null || missing+=(iproute2)
    command -v taskset >/dev/null || missing+=(util-linux)
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        say "Missing, and not installed without root and apt-get: ${missing[*]}"
        return 0
    fi
    say "Installing ${missing[*]}"
    local policy=/usr/sbin/policy-rc.d ours=
    # Prevents servers from starting when they are installed.
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"; } >>"$log" 2>&1 </dev/null ||
        say "Not all could be installed, see $log"
    [ -z "$ours" ] || rm -f "$policy"
}

# NAME RESULT COMMAND...: a peer that cannot be built is left out; the table says so.
build() {
    local name=$1 result=$2
    shift 2
    rm -rf "$result"
    "$@" >>"$log" 2>&1 </dev/null || { rm -rf "$result"; say "$name is left out, see $log"; }
}

build_peers() {
    build libcurl "$peers/libcurl-peer" gcc -O2 -Wall -o "$peers/libcurl-peer" "$here/Peers/libcurl.c" -lcurl -pthread
    build Go "$peers/gosmtp" env GO111MODULE=off GOCACHE="$peers/.go" go build -o "$peers/gosmtp" "$here/Peers/gosmtp.go"
    build Java "$peers/JavaMail.class" \
        javac -cp /usr/share/java/jakarta-mail.jar:/usr/share/java/jakarta-activation.jar -d "$peers" "$here/Peers/JavaMail.java"
    if ! cmp -s "$here/Peers/package.json" "$peers/package.json" || [ ! -d "$peers/node_modules/nodemailer" ]; then
        cp "$here/Peers/package.json" "$peers/package.json"
        build nodemailer "$peers/node_modules" npm install --prefix "$peers" --no-package-lock --no-audit --no-fund
    fi
}

client=benchmarks-client-$$ server=benchmarks-server-$$ network=no
finish() { [ "$network" = no ] || bash "$here/network.sh" down "$client" "$server"; }
trap finish EXIT

install_packages
build_peers
say "Building"
dotnet build -c Release "$here" >>"$log" 2>&1 </dev/null || { tail -n 20 "$log" >&2; exit 1; }

program=(dotnet exec "$here/bin/Release/net10.0/SmtpTransporter.Benchmarks.dll" compare "$extent" "${@:2}")
if [ "$(id -u)" -eq 0 ] && netem=$(bash "$here/network.sh" up "$client" "$server" 2>>"$log") && ip netns exec "$client" true 2>>"$log"; then
    network=yes
    export BENCHMARKS_FAR_NAMESPACE=$server BENCHMARKS_NETEM=$netem
    ip netns exec "$client" "${program[@]}"
else
    bash "$here/network.sh" down "$client" "$server"
    say "No network namespaces here: all runs go over the loopback"
    "${program[@]}"
fi
