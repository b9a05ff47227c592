# Dovecot's submission server, in front of a Postfix of its own.
source /lab/servers/postfix/server.sh
layer=postfix
clear=2531 tls=2533 hop=2631
dovecot=/lab/servers/dovecot/dovecot.conf

limit() { sed -i 's/^mail_max_userip_connections.*/mail_max_userip_connections = 2/' /etc/dovecot/dovecot.conf; }

# Postfix first: Dovecot connects to it after each login.
run() { postfix start >>/store/server.log 2>&1 && dovecot; }
