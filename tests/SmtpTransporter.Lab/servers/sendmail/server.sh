# Sendmail, with Cyrus SASL for its logins.
layer=sendmail

prepare() {
    mkdir -p /etc/mail/tls /run/sendmail/mta /run/sendmail/stampdir /etc/mail/sasl
    cp /store/tls/*.pem /etc/mail/tls/
    chmod 600 /etc/mail/tls/*
    {
        sed 's/\\t/\t/g' access
        # The map has no patterns.
        for i in $(seq 0 60); do
            printf 'To:refused%s@ok.test\tERROR:5.1.1:550 5.1.1 no such user\n' "$i"
            printf 'To:later%s@ok.test\tERROR:4.2.2:450 4.2.2 mailbox full\n' "$i"
        done
    } >/etc/mail/access
    makemap hash /etc/mail/access </etc/mail/access
    configure 100
    printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5\n' >/usr/lib/sasl2/Sendmail.conf
    echo secret | saslpasswd2 -p -c -u sendmail.test me
    chmod 660 /etc/sasldb2
}

# The configuration for at most so many connections.
configure() { sed "s/@CHILDREN@/$1/" sendmail.mc >/etc/mail/lab.mc && m4 /etc/mail/lab.mc >/etc/mail/sendmail.cf 2>>/store/server.log; }

limit() { configure 2; }

# The runners of the queue are processes of their own: in one daemon they would count as connections.
run() {
    start /usr/sbin/sendmail-mta -bD
    start /usr/sbin/sendmail-mta -q5s -O PidFile=/run/sendmail/queue.pid
}

stop() { end sendmail-mta sendmail; }
