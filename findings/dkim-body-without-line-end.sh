#!/usr/bin/env bash
# A signed message whose last line has no CRLF fails in the verifier in SpamAssassin.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Mail::DKIM 1.20230212 and dkimpy 1.1.4 (Debian 12), mailauth 4.13.3 (npm)
Guess:    A CRLF is added before the hash (RFC 6376, section 3.4.3), so the message passes. With BDAT (RFC
          3030) such a message can be sent.
Behavior: Mail::DKIM says that the body has been altered; the others pass. A sender writes the last CRLF
          itself.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailauth@4.13.3 > npm.log 2>&1
for package in python3-dkim=1.1.4 libmail-dkim-perl=1.20230212; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
openssl genrsa -out key.pem 2048 2> openssl.log
spki=$(openssl rsa -in key.pem -pubout -outform DER 2>> openssl.log | base64 -w0)
echo "v=DKIM1; k=rsa; p=$spki" > record.txt

cat > sign.py <<'FILE'
import dkim, sys
message = b"From: ann@a.test\r\nTo: b@c.test\r\nSubject: Hello\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n"
if len(sys.argv) > 1:
    message = message[:-2]
open("mail.eml", "wb").write(dkim.sign(message, b"s", b"a.test", open("key.pem", "rb").read(), include_headers=[b"from", b"to", b"subject"]) + message)
FILE

cat > try.mjs <<'FILE'
import fs from "fs";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
const record = fs.readFileSync("record.txt", "latin1").trim();
const read = await dkimVerify(fs.readFileSync("mail.eml"), { resolver: async () => [record.match(/.{1,255}/g)] });
const status = read.results[0].status;
console.log("mailauth: " + status.result + (status.comment ? ` (${status.comment})` : ""));
FILE

cat > try.pl <<'FILE'
use Mail::DKIM::Verifier;
open my $file, "<", "record.txt"; our $record = <$file>; chomp $record;
{
    package Resolver; sub query { bless {}, "Packet" } sub send { bless {}, "Packet" } sub errorstring { "" } sub timeout { } sub can { 1 }
    package Packet; sub answer { bless {}, "Answer" } sub header { bless {}, "Header" }
    package Header; sub rcode { "NOERROR" }
    package Answer; sub type { "TXT" } sub txtdata { wantarray ? $main::record =~ /.{1,255}/g : $main::record }
}
Mail::DKIM::DNS::resolver(bless {}, "Resolver");
my $verifier = Mail::DKIM::Verifier->new;
open my $mail, "<:raw", "mail.eml"; local $/;
$verifier->PRINT(<$mail>);
$verifier->CLOSE;
(my $detail = ($verifier->signatures)[0]->result_detail) =~ s/\s+/ /g;
print "Mail::DKIM: $detail\n";
FILE

cat > try.py <<'FILE'
import dkim
record = open("record.txt", "rb").read().strip()
try:
    print("dkimpy:", "pass" if dkim.verify(open("mail.eml", "rb").read(), dnsfunc=lambda name, timeout=5: record) else "fail")
except Exception as exception:
    print("dkimpy:", type(exception).__name__)
FILE

seen=$(/usr/bin/python3 sign.py open; /usr/bin/python3 try.py; node try.mjs; perl try.pl)
expected=$(cat <<'EXPECTED'
dkimpy: pass
mailauth: pass
Mail::DKIM: fail (body has been altered)
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
