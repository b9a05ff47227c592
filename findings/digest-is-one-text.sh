#!/usr/bin/env bash
# The messages of a digest are one text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailparser 3.14.2, emailjs-mime-parser 2.0.7 (npm), ruby-mail 2.7.1 (Debian 12)
Guess:    In multipart/digest a part without a type is a message (RFC 2046, section 5.1.5): two attached
          messages, as with an explicit message/rfc822.
Behavior: All three take the parts for text, with their header fields in it. mailparser has no
          attachments; what a mailing list sends as a digest cannot be taken apart.
FACTS

for package in ruby-mail=2.7.1+dfsg1; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
npm install --silent --no-audit --no-fund --ignore-scripts mailparser@3.14.2 emailjs-mime-parser@2.0.7 > npm.log 2>&1
cat > try.cjs <<'FILE'
const raw = require("fs").readFileSync("try.eml");
require("mailparser").simpleParser(raw).then(mail => {
  console.log(`mailparser: ${mail.attachments.length} attachments, ${JSON.stringify(mail.text)}`);
  const parts = require("emailjs-mime-parser").default(raw).childNodes;
  console.log("emailjs-mime-parser: " + parts.map(p => p.contentType.value).join(" "));
});
FILE
cat > try.rb <<'FILE'
require 'mail'
puts "mail: #{Mail.new(File.binread('try.eml')).parts.map { |part| part.mime_type || 'text/plain' }.join(' ')}"
FILE
cat > make.sh <<'FILE'
printf 'MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: one\r\nFrom: a@b.test\r\n\r\nFirst\r\n--b\r\n\r\nSubject: two\r\nFrom: a@b.test\r\n\r\nSecond\r\n--b--\r\n' > try.eml
FILE

seen=$(bash make.sh; node try.cjs; ruby try.rb)
expected=$(cat <<'EXPECTED'
mailparser: 0 attachments, "Subject: one\nFrom: a@b.test\n\nFirst\nSubject: two\nFrom: a@b.test\n\nSecond"
emailjs-mime-parser: text/plain text/plain
mail: text/plain text/plain
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
