#!/usr/bin/env bash
# A redirect in front of the mechanisms hides them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: libspf2 1.2.10 (Exim uses it), Mail::SPF 2.9.0 (SpamAssassin uses it), pyspf 2.0.14 (Debian 12), mailauth 4.13.3 (npm)
Guess:    "redirect" counts only if no mechanism matches (RFC 7208, section 6.1), wherever it stands: it should be at the
          end, and may be elsewhere. The record of a domain with its own server in front passes for that server.
Behavior: libspf2 follows the redirect where it stands, and never looks at what comes after: "redirect=_spf.example.net
          ip4:192.0.2.1 -all" is "fail" for 192.0.2.1, which it names. Put "redirect" last.
FACTS

for package in spfquery=1.2.10 spf-tools-perl=2.9.0 python3-spf=2.0.14 python3-dnspython=2.3.0; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

npm install --silent --no-audit --no-fund --ignore-scripts mailauth@4.13.3 > npm.log 2>&1

cat > server.py <<'FILE'
import dns.message, dns.rdatatype, dns.rrset, socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    octets, client = server.recvfrom(4096)
    answer = dns.message.make_response(dns.message.from_wire(octets))
    name, kind = answer.question[0].name, dns.rdatatype.to_text(answer.question[0].rdtype)
    if kind == "TXT":
        record = {
            "front.example.com.": "v=spf1 redirect=_spf.example.net ip4:192.0.2.1 -all",
            "end.example.com.": "v=spf1 ip4:192.0.2.1 -all redirect=_spf.example.net",
            "_spf.example.net.": "v=spf1 ip4:198.51.100.1 -all",
        }.get(str(name).lower())
        if record:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"' + record + '"'))
    server.sendto(answer.to_wire(), client)
FILE

cat > try.py <<'FILE'
import spf, sys
print(spf.check2(i=sys.argv[2], s=sys.argv[1], h="mta.test")[0])
FILE

cat > try.mjs <<'FILE'
import { spf } from "mailauth/lib/spf/index.js";
console.log((await spf({ ip: process.argv[3], sender: process.argv[2], helo: "mta.test" })).status.result);
FILE

cat > try.sh <<'FILE'
ip link set lo up
printf 'nameserver 127.0.0.1\noptions timeout:2 attempts:2\n' > resolv.conf
mount --bind resolv.conf /etc/resolv.conf
/usr/bin/python3 server.py > server.log 2>&1 &
server=$!
until grep -q ready server.log; do sleep 0.1; done
for sender in bounces@end.example.com bounces@front.example.com; do
    address=192.0.2.1
    echo "$sender from $address:" \
        "libspf2 $(spfquery.libspf2 "-ip=$address" "-sender=$sender" -helo=mta.test 2> log | head -n 1)," \
        "Mail::SPF $(spfquery.mail-spf-perl --id "$sender" --ip "$address" --helo-id mta.test 2> log | head -n 1)," \
        "pyspf $(/usr/bin/python3 try.py "$sender" "$address")," \
        "mailauth $(node try.mjs "$sender" "$address")"
done
kill "$server"
FILE

seen=$(unshare -rnm bash try.sh)
expected=$(cat <<'EXPECTED'
bounces@end.example.com from 192.0.2.1: libspf2 pass, Mail::SPF pass, pyspf pass, mailauth pass
bounces@front.example.com from 192.0.2.1: libspf2 fail, Mail::SPF pass, pyspf pass, mailauth pass
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
