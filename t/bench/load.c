/*
 * load - an MTA that does nothing but send one message again and again through a milter
 *
 *     load PORT CONNECTIONS MESSAGES SENDER BODY-BYTES
 *
 * Each connection is a thread that speaks the protocol of version 6, one message after
 * another, for a client at 192.0.2.1. It prints one line: messages a second, the median
 * and the 99th percentile of the time from MAIL to the verdict, how many were signed, and
 * how many failed.
 */
#include "base/base.h"
#include "base/pool.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* Protocol steps: what needs no reply when it was granted. */
#define NODATA 0x200u
#define NR_HDR 0x80u
#define NR_CONN 0x1000u
#define NR_HELO 0x2000u
#define NR_MAIL 0x4000u
#define NR_RCPT 0x8000u
#define NR_DATA 0x10000u
#define NR_EOH 0x40000u
#define NR_BODY 0x80000u

struct plan {
	struct sockaddr_in to;
	const char *sender;
	size_t body;
	long messages;
	atomic_long turn, signed_ones, failed;
	uint32_t *spent_us; /* per message */
};

struct mta {
	int fd;
	uint32_t steps;
	struct str out;
	char in[70000];
	size_t have, size; /* bytes read; those of the packet at hand */
};

static const char *const fields[][2] = {
	{ "To", " a@example.net" },
	{ "Subject", " a subject of the usual length for a message" },
	{ "Date", " Sun, 22 Nov 2026 03:00:00 +0000" },
	{ "Message-ID", " <20261122030000.1@example.jp>" },
	{ "MIME-Version", " 1.0" },
	{ "Content-Type", " text/plain; charset=utf-8" },
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Puts a packet behind those that wait. */
static void
put(struct mta *mta, char command, const void *data, size_t n)
{
	uint32_t size = htonl((uint32_t)n + 1);

	str_addn(&mta->out, (const char *)&size, sizeof(size));
	str_addc(&mta->out, command);
	str_addn(&mta->out, data, n);
}

/* The next packet's command, 0 when there is none any more. */
static char
get(struct mta *mta)
{
	uint32_t n;
	ssize_t more;

	memmove(mta->in, mta->in + mta->size, mta->have -= mta->size);
	for (;;) {
		if (mta->have >= 4) {
			memcpy(&n, mta->in, 4);
			mta->size = ntohl(n) + 4;
			if (mta->size > sizeof(mta->in))
				return 0;
			if (mta->have >= mta->size)
				return mta->in[4];
		}
		mta->size = 0;
		more = recv(mta->fd, mta->in + mta->have, sizeof(mta->in) - mta->have, 0);
		if (more <= 0)
			return 0;
		mta->have += (size_t)more;
	}
}

static bool
flush(struct mta *mta)
{
	ssize_t n = 1;

	for (size_t done = 0; done < mta->out.n && n > 0; done += (size_t)n)
		n = send(mta->fd, mta->out.p + done, mta->out.n - done, MSG_NOSIGNAL);
	str_cut(&mta->out, 0);
	return n > 0;
}

/* A packet, and its reply unless that is not sent. */
static bool
step(struct mta *mta, char command, struct slice data, uint32_t unsaid)
{
	char reply;

	put(mta, command, data.p, data.n);
	if ((mta->steps & unsaid) != 0)
		return true;
	reply = flush(mta) ? get(mta) : 0;
	return reply == 'c' || reply == 's';
}

static bool
greet(struct mta *mta, const struct plan *plan)
{
	uint32_t offer[] = { htonl(6), htonl(0x1ff), htonl(0x1fffff) };
	int one = 1;

	mta->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(mta->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(mta->fd, (const struct sockaddr *)&plan->to, sizeof(plan->to)) < 0)
		return false;
	put(mta, 'O', offer, sizeof(offer));
	if (!flush(mta) || get(mta) != 'O')
		return false;
	memcpy(&mta->steps, mta->in + 13, 4);
	mta->steps = ntohl(mta->steps);
	put(mta, 'D', "Cj\0mx.example.jp\0{daemon_name}\0smtpd", 37);
	return step(mta, 'C', SLICE_LIT("client.example\0004\0\031192.0.2.1\0"),
		       NR_CONN) &&
	       step(mta, 'H', SLICE_LIT("client.example\0"), NR_HELO);
}

static bool
send_header(struct mta *mta, const char *name, const char *value)
{
	struct str text = STR_INIT;
	bool good;

	str_addf(&text, "%s%c%s%c", name, 0, value, 0);
	good = step(mta, 'L', str_slice(&text), NR_HDR);
	str_release(&text);
	return good;
}

/* Changes, then the verdict. */
static bool
finish(struct mta *mta, struct plan *plan)
{
	bool is_signed = false;
	char reply;

	put(mta, 'D', "Ei\0004cLOAD", 10);
	put(mta, 'E', "", 0);
	if (!flush(mta))
		return false;
	while ((reply = get(mta)) != 0 && strchr("hmiqp", reply) != NULL)
		if (reply != 'm' &&
			memmem(mta->in, mta->size, "DKIM-Signature", 14) != NULL)
			is_signed = true;
	atomic_fetch_add(&plan->signed_ones, is_signed);
	return reply == 'c' || reply == 'a';
}

static bool
send_one(struct mta *mta, struct plan *plan, const char *body)
{
	char from[300];
	int n = snprintf(from, sizeof(from), "<%s>", plan->sender);
	bool good = step(mta, 'M', slice_make(from, (size_t)n + 1), NR_MAIL) &&
	            step(mta, 'R', SLICE_LIT("<a@example.net>\0"), NR_RCPT);

	if (good && (mta->steps & NODATA) == 0)
		good = step(mta, 'T', SLICE_EMPTY, NR_DATA);
	snprintf(from, sizeof(from), " Load <%s>", plan->sender);
	good = good && send_header(mta, "From", from);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		good = good && send_header(mta, fields[i][0], fields[i][1]);
	good = good && step(mta, 'N', SLICE_EMPTY, NR_EOH);
	for (size_t at = 0; good && at < plan->body; at += 65535)
		good = step(mta, 'B', slice_make(body + at, MIN(plan->body - at, 65535)),
			NR_BODY);
	return good && finish(mta, plan);
}

static void *
connection(void *arg)
{
	static const char line[] =
		"a line of text that goes on and on, as lines do in mail\r\n";
	struct plan *plan = arg;
	struct pool *pool = pool_new();
	struct mta *mta = pool_alloc(pool, sizeof(*mta));
	char *body = pool_alloc(pool, plan->body + 1);
	bool good;
	long turn;

	for (size_t i = 0; i < plan->body; i++)
		body[i] = line[i % (sizeof(line) - 1)];
	mta->out = (struct str)STR_INIT;
	good = greet(mta, plan);
	while ((turn = atomic_fetch_add(&plan->turn, 1)) < plan->messages) {
		int64_t begun = now_us();

		good = good && send_one(mta, plan, body);
		plan->spent_us[turn] = (uint32_t)(now_us() - begun);
		if (!good)
			atomic_fetch_add(&plan->failed, 1);
	}
	close(mta->fd);
	str_release(&mta->out);
	pool_free(pool);
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	struct pool *pool = pool_new();
	struct plan plan = { .to = { .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	pthread_t *threads;
	long connections;
	int64_t begun;

	if (argc != 6) {
		fputs("usage: load PORT CONNECTIONS MESSAGES SENDER BODY-BYTES\n",
			stderr);
		return 64;
	}
	plan.to.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	connections = strtol(argv[2], NULL, 10);
	plan.messages = MAX(1, strtol(argv[3], NULL, 10));
	plan.sender = argv[4];
	plan.body = strtoul(argv[5], NULL, 10);
	plan.spent_us = pool_array(pool, (size_t)plan.messages, sizeof(uint32_t));
	threads = pool_array(pool, (size_t)connections, sizeof(*threads));
	begun = now_us();
	for (long i = 0; i < connections; i++)
		pthread_create(&threads[i], NULL, connection, &plan);
	for (long i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	begun = now_us() - begun;
	qsort(plan.spent_us, (size_t)plan.messages, sizeof(uint32_t), by_size);
	printf("%.0f messages/s, median %.2f ms, 99%% %.2f ms, signed %ld, failed %ld\n",
		(double)plan.messages * 1e6 / (double)begun,
		plan.spent_us[plan.messages / 2] / 1e3,
		plan.spent_us[plan.messages * 99 / 100] / 1e3, plan.signed_ones,
		plan.failed);
	pool_free(pool);
	return plan.failed > 0;
}
