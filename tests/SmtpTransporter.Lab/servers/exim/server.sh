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

# What receives is killed, as by a loss of power: a SIGTERM that comes while Exim reads a message over TLS makes it delete the message behind
# its own 250. A process that delivers (-Mc) ends what it has begun: if it is stopped between the transport and the note that the message
# was delivered, Exim keeps the message and says that its transport failed.
stop() {
    local process tries
    for tries in $(seq 200); do
        local receiving=0 delivering=0
        for process in /proc/[0-9]*; do
            [ "$(cat "$process/comm" 2>/dev/null)" = exim4 ] || continue
            if tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q -- ' -Mc '; then
                delivering=1
            else
                kill -KILL "${process#/proc/}" 2>/dev/null && receiving=1
            fi
        done
        [ $receiving = 1 ] || [ $delivering = 1 ] || return 0
        sleep 0.05
    done
    end exim4
}
