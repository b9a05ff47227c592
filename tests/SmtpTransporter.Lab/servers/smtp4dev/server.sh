# smtp4dev. Its store is asked through its web page.
layer=smtp4dev

prepare() { :; }

limit() { :; }

run() {
    start env HOME=/root DOTNET_ROOT="${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}" \
        /opt/tools/smtp4dev --nousersettings --hostname=localhost --smtpport=2751 --urls=http://127.0.0.1:2758 --imapport=2759 \
        --pop3port=2757 --db=/store/smtp4dev.db --tlsmode=StartTls --tlscertificate=/store/tls/certificate.pem \
        --tlscertificateprivatekey=/store/tls/key.pem --messagestokeep=100000 --bindaddress=127.0.0.1
}

stop() { end smtp4dev; }
