// An SMTP server that accepts every message, counts it and discards it: it works as little as a correct dialogue allows, so that a
// benchmark measures the client. One thread, epoll, no copy of the bodies.
//
//   sink [--bind ADDRESS] [--chunking] [--tls CERTIFICATE KEY]
//
// It takes a free port and prints it. A line "read" on its standard input makes it print the counters
// "messages bytes connections flights idle-flights"; the end of its standard input ends it, so that no process remains.
// A flight is one batch of replies: about one round trip that the client waited for. An idle one belongs to no message:
// the greeting, EHLO, STARTTLS, QUIT.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CARRY = 4096, READ = 256 * 1024, REPLIES = 64 * 1024 };
enum mode { COMMANDS, DATA, BDAT };

struct connection {
    int fd;
    SSL *tls;
    int handshaking, closing, starts_tls, mailing;
    enum mode mode;
    int has_sender, recipients, chunked;
    long long chunk_left, body;
    int chunk_last;
    size_t carried, queued;
    char carry[CARRY];
    char replies[REPLIES];
};

static long long messages, bytes, connections, flights, idle_flights;
static int chunking;
static SSL_CTX *tls_context;
static int epoll;

// One buffer for all: only an unfinished line stays with its connection.
static char buffer[CARRY + READ];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void reply(struct connection *c, const char *text)
{
    size_t length = strlen(text);
    if (c->queued + length > REPLIES) {
        c->closing = 1;
        return;
    }
    memcpy(c->replies + c->queued, text, length);
    c->queued += length;
}

// Replies are small: if even they do not fit into the socket, the client is not reading, and the sink waits for it.
static int flush(struct connection *c)
{
    size_t done = 0;
    if (c->queued > 0) {
        flights++;
        idle_flights += !c->mailing;
        c->mailing = 0;
    }
    while (done < c->queued) {
        ssize_t n = c->tls ? SSL_write(c->tls, c->replies + done, (int)(c->queued - done))
                           : send(c->fd, c->replies + done, c->queued - done, MSG_NOSIGNAL);
        if (n > 0)
            done += (size_t)n;
        else if (c->tls ? SSL_get_error(c->tls, (int)n) == SSL_ERROR_WANT_WRITE : errno == EAGAIN)
            usleep(100);
        else
            return -1;
    }
    c->queued = 0;
    return 0;
}

static void forget_mail(struct connection *c)
{
    c->has_sender = c->recipients = c->chunked = 0;
    c->body = 0;
}

static void taken(struct connection *c)
{
    messages++;
    bytes += c->body;
    c->mailing = 1;
    forget_mail(c);
    c->mode = COMMANDS;
    reply(c, "250 2.0.0 Ok: queued as 4BENCHMARK1\r\n");
}

static int is(const char *line, const char *verb) { return strncasecmp(line, verb, strlen(verb)) == 0; }

static void hello(struct connection *c, int extended)
{
    forget_mail(c);
    if (!extended) {
        reply(c, "250 sink\r\n");
        return;
    }
    reply(c, "250-sink\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n");
    if (tls_context && !c->tls)
        reply(c, "250-STARTTLS\r\n");
    if (chunking)
        reply(c, "250-CHUNKING\r\n");
    reply(c, "250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n");
}

static void chunk(struct connection *c, const char *line)
{
    char *end;
    c->chunk_left = strtoll(line + 4, &end, 10);
    c->chunk_last = strcasestr(end, "LAST") != NULL;
    if (!chunking || c->chunk_left < 0) {
        reply(c, "500 5.5.1 No such command\r\n");
        c->closing = 1; // the following bytes would be read as commands
        return;
    }
    c->mode = BDAT;
}

static void command(struct connection *c, const char *line)
{
    c->mailing |= !is(line, "EHLO") && !is(line, "HELO") && !is(line, "STARTTLS") && !is(line, "QUIT");
    if (is(line, "MAIL FROM:")) {
        reply(c, c->has_sender ? "503 5.5.1 Sender already given\r\n" : "250 2.1.0 Ok\r\n");
        c->has_sender = 1;
    } else if (is(line, "RCPT TO:")) {
        reply(c, c->has_sender && !c->chunked ? "250 2.1.5 Ok\r\n" : "503 5.5.1 MAIL first\r\n");
        c->recipients += c->has_sender;
    } else if (is(line, "DATA")) {
        if (c->recipients == 0 || c->chunked) {
            reply(c, "503 5.5.1 RCPT first\r\n");
            return;
        }
        c->mode = DATA;
        reply(c, "354 End data with <CR><LF>.<CR><LF>\r\n");
    } else if (is(line, "BDAT ")) {
        chunk(c, line);
    } else if (is(line, "EHLO")) {
        hello(c, 1);
    } else if (is(line, "HELO")) {
        hello(c, 0);
    } else if (is(line, "RSET")) {
        forget_mail(c);
        reply(c, "250 2.0.0 Ok\r\n");
    } else if (is(line, "NOOP")) {
        reply(c, "250 2.0.0 Ok\r\n");
    } else if (is(line, "STARTTLS") && tls_context && !c->tls) {
        reply(c, "220 2.0.0 Ready\r\n");
        c->starts_tls = 1;
    } else if (is(line, "QUIT")) {
        reply(c, "221 2.0.0 Bye\r\n");
        c->closing = 1;
    } else {
        reply(c, "500 5.5.1 No such command\r\n");
    }
}

