// libcurl with a kept connection for each thread. It builds no messages: a fixed one is sent. What it reads and prints: see Contestants/Worker.cs.
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { LANES = 256 };

struct lane {
    CURL *curl;
    struct curl_slist *recipients;
    size_t sent;
    int messages;
    CURLcode code;
};

static char *message;
static size_t message_length;

static size_t give(char *to, size_t size, size_t count, void *argument)
{
    struct lane *lane = argument;
    size_t n = message_length - lane->sent < size * count ? message_length - lane->sent : size * count;
    memcpy(to, message + lane->sent, n);
    lane->sent += n;
    return n;
}

static void *send_mails(void *argument)
{
    struct lane *lane = argument;
    for (int i = 0; i < lane->messages && lane->code == CURLE_OK; i++) {
        lane->sent = 0;
        lane->code = curl_easy_perform(lane->curl);
    }
    return NULL;
}

static CURLcode in_lanes(struct lane *lanes, int connections, int count)
{
    pthread_t threads[LANES];
    for (int i = 0; i < connections; i++) {
        lanes[i].messages = count / connections + (i < count % connections);
        if (connections == 1)
            send_mails(&lanes[i]);
        else if (pthread_create(&threads[i], NULL, send_mails, &lanes[i]) != 0)
            exit(1);
    }
    CURLcode code = CURLE_OK;
    for (int i = 0; i < connections; i++) {
        if (connections > 1)
            pthread_join(threads[i], NULL);
        if (lanes[i].code != CURLE_OK)
            code = lanes[i].code;
    }
    return code;
}

static void open_lane(struct lane *lane, const char *host, int port, int tls)
{
    char url[300];
    snprintf(url, sizeof url, "smtp://%s:%d/benchmarks", host, port);
    memset(lane, 0, sizeof *lane);
    lane->curl = curl_easy_init();
    lane->recipients = curl_slist_append(NULL, "<recipient@example.org>");
    curl_easy_setopt(lane->curl, CURLOPT_URL, url);
    curl_easy_setopt(lane->curl, CURLOPT_MAIL_FROM, "<sender@example.com>");
    curl_easy_setopt(lane->curl, CURLOPT_MAIL_RCPT, lane->recipients);
    curl_easy_setopt(lane->curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(lane->curl, CURLOPT_READDATA, lane);
    curl_easy_setopt(lane->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message_length);
    curl_easy_setopt(lane->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(lane->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(lane->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(lane->curl, CURLOPT_USE_SSL, tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
    curl_easy_setopt(lane->curl, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
}

static int read_message(const char *size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.eml", getenv("BENCHMARKS_CONTENT"), size);
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    fseek(file, 0, SEEK_END);
    message_length = (size_t)ftell(file);
    rewind(file);
    free(message);
    message = malloc(message_length);
    size_t n = fread(message, 1, message_length, file);
    fclose(file);
    return n == message_length ? 0 : -1;
}

static double clock_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void measure(const char *host, int port, int tls, int connections, int count)
{
    static struct lane lanes[LANES];
    for (int i = 0; i < connections; i++)
        open_lane(&lanes[i], host, port, tls);
    CURLcode code = in_lanes(lanes, connections, connections);
    double used = cpu(), start = clock_of(CLOCK_MONOTONIC);
    if (code == CURLE_OK)
        code = in_lanes(lanes, connections, count);
    double seconds = clock_of(CLOCK_MONOTONIC) - start;
    used = cpu() - used;
    for (int i = 0; i < connections; i++) {
        curl_easy_cleanup(lanes[i].curl);
        curl_slist_free_all(lanes[i].recipients);
    }
    if (code != CURLE_OK)
        printf("{\"error\":\"%s\"}\n", curl_easy_strerror(code));
    else
        printf("{\"messages\":%d,\"opening\":%d,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"allocatedBytes\":null}\n", count, connections, seconds, used);
}

int main(void)
{
    char line[1024], host[256], size[32];
    int port, tls, connections, count;
    curl_global_init(CURL_GLOBAL_ALL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("libcurl %s\n", curl_version_info(CURLVERSION_NOW)->version);
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%255s %d %d %31s %d %d", host, &port, &tls, size, &connections, &count) != 6 || connections < 1 || connections > LANES)
            printf("{\"error\":\"not a target\"}\n");
        else if (read_message(size) != 0)
            printf("{\"error\":\"no such message\"}\n");
        else
            measure(host, port, tls, connections, count);
    }
    return 0;
}
