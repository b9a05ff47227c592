#!/usr/bin/env bash
# An inliner of CSS encodes the placeholder of a link, so that nothing is filled in.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: ruby-premailer 1.14.2, ruby-roadie 5.1.0 (Debian 12), juice 11.1.1 (npm)
Guess:    A template goes through the inliner before its placeholders are filled: {{ url }} in a link stays as it is.
Behavior: The Ruby inliners write it in percent encoding, since their writer of HTML 4 encodes addresses: the engine finds no
          placeholder, and the link of the finished email is %7B%7B%20url%20%7D%7D. Text and other attributes are not
          touched, and juice keeps all of them. Fill in first, and inline then.
FACTS

for package in ruby-premailer=1.14.2 ruby-roadie=5.1.0; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

npm install --silent --no-audit --no-fund --ignore-scripts juice@11.1.1 > npm.log 2>&1

cat > email.html <<'FILE'
<html><head><style>a { color: red }</style></head>
<body><p title="{{ name }}">Dear {{ name }},</p><a href="{{ url }}">order</a><a href="https://example.com/{{ id }}">all</a>
<img src="{{ logo }}"></body></html>
FILE

cat > try.rb <<'FILE'
require "premailer"
require "roadie"
html = File.read("email.html")
def tell(name, html) = puts("#{name}: " + html.scan(/(?:title|href|src)="([^"]*)"/).flatten.join(", "))
tell("premailer", Premailer.new(html, with_html_string: true, adapter: :nokogiri).to_inline_css)
tell("roadie", Roadie::Document.new(html).transform)
FILE

cat > try.cjs <<'FILE'
const html = require("juice")(require("fs").readFileSync("email.html", "utf8"));
console.log("juice: " + [...html.matchAll(/(?:title|href|src)="([^"]*)"/g)].map(one => one[1]).join(", "));
FILE

seen=$(ruby try.rb; node try.cjs)
expected=$(cat <<'EXPECTED'
premailer: {{ name }}, %7B%7B%20url%20%7D%7D, https://example.com/%7B%7B%20id%20%7D%7D, %7B%7B%20logo%20%7D%7D
roadie: {{ name }}, %7B%7B%20url%20%7D%7D, https://example.com/%7B%7B%20id%20%7D%7D, %7B%7B%20logo%20%7D%7D
juice: {{ name }}, {{ url }}, https://example.com/{{ id }}, {{ logo }}
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
