#!/usr/bin/env bash
# The examples of macros in RFC 7208 are expanded to other names.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: libspf2 1.2.10 (Exim uses it), Mail::SPF 2.9.0 (SpamAssassin uses it), pyspf 2.0.14 (Debian 12), mailauth 4.13.3 (npm)
Guess:    All give the names of RFC 7208, section 7.4, for strong-bad@email.example.com, and the sender of a VERP address,
          bounces+ann=example.org@, is looked up like any other.
Behavior: libspf2 loses the first letter of the domain where a digit is not less than its number of labels: it asks for
          mail.example.com, and what is found there decides. Mail::SPF does not split at the delimiter in %{l-}. mailauth asks for no
          name with "=" or "@" in it, and the result is temperror. Only pyspf does what the table says.
          A record with %{d} and %{i} alone, without digits, is read right by all.
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
    if kind == "TXT" and str(name).lower() == "email.example.com.":
        with open("record") as file:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"' + file.read().strip() + '"'))
    elif kind == "A" and str(name).lower().endswith(".exists.test."):
        with open("asked", "a") as file:
            file.write(str(name).lower().replace("\\@", "@").removesuffix(".exists.test.") + "\n")
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "127.0.0.2"))
    server.sendto(answer.to_wire(), client)
FILE

cat > try.py <<'FILE'
import spf, sys
print(spf.check2(i="192.0.2.3", s=sys.argv[1], h="mta.test")[0])
FILE

cat > try.mjs <<'FILE'
import { spf } from "mailauth/lib/spf/index.js";
console.log((await spf({ ip: "192.0.2.3", sender: process.argv[2], helo: "mta.test" })).status.result);
FILE

cat > try.sh <<'FILE'
ip link set lo up
printf 'nameserver 127.0.0.1\noptions timeout:2 attempts:2\n' > resolv.conf
mount --bind resolv.conf /etc/resolv.conf
/usr/bin/python3 server.py > server.log 2>&1 &
server=$!
until grep -q ready server.log; do sleep 0.1; done
ask() {
    : > asked
    result=$("${@:2}" 2> log | head -n 1) || true
    printf '; %s %s' "$1" "$([ "$(head -n 1 asked)" = "$expected" ] && echo right || echo "[$(head -n 1 asked)] $result")"
}
while read -r macro expected sender; do
    echo "v=spf1 exists:$macro.exists.test -all" > record
    printf '%s' "$macro"
    ask libspf2 spfquery.libspf2 -ip=192.0.2.3 "-sender=$sender" -helo=mta.test
    ask Mail::SPF spfquery.mail-spf-perl --id "$sender" --ip 192.0.2.3 --helo-id mta.test
    ask pyspf /usr/bin/python3 try.py "$sender"
    ask mailauth node try.mjs "$sender"
    echo
done <<'TABLE'
%{d} email.example.com strong-bad@email.example.com
%{d4} email.example.com strong-bad@email.example.com
%{d3} email.example.com strong-bad@email.example.com
%{d2} example.com strong-bad@email.example.com
%{l-} strong.bad strong-bad@email.example.com
%{lr-} bad.strong strong-bad@email.example.com
%{s} strong-bad@email.example.com strong-bad@email.example.com
%{l} bounces+ann=example.org bounces+ann=example.org@email.example.com
%{ir}.%{v}._spf.%{d2} 3.2.0.192.in-addr._spf.example.com strong-bad@email.example.com
TABLE
kill "$server"
FILE

seen=$(unshare -rnm bash try.sh)
expected=$(cat <<'EXPECTED'
%{d}; libspf2 right; Mail::SPF right; pyspf right; mailauth right
%{d4}; libspf2 [mail.example.com] pass; Mail::SPF right; pyspf right; mailauth right
%{d3}; libspf2 [mail.example.com] pass; Mail::SPF right; pyspf right; mailauth right
%{d2}; libspf2 right; Mail::SPF right; pyspf right; mailauth right
%{l-}; libspf2 right; Mail::SPF [strong-bad] pass; pyspf right; mailauth right
%{lr-}; libspf2 right; Mail::SPF right; pyspf right; mailauth right
%{s}; libspf2 right; Mail::SPF right; pyspf right; mailauth [] temperror
%{l}; libspf2 right; Mail::SPF right; pyspf right; mailauth [] temperror
%{ir}.%{v}._spf.%{d2}; libspf2 right; Mail::SPF right; pyspf right; mailauth right
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
