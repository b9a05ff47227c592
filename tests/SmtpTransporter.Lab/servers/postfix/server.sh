# Postfix, with Dovecot for its logins.
layer=postfix
clear=2521 tls=2522 hop=2621

prepare() {
    cp /lab/servers/postfix/{senders,recipients,headers} /etc/postfix/
    sed "s/@HOP@/$hop/; s/@SERVER@/$server/" /lab/servers/postfix/main.cf >/etc/postfix/main.cf
    # Without the port 25, and without chroot, in which the names of hosts would be unknown.
    sed -E 's/^smtp +inet/#&/; s/^([a-z0-9]+ +(unix|inet|fifo) +[-yn]+ +[-yn]+ +)[-y]/\1n/' /usr/share/postfix/master.cf.dist \
        >/etc/postfix/master.cf
    cat >>/etc/postfix/master.cf <<X
127.0.0.1:$clear inet n - n - - smtpd -o smtpd_tls_security_level=none
127.0.0.1:$tls inet n - n - - smtpd -o smtpd_tls_security_level=may -o smtpd_sasl_auth_enable=yes
X
    sed "s/@HOP@/$clear/" "${dovecot:-/lab/servers/postfix/dovecot.conf}" >/etc/dovecot/dovecot.conf
    echo 'me:{PLAIN}secret' >/etc/dovecot/users
    # The package's own files of an earlier start.
    rm -f /var/spool/postfix/pid/*
}

limit() { postconf -e smtpd_client_connection_count_limit=2; }

run() { dovecot && postfix start >>/store/server.log 2>&1; }

stop() {
    postfix stop >>/store/server.log 2>&1
    doveadm stop
    end master smtpd dovecot
}
