# Exim, Debian's "heavy" build.
layer=exim

prepare() {
    cp exim4.conf /etc/exim4/exim4.conf
    cp /store/tls/*.pem /etc/exim4/
    chown root:Debian-exim /etc/exim4/key.pem
    chmod 640 /etc/exim4/key.pem
    mkdir -p /run/exim4
    chown Debian-exim /run/exim4
}

limit() { sed -i 's/^smtp_accept_max = .*/smtp_accept_max = 2/' /etc/exim4/exim4.conf; }

# Each run of the queue tries all that is in it: what a restart has interrupted would wait for its turn.
run() { exim4 -bd -qff2s; }

stop() { end exim4; }
