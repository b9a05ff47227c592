// Simulates a distant server: forwards all bytes, each after half the round trip. It replaces
// "tc netem" if the kernel lacks that. What it does not imitate: slow start, windows and losses.
//
//   relay ROUND_TRIP_MS ADDRESS TARGET_PORT [--bind ADDRESS]
//
// It takes a free port and prints it. The end of its standard input ends it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct piece {
    struct piece *next;
    long long due;
    size_t length; // 0: the end
    char bytes[];
};

struct pair;

struct direction {
    struct pair *pair;
    int from, to;
    long long not_before;
    struct piece *first, *last;
    pthread_mutex_t lock;
    pthread_cond_t filled;
};

struct pair {
    int users;
    struct direction up, down;
};

static long long half_ns;
static struct sockaddr_in target = { .sin_family = AF_INET };

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void wait_until(long long due)
{
    struct timespec t = { due / 1000000000LL, due % 1000000000LL };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0) {
    }
}

static void leave(struct pair *pair)
{
    if (__atomic_sub_fetch(&pair->users, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    close(pair->up.from);
    close(pair->up.to);
    free(pair);
}

static void *read_side(void *argument)
{
    struct direction *d = argument;
    static __thread char buffer[64 * 1024];
    ssize_t n;
    do {
        n = recv(d->from, buffer, sizeof buffer, 0);
        if (n < 0)
            n = 0;
        struct piece *piece = malloc(sizeof *piece + (size_t)n);
        piece->next = NULL;
        piece->due = now() + half_ns;
        if (piece->due < d->not_before)
            piece->due = d->not_before;
        piece->length = (size_t)n;
        memcpy(piece->bytes, buffer, (size_t)n);
        pthread_mutex_lock(&d->lock);
        if (d->last)
            d->last->next = piece;
        else
            d->first = piece;
        d->last = piece;
        pthread_cond_signal(&d->filled);
        pthread_mutex_unlock(&d->lock);
    } while (n > 0);
    leave(d->pair);
    return NULL;
}

static void *write_side(void *argument)
{
    struct direction *d = argument;
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        pthread_mutex_lock(&d->lock);
        while (!d->first)
            pthread_cond_wait(&d->filled, &d->lock);
        struct piece *piece = d->first;
        d->first = piece->next;
        if (!d->first)
            d->last = NULL;
        pthread_mutex_unlock(&d->lock);
        wait_until(piece->due);
        size_t length = piece->length, done = 0;
        while (done < length) {
            ssize_t n = send(d->to, piece->bytes + done, length - done, MSG_NOSIGNAL);
            if (n <= 0)
                break;
            done += (size_t)n;
        }
        free(piece);
        if (length == 0) {
            shutdown(d->to, SHUT_WR);
            break;
        }
    }
    leave(d->pair);
    return NULL;
}

static void start(struct direction *d, struct pair *pair, int from, int to, long long not_before)
{
    d->pair = pair;
    d->from = from;
    d->to = to;
    d->not_before = not_before;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->filled, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_side, d) != 0 || pthread_detach(thread) != 0 ||
        pthread_create(&thread, NULL, write_side, d) != 0 || pthread_detach(thread) != 0) {
        perror("pthread_create");
        exit(1);
    }
}

static void take(int client)
{
    int on = 1, server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long long accepted = now();
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(server, (struct sockaddr *)&target, sizeof target) < 0) {
        close(server);
        close(client);
        return;
    }
    struct pair *pair = calloc(1, sizeof *pair);
    pair->users = 4;
    // Over a real network, the handshake of TCP would have taken its time: the greeting comes two round trips after the first packet.
    start(&pair->up, pair, client, server, accepted + 3 * half_ns);
    start(&pair->down, pair, server, client, accepted + 4 * half_ns);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    if (argc < 4)
        return 2;
    half_ns = atoll(argv[1]) * 500000LL;
    inet_pton(AF_INET, argv[2], &target.sin_addr);
    target.sin_port = htons((unsigned short)atoi(argv[3]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (argc > 5 && strcmp(argv[4], "--bind") == 0)
        inet_pton(AF_INET, argv[5], &address.sin_addr);
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1024) < 0) {
        perror("bind");
        return 1;
    }
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct pollfd watched[] = { { .fd = 0, .events = POLLIN }, { .fd = listener, .events = POLLIN } };
    while (poll(watched, 2, -1) >= 0) {
        char line[16];
        if (watched[0].revents && read(0, line, sizeof line) <= 0)
            return 0;
        if (watched[1].revents) {
            int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (client >= 0)
                take(client);
        }
    }
    return 1;
}