// Consumes as many bytes as it can, and returns their number.
static size_t consume(struct connection *c, char *start, char *end)
{
    char *p = start;
    while (p < end && !c->closing && !c->starts_tls) {
        if (c->mode == COMMANDS) {
            char *line = p, *stop = memchr(p, '\n', (size_t)(end - p));
            if (!stop)
                break;
            *stop = 0;
            p = stop + 1;
            command(c, line);
            if (c->mode == DATA && stop > line && stop[-1] == '\r') {
                // The line end of DATA belongs to the end mark too, if the message is empty.
                *stop = '\n';
                p -= 2;
                c->body = -2;
            }
            if (c->mode == BDAT && c->chunk_left == 0)
                goto chunk_end;
        } else if (c->mode == DATA) {
            char *stop = memmem(p, (size_t)(end - p), "\r\n.\r\n", 5);
            if (!stop) {
                // The end mark may be incomplete: keep its longest beginning.
                char *keep = end - p > 4 ? end - 4 : p;
                c->body += keep - p;
                p = keep;
                break;
            }
            c->body += stop + 2 - p;
            p = stop + 5;
            taken(c);
        } else {
            long long n = end - p < c->chunk_left ? end - p : c->chunk_left;
            c->body += n;
            c->chunk_left -= n;
            p += n;
            if (c->chunk_left > 0)
                break;
        chunk_end:
            c->mode = COMMANDS;
            c->chunked = 1;
            if (c->recipients == 0) {
                reply(c, "503 5.5.1 RCPT first\r\n");
                forget_mail(c);
            } else if (c->chunk_last) {
                taken(c);
            } else {
                reply(c, "250 2.0.0 Ok\r\n");
            }
        }
    }
    return (size_t)(p - start);
}

static void drop(struct connection *c)
{
    if (c->tls) {
        if (!c->handshaking)
            SSL_shutdown(c->tls);
        SSL_free(c->tls);
    }
    close(c->fd);
    free(c);
}

// 1: read something, 0: nothing there, -1: over.
static int receive(struct connection *c, size_t *n)
{
    char *to = buffer + c->carried;
    if (c->handshaking) {
        int done = SSL_do_handshake(c->tls);
        if (done != 1)
            return SSL_get_error(c->tls, done) == SSL_ERROR_WANT_READ ? 0 : -1;
        c->handshaking = 0;
    }
    ssize_t got = c->tls ? SSL_read(c->tls, to, READ) : recv(c->fd, to, READ, 0);
    if (got > 0) {
        *n = (size_t)got;
        return 1;
    }
    return (c->tls ? SSL_get_error(c->tls, (int)got) == SSL_ERROR_WANT_READ : got < 0 && errno == EAGAIN) ? 0 : -1;
}

static void serve(struct connection *c)
{
    for (;;) {
        size_t n = 0;
        memcpy(buffer, c->carry, c->carried);
        int state = receive(c, &n);
        if (state <= 0) {
            if (state < 0 || flush(c) < 0)
                drop(c);
            return;
        }
        size_t have = c->carried + n, used = consume(c, buffer, buffer + have);
        c->carried = have - used;
        if (c->closing || c->carried > CARRY) {
            flush(c);
            drop(c);
            return;
        }
        memcpy(c->carry, buffer + used, c->carried);
        if (c->starts_tls) {
            // Clear text after STARTTLS must not be read as if it had come over TLS.
            if (flush(c) < 0 || c->carried > 0) {
                drop(c);
                return;
            }
            c->starts_tls = 0;
            c->tls = SSL_new(tls_context);
            SSL_set_fd(c->tls, c->fd);
            SSL_set_accept_state(c->tls);
            c->handshaking = 1;
            forget_mail(c);
        } else if (!c->tls && n < READ) {
            // All was read: the replies go out now, and epoll reports more.
            if (flush(c) < 0)
                drop(c);
            return;
        }
    }
}

static void welcome(int listener)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *c = calloc(1, sizeof *c);
        if (!c)
            fail("calloc");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        c->fd = fd;
        connections++;
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
            fail("epoll_ctl");
        reply(c, "220 sink ESMTP\r\n");
        if (flush(c) < 0)
            drop(c);
    }
}

static void answer_control(void)
{
    char line[64];
    ssize_t n = read(0, line, sizeof line);
    if (n <= 0)
        exit(0);
    printf("%lld %lld %lld %lld %lld\n", messages, bytes, connections, flights, idle_flights);
    fflush(stdout);
}

static void load_tls(const char *certificate, const char *key)
{
    tls_context = SSL_CTX_new(TLS_server_method());
    if (!tls_context || SSL_CTX_use_certificate_chain_file(tls_context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--chunking") == 0)
            chunking = 1;
        else if (strcmp(argv[i], "--bind") == 0 && i + 1 < argc)
            inet_pton(AF_INET, argv[++i], &address.sin_addr);
        else if (strcmp(argv[i], "--tls") == 0 && i + 2 < argc) {
            load_tls(argv[i + 1], argv[i + 2]);
            i += 2;
        } else {
            fprintf(stderr, "sink: what is %s?\n", argv[i]);
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1024) < 0)
        fail("bind");
    getsockname(listener, (struct sockaddr *)&address, &length);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = &listener };
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.ptr = NULL;
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        struct epoll_event events[64];
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &listener)
                welcome(listener);
            else if (events[i].data.ptr == NULL)
                answer_control();
            else
                serve(events[i].data.ptr);
        }
    }
}
