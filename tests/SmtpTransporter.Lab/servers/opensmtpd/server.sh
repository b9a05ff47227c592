# OpenSMTPD.
layer=opensmtpd

prepare() {
    cp smtpd.conf /etc/smtpd.conf
    cp /store/tls/*.pem /etc/
    chmod 600 /etc/key.pem
    printf 'me\t%s\n' "$(smtpctl encrypt secret)" >/etc/smtpd-users
}

limit() { sed -i '1i smtp limit max-mails-per-session 20' /etc/smtpd.conf; }

run() { start smtpd -d; }

stop() { end smtpd; }
