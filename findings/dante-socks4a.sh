#!/usr/bin/env bash
# A proxy of SOCKS 4 takes the mark of a name in SOCKS 4A for an address, and connects to 0.0.0.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: Dante 1.4.2 (Debian 12, dante-server 1.4.2+dfsg-7+b8)
Guess:    A server of SOCKS 4 and 5 that resolves names for SOCKS 5 does so for SOCKS 4A, or refuses the address 0.0.0.1.
Behavior: It connects to 0.0.0.1, which fails, and refuses with 91, as it does if a rule forbids the connection. The same
          name with SOCKS 5, and its address with SOCKS 4, are connected. Use socks5:// with it.
FACTS

[ "$(id -u)" = 0 ] || { echo "Dante starts as root."; exit 1; }
apt-get -qq -o APT::Sandbox::User=root download dante-server=1.4.2+dfsg-7+b8 > apt.log 2>&1 || { cat apt.log; exit 1; }
dpkg-deb -x dante-server_*.deb package
dante=$folder/package/usr/sbin/danted
! ldd "$dante" | grep 'not found' || { echo "apt-get install dante-server has these libraries."; exit 1; }

cat > try.py <<'FILE'
import socket, subprocess, sys, time
def free():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
port = free()
with open("conf", "w") as conf:
    conf.write(f"""logoutput: {sys.argv[2]}/log
internal: 127.0.0.1 port = {port}
external: lo
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 protocol: tcp
 log: connect error }}
""")
server = socket.create_server(("127.0.0.1", 0))
target = server.getsockname()[1].to_bytes(2, "big")
proxy = subprocess.Popen([sys.argv[1], "-f", "conf", "-p", "pid"])
def ask(*requests):
    for _ in range(100):
        try:
            client = socket.create_connection(("127.0.0.1", port))
            break
        except OSError:
            time.sleep(0.1)
    with client:
        client.settimeout(10)
        for request in requests:
            client.sendall(request)
            answer = client.recv(100)
        return answer[1]
try:
    print("SOCKS 5, name localhost:   ", ask(b"\5\1\0", b"\5\1\0\3\x09localhost" + target))
    print("SOCKS 4, address 127.0.0.1:", ask(b"\4\1" + target + b"\x7f\0\0\1\0"))
    print("SOCKS 4A, name localhost:  ", ask(b"\4\1" + target + b"\0\0\0\1\0localhost\0"))
finally:
    proxy.terminate()
    proxy.wait()
FILE
touch log
chmod 755 "$folder"
chmod 666 log
python3 try.py "$dante" "$folder" > output
echo "Output:   (0 and 90: connected; 91: refused)"
sed 's/^/          /' output
grep -o 'connect(2) to 0.0.0.1' log | head -n 1 | sed 's/^/          its log: /'
cat > expected <<'FILE'
SOCKS 5, name localhost:    0
SOCKS 4, address 127.0.0.1: 90
SOCKS 4A, name localhost:   91
FILE
cmp -s output expected || { echo "The behavior has changed."; exit 1; }
