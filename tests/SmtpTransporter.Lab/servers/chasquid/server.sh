# chasquid. It delivers by a program, one recipient at a time.
layer=chasquid

prepare() {
    cp chasquid.conf /etc/chasquid/
    mkdir -p /etc/chasquid/hooks /etc/chasquid/certs/localhost /etc/chasquid/domains/{ok,client}.test
    cp post-data /etc/chasquid/hooks/
    cp /store/tls/certificate.pem /etc/chasquid/certs/localhost/fullchain.pem
    cp /store/tls/key.pem /etc/chasquid/certs/localhost/privkey.pem
    # Every recipient that is not refused has an alias, which is another address.
    for i in $(seq 0 600); do echo "u$i: to-u$i@ok.test"; done >/etc/chasquid/domains/ok.test/aliases
    echo "üser: to-üser@ok.test" >>/etc/chasquid/domains/ok.test/aliases
    chasquid-util user-add me@client.test --password=secret -C=/etc/chasquid >>/store/server.log 2>&1
    chown -R chasquid /etc/chasquid /var/lib/chasquid
}

limit() { :; }

run() { start setpriv --reuid chasquid --regid chasquid --clear-groups chasquid -v=2 -config_dir /etc/chasquid; }

stop() { end chasquid; }
