#!/usr/bin/env bash
# The recipients of a message come in another order each time it is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: libmail-message-perl 3.012 (Debian 12)
Guess:    The addresses of a field come in its order; the first one is the first recipient.
Behavior: They come in the order of a hash of Perl, which differs from run to run. Of 20 runs, hardly
          two are alike.
FACTS

for package in libmail-message-perl=3.012; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.pl <<'FILE'
use Mail::Message;
my $message = Mail::Message->read('To: ' . join(', ', map { "n$_\@b.test" } 1 .. 9) . "\n\nx\n");
print join(' ', map { $_->address } $message->head->study('To')->addresses), "\n";
FILE

seen=$(for i in $(seq 20); do perl try.pl; done | sort -u | awk 'END { print (NR > 1 ? "several orders" : "one order") }')
expected=$(cat <<'EXPECTED'
several orders
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
