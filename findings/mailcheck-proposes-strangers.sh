#!/usr/bin/env bash
# A sign-up form proposes the address of a stranger for one that is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailcheck 1.1.1, @zootools/email-spell-checker 1.12.0 (npm)
Guess:    "Did you mean ...?" is asked for misspelled domains alone, as gmial.com; the domains of email services, and names of top
          level that exist, are left as they are.
Behavior: For hey.com, pm.me, proton.me, email.com and mac.com, where people have addresses, and for .dev, .shop and .app, another
          domain is proposed, which exists as well: who accepts it gets no receipt, and a stranger gets it. Confirm an address by
          a message to it, and add these names to the lists of domains and topLevelDomains.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailcheck@1.1.1 @zootools/email-spell-checker@1.12.0 > npm.log 2>&1

cat > try.cjs <<'FILE'
const mailcheck = require("mailcheck");
const spelling = require("@zootools/email-spell-checker");
const checker = (spelling.default ?? spelling).run;
for (const domain of ["gmial.com", "gmail.com", "hey.com", "pm.me", "proton.me", "email.com", "mac.com", "gmx.li", "example.dev",
  "example.shop", "example.app", "example.ai"]) {
  const email = "ann@" + domain;
  console.log(`${domain}: ${mailcheck.run({ email })?.domain ?? "right"}, ${checker({ email })?.domain ?? "right"}`);
}
FILE

seen=$(node try.cjs)
expected=$(cat <<'EXPECTED'
gmial.com: gmail.com, gmail.com
gmail.com: right, right
hey.com: sky.com, right
pm.me: gmx.de, right
proton.me: proton.de, right
email.com: gmail.com, gmail.com
mac.com: right, mail.com
gmx.li: gmx.biz, gmx.ai
example.dev: example.de, right
example.shop: example.se, example.se
example.app: example.jp, right
example.ai: example.at, right
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
