#!/usr/bin/env bash
# A message that Exim has answered with 250 is deleted if Exim is stopped while it receives it over TLS.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Exim 4.96 (Debian 12, exim4-daemon-light 4.96-15+deb12u11)
Guess:    A SIGTERM to the process that receives, as at the shutdown of a machine, ends a session before the message is
          accepted or after it: what was answered with 250 stays in the queue (RFC 5321, section 6.1).
Behavior: A SIGTERM that comes while Exim checks the message lets it answer 250, and the next command makes it delete
          the message: it is not delivered, and nobody is told. Its log has the arrival and nothing else. Without TLS
          the message stays. Debian's script for a restart ends the daemon alone, and spares the process that receives.
FACTS

[ "$(id -u)" = 0 ] || { echo "It needs namespaces of its own, and so root."; exit 1; }
apt-get -qq -o APT::Sandbox::User=root download exim4-daemon-light=4.96-15+deb12u11 > apt.log 2>&1 || { cat apt.log; exit 1; }
dpkg-deb -x exim4-daemon-light_*.deb package
exim=$folder/package/usr/sbin/exim4
! ldd "$exim" | grep 'not found' || { echo "apt-get install exim4-daemon-light has these libraries."; exit 1; }
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost 2> openssl.log

cat > exim.conf <<FILE
primary_hostname = exim.test
spool_directory = $folder/spool
log_file_path = $folder/spool/%slog
pid_file_path = $folder/spool/pid
daemon_smtp_ports = 2525
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = $folder/certificate.pem
tls_privatekey = $folder/key.pem
queue_only
host_lookup =
keep_environment =
acl_smtp_rcpt = take
acl_smtp_data = check

begin acl
take:
  accept
check:
  accept set acl_m_checked = \${run{/bin/sleep 2}}
FILE

cat > try.py <<'FILE'
import glob, os, signal, smtplib, ssl, sys, threading, time
spool, exim, tls = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "TLS"
def stored():
    time.sleep(0.5)
    return "stored" if glob.glob(spool + "/input/*-H") else "gone"
for _ in range(100):
    try:
        client = smtplib.SMTP("127.0.0.1", 2525, "client.test")
        break
    except OSError:
        time.sleep(0.1)
if tls:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client.starttls(context=context)
client.ehlo()
client.mail("ann@a.test")
client.rcpt("bob@b.test")
receiver = int(open(f"/proc/{exim}/task/{exim}/children").read().split()[-1])
threading.Timer(1, os.kill, (receiver, signal.SIGTERM)).start()
code = client.data("Subject: Order\r\n\r\nTwo boxes\r\n")[0]
before = stored()
try:
    client.docmd("QUIT")
except smtplib.SMTPServerDisconnected:
    pass
print(f"{sys.argv[3]}: {code}, {before}; after QUIT {stored()}")
FILE

# Exim runs as a user of Debian, which exists in this space alone.
cat > space.sh <<'FILE'
mount --make-rprivate /
for file in passwd group; do cp /etc/$file $file; done
grep -q ^Debian-exim: passwd || { echo 'Debian-exim:x:199:199::/:/bin/false' >> passwd; echo 'Debian-exim:x:199:' >> group; }
for file in passwd group; do mount --bind $file /etc/$file; done
ip link set lo up
rm -rf spool && mkdir spool && chown Debian-exim: spool
chmod 755 .
chmod 644 key.pem
"$1" -C "$PWD/exim.conf" -bdf > exim.log 2>&1 &
timeout 60 /usr/bin/python3 try.py "$PWD/spool" $! "$2" || cat exim.log
FILE

seen=$(for way in TLS clear; do unshare --net --mount --pid --mount-proc --fork --kill-child bash space.sh "$exim" $way; done)
expected=$(cat <<'EXPECTED'
TLS: 250, stored; after QUIT gone
clear: 250, stored; after QUIT stored
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
