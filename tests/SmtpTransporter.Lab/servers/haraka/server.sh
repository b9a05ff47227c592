# Haraka, with a plugin that stores.
layer=haraka

prepare() {
    mkdir -p /opt/haraka/config
    cp -r plugins /opt/haraka/
    cd /opt/haraka/config
    echo haraka.test >me
    printf '[main]\nlevel=notice\n' >log.ini
    printf 'tls\nauth/flat_file\nlab\n' >plugins
    printf 'listen=127.0.0.1:2712\nnodes=0\n' >smtp.ini
    cp /store/tls/key.pem tls_key.pem
    cp /store/tls/certificate.pem tls_cert.pem
    printf '[core]\nmethods=PLAIN,LOGIN,CRAM-MD5\n[users]\nme=secret\n' >auth_flat_file.ini
    sed 's/^bytes=.*/bytes=2000000/' /opt/npm/node_modules/Haraka/config/connection.ini >connection.ini
    cd "/lab/servers/$server"
}

limit() { :; }

run() { start node /opt/npm/node_modules/Haraka/bin/haraka -c /opt/haraka; }

stop() { end node haraka; }
