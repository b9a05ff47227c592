#!/usr/bin/env bash
# A policy of MTA-STS that is still fresh is fetched at each call, and one that has run out is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: mailauth 4.13.3 (npm)
Guess:    getPolicy() with the known policy uses it while it is fresh and the id in the DNS is the same (RFC 8461,
          section 3.1), and fetches one that has run out.
Behavior: The other way round: with a fresh one it looks for the web host and connects to it at each call, here in
          vain. One that ran out yesterday is "renewed" without a look at the host. A sender that asks for each
          email makes a web request for each, of up to 15 seconds.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts mailauth@4.13.3 > npm.log 2>&1

cat > try.cjs <<'FILE'
const { getPolicy } = require("mailauth/lib/mta-sts");
(async () => {
  for (const [name, days] of [["fresh for six days", 6], ["run out yesterday", -1]]) {
    const asked = [];
    const resolver = async (host, type) => {
      asked.push(`${type} ${host}`);
      return type === "TXT" ? [["v=STSv1; id=7;"]] : ["127.0.0.1"];
    };
    const expires = new Date(Date.now() + days * 86400000).toISOString();
    const known = { id: "7", mode: "enforce", mx: ["mx.b.test"], maxAge: 604800, expires };
    const { status, policy } = await getPolicy("b.test", known, { resolver });
    console.log(`${name}: ${status}, mode ${policy.mode}, asked for ${asked.join(", ")}`);
  }
})();
FILE

seen=$(node try.cjs)
expected=$(cat <<'EXPECTED'
fresh for six days: errored, mode enforce, asked for TXT _mta-sts.b.test, A mta-sts.b.test
run out yesterday: renewed, mode enforce, asked for TXT _mta-sts.b.test
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
