#!/usr/bin/env bash
# A file that has both forms of a name gets the worse one, or both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: libmail-message-perl 3.012, Python 3.11.2 email package (Debian 12), eml-parse-js 1.1.15 (npm)
Guess:    As in HTTP (RFC 6266, section 4.3), filename* wins over filename, which is there for old
          readers; every reader prefers it.
Behavior: Python takes the first of both, Mail::Message the last, and eml-parse-js writes one name
          behind the other. There is no order in which both forms help: a writer should choose one.
FACTS

for package in libmail-message-perl=3.012 python3.11=3.11.2; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
npm install --silent --no-audit --no-fund --ignore-scripts eml-parse-js@1.1.15 > npm.log 2>&1
cat > try.py <<'FILE'
import email
import email.policy
import sys
print('Python:', email.message_from_string(sys.stdin.read(), policy=email.policy.default).get_filename())
FILE
cat > try.pl <<'FILE'
use Mail::Message;
my $raw = do { local $/; <STDIN> };
print 'Mail::Message: ', Mail::Message->read($raw)->body->dispositionFilename, "\n";
FILE
cat > try.cjs <<'FILE'
const eml = require("eml-parse-js").readEml(require("fs").readFileSync(0, "utf8").replaceAll("\n", "\r\n"));
console.log("eml-parse-js: " + eml.attachments[0].name);
FILE
cat > try.sh <<'FILE'
for names in 'filename=old.pdf; filename*=utf-8'"''"'new.pdf' 'filename*=utf-8'"''"'new.pdf; filename=old.pdf'; do
    printf 'From: a@b.test\nTo: b@b.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; %s\n\nAAAA\n--b--\n' "$names" > all.eml
    sed -n '/application.pdf/,/AAAA/p' all.eml > part.eml
    /usr/bin/python3 try.py < part.eml
    perl try.pl < part.eml
    node try.cjs < all.eml
done
FILE

seen=$(bash try.sh)
expected=$(cat <<'EXPECTED'
Python: old.pdf
Mail::Message: new.pdf
eml-parse-js: old.pdfnew.pdf
Python: new.pdf
Mail::Message: old.pdf
eml-parse-js: new.pdfold.pdf
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
