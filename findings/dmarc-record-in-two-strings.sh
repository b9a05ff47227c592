#!/usr/bin/env bash
# A DMARC record of two strings has another policy, or is not found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: authheaders 0.15.2, Mail::DMARC 1.20211209, OpenDMARC 1.4.2 (Debian 12), mailauth 4.13.3 (npm)
Guess:    The strings of a TXT record are joined (RFC 7208, section 3.3, as for every record of text): a record of more than 255
          octets, as with the addresses of several services for reports, is read like any other. A record with "rua" and
          without "p" is one with p=none (RFC 7489, section 6.6.3).
Behavior: authheaders sees the quotes between the strings: "sp=none" behind them is not known, and a message of a subdomain is to be
          rejected; if "p" is behind them, there is no record. Cut such a record within "rua", and put that last. Without "p",
          authheaders and OpenDMARC find nothing, and mailauth has a failure without a policy; Mail::DMARC alone has none.
FACTS

for package in python3-authheaders=0.15.2 libmail-dmarc-perl=1.20211209 opendmarc=1.4.2 python3-dnspython=2.3.0; do
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
    if kind == "TXT" and str(name).lower() == "_dmarc.example.com.":
        with open("record") as file:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", file.read().strip()))
    elif kind == "A":
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.9"))
    server.sendto(answer.to_wire(), client)
FILE

cat > try.py <<'FILE'
import warnings
warnings.simplefilter("ignore")
import authheaders
result = authheaders.check_dmarc(b"From: ann@news.example.com\r\n\r\n", None, None)
print(f"{result.result} {result.policy}")
FILE

cat > try.pl <<'FILE'
use Mail::DMARC::PurePerl;
my $dmarc = Mail::DMARC::PurePerl->new;
$dmarc->header_from("news.example.com");
$dmarc->source_ip("192.0.2.1");
$dmarc->spf([]);
$dmarc->dkim([{ domain => "other.test", selector => "s", result => "pass" }]);
my $result = $dmarc->validate;
print $result->result, " ", $result->disposition, "\n";
FILE

cat > try.mjs <<'FILE'
import verify from "mailauth/lib/dmarc/verify.js";
const found = await verify({ headerFrom: "ann@news.example.com", spfDomains: [], dkimDomains: [] });
console.log(found.status.result, found.policy);
FILE

cat > try.sh <<'FILE'
ip link set lo up
printf 'nameserver 127.0.0.1\noptions timeout:2 attempts:2\n' > resolv.conf
mount --bind resolv.conf /etc/resolv.conf
/usr/bin/python3 server.py > server.log 2>&1 &
server=$!
until grep -q ready server.log; do sleep 0.1; done
while read -r record; do
    echo "$record" > record
    echo "$record"
    echo "  authheaders: $(/usr/bin/python3 try.py 2>> log)"
    echo "  Mail::DMARC: $(perl try.pl 2>> log)"
    echo "  mailauth: $(node try.mjs 2>> log)"
    opendmarc-check example.com 2>&1 | grep -oE "Subdomain policy: .*|lacked a required p= entry" |
        sed "s|^.*: ||; s|^|  OpenDMARC: |" || true
done <<'TABLE'
"v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.com,mailto:reports@service.example"
"v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.com," "mailto:reports@service.example"
"v=DMARC1; p=reject; rua=mailto:dmarc@example.com,mailto:reports@service.example; " "sp=none"
"v=DMARC1; " "p=reject; sp=none; rua=mailto:dmarc@example.com,mailto:reports@service.example"
"v=DMARC1; rua=mailto:dmarc@example.com"
TABLE
kill "$server"
FILE

seen=$(unshare -rnm bash try.sh)
expected=$(cat <<'EXPECTED'
"v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.com,mailto:reports@service.example"
  authheaders: fail none
  Mail::DMARC: fail none
  mailauth: fail none
  OpenDMARC: none
"v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.com," "mailto:reports@service.example"
  authheaders: fail none
  Mail::DMARC: fail none
  mailauth: fail none
  OpenDMARC: none
"v=DMARC1; p=reject; rua=mailto:dmarc@example.com,mailto:reports@service.example; " "sp=none"
  authheaders: fail reject
  Mail::DMARC: fail none
  mailauth: fail none
  OpenDMARC: none
"v=DMARC1; " "p=reject; sp=none; rua=mailto:dmarc@example.com,mailto:reports@service.example"
  authheaders: none None
  Mail::DMARC: fail none
  mailauth: fail none
  OpenDMARC: none
"v=DMARC1; rua=mailto:dmarc@example.com"
  authheaders: none None
  Mail::DMARC: fail none
  mailauth: fail undefined
  OpenDMARC: lacked a required p= entry
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
