#!/usr/bin/env bash
# The test mode of RFC 9989 does not keep messages from being rejected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: authheaders 0.15.2, Mail::DMARC 1.20211209 (Debian 12), mailauth 4.13.3 (npm)
Guess:    "p=reject; t=y" is a test: what fails is handled one level below, as with p=quarantine (RFC 9989), which has "t" in place of
          "pct"; checkers that do not know "t" are old ones.
Behavior: All three tell the receiver to reject, mailauth of 2026 and the mode dmarcbis of authheaders as well. "pct=0" is understood by
          Mail::DMARC; mailauth hands it to its caller, who has to draw. Test with p=none or p=quarantine and the reports.
FACTS

for package in python3-authheaders=0.15.2 libmail-dmarc-perl=1.20211209 python3-dnspython=2.3.0; do
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
result = authheaders.check_dmarc(b"From: ann@example.com\r\n\r\n", None, None)
bis = authheaders.dmarc_per_from("example.com", dmarcbis=True)
print(f"{result.policy}, dmarcbis {bis[3]}")
FILE

cat > try.pl <<'FILE'
use Mail::DMARC::PurePerl;
my $dmarc = Mail::DMARC::PurePerl->new;
$dmarc->header_from("example.com");
$dmarc->source_ip("192.0.2.1");
$dmarc->spf([]);
$dmarc->dkim([{ domain => "other.test", selector => "s", result => "pass" }]);
my $result = $dmarc->validate;
print $result->disposition, "\n";
FILE

cat > try.mjs <<'FILE'
import verify from "mailauth/lib/dmarc/verify.js";
const found = await verify({ headerFrom: "ann@example.com", spfDomains: [], dkimDomains: [] });
console.log(`${found.policy}, pct ${found.pct ?? "none"}`);
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
done <<'TABLE'
"v=DMARC1; p=reject"
"v=DMARC1; p=quarantine"
"v=DMARC1; p=reject; t=y"
"v=DMARC1; p=reject; pct=0"
TABLE
kill "$server"
FILE

seen=$(unshare -rnm bash try.sh)
expected=$(cat <<'EXPECTED'
"v=DMARC1; p=reject"
  authheaders: reject, dmarcbis reject
  Mail::DMARC: reject
  mailauth: reject, pct none
"v=DMARC1; p=quarantine"
  authheaders: quarantine, dmarcbis quarantine
  Mail::DMARC: quarantine
  mailauth: quarantine, pct none
"v=DMARC1; p=reject; t=y"
  authheaders: reject, dmarcbis reject
  Mail::DMARC: reject
  mailauth: reject, pct none
"v=DMARC1; p=reject; pct=0"
  authheaders: reject, dmarcbis reject
  Mail::DMARC: quarantine
  mailauth: reject, pct 0
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
