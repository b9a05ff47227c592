# Courier, with a database of users for its logins.
layer=courier

prepare() {
    cd /etc/courier
    cat /store/tls/certificate.pem /store/tls/key.pem >esmtpd.pem
    chown courier:courier esmtpd.pem
    chmod 600 esmtpd.pem
    printf '127.0.0.1\tallow,RELAYCLIENT\n' >smtpaccess/default
    echo ':[127.0.0.1],2661' >esmtproutes
    echo courier.test >me
    echo courier.test >defaultdomain
    # The only domain with mailboxes, of which there is none.
    printf 'local.test\ncourier.test\n' >locals
    echo 'badfrom bad@client.test' >bofh
    echo 2000000 >sizelimit
    : >esmtpauthclient
    chown courier:courier esmtpauthclient
    configure 100
    sed -i -E 's/^authmodulelist=.*/authmodulelist="authuserdb"/' authdaemonrc
    mkdir -p /home/me
    userdb me set home=/home/me mail=/home/me/Maildir uid=1000 gid=1000
    echo secret | userdbpw | userdb me set systempw
    printf 'secret\nsecret\n' | userdbpw -hmac-md5 | userdb me set hmac-md5pw
    chmod 700 /etc/courier/userdb*
    makeuserdb
    mkdir -p /run/courier/authdaemon /var/lib/courier/track /var/lib/courier/tmp /var/lib/courier/msgs/0
    chown -R courier:courier /run/courier
    chmod 755 /run/courier /run/courier/authdaemon
    makealiases
    makesmtpaccess
    cd "/lab/servers/$server"
}

# Without the tarpit, which holds each refusal back longer than the one before, until a minute is over.
# For at most so many connections of one client.
configure() {
    sed -i -E "s/^PORT=.*/PORT=127.0.0.1.2561,127.0.0.1.2562/; s/^BOFHCHECKDNS=.*/BOFHCHECKDNS=0/; s/^MAXPERIP=.*/MAXPERIP=$1/
        s/^MAXPERC=.*/MAXPERC=$1/; s/^MAXDAEMONS=.*/MAXDAEMONS=100/; s/^TARPIT=.*/TARPIT=0/
        s/^ESMTPAUTH=.*/ESMTPAUTH=\"LOGIN PLAIN CRAM-MD5\"/; s/^ESMTPAUTH_TLS=.*/ESMTPAUTH_TLS=\"PLAIN LOGIN CRAM-MD5\"/" /etc/courier/esmtpd
}

limit() { configure 2; }

run() {
    start authdaemond start
    start courier start
    start esmtpd start
}

stop() {
    esmtpd stop
    courier stop
    authdaemond stop
    end courieresmtpd courierd couriertcpd
}
