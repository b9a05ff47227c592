#!/usr/bin/env bash
# Two recipients become one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: libmail-message-perl 3.012 (Debian 12)
Guess:    Two mailboxes are two addresses, whatever the charset of their names.
Behavior: If the names are encoded words, the field is one address, and the name of this one holds the
          others. The same names in ASCII give two. A robot that answers all recipients answers the last
          one.
FACTS

for package in libmail-message-perl=3.012; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done
cat > try.pl <<'FILE'
use Mail::Message;
binmode STDOUT, ':utf8';
for my $names (['Joe', 'Zoe'], ['=?utf-8?Q?Jo=C3=AB?=', '=?utf-8?Q?Zo=C3=AB?=']) {
    my $message = Mail::Message->read("To: $names->[0] <joe\@b.test>, $names->[1] <zoe\@b.test>\n\nx\n");
    my @found = $message->head->study('To')->addresses;
    print scalar(@found), ': ', join(' | ', sort map { $_->phrase . ' = ' . $_->address } @found), "\n";
}
FILE

seen=$(perl try.pl)
expected=$(cat <<'EXPECTED'
2: Joe = joe@b.test | Zoe = zoe@b.test
1: Joë <joe@b.test>, Zoë = zoe@b.test
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
