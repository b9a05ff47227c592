#!/usr/bin/env bash
# A hyphen in the sender becomes part of the recipient that a VERP address names.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Mail::Verp 0.06 (Debian 12)
Guess:    What encode() makes of a sender and a recipient, decode() takes apart into the same two.
Behavior: The separator is a hyphen. encode() protects it in the recipient, not in the sender; decode() cuts at
          the first one. With a sender as shop-bounces@ the bounce of one recipient counts for another address,
          "bounces-bob@". A user sets another separator, which must not be in the sender.
FACTS

for package in libmail-verp-perl=0.06+dfsg; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

cat > try.pl <<'FILE'
use Mail::Verp;
for my $separator ('-', '+') {
    my $verp = Mail::Verp->new(separator => $separator);
    for my $sender ('bounces@shop.test', 'shop-bounces@shop.test') {
        my $path = $verp->encode($sender, 'bob-x@b.test');
        print "$path: ", join(', ', $verp->decode($path)), "\n";
    }
}
FILE

seen=$(perl try.pl)
expected=$(cat <<'EXPECTED'
bounces-bob+2Dx=b.test@shop.test: bounces@shop.test, bob-x@b.test
shop-bounces-bob+2Dx=b.test@shop.test: shop@shop.test, bounces-bob-x@b.test
bounces+bob+2Dx=b.test@shop.test: bounces@shop.test, bob-x@b.test
shop-bounces+bob+2Dx=b.test@shop.test: shop-bounces@shop.test, bob-x@b.test
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
