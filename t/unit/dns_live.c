/* The network path, against a DNS server on a loopback port (t/lib/dnsd), and the cache.
 */
#include "base/base.h"

#include "base/clock.h"
#include "base/str.h"
#include "dns/dns_cache.h"
#include "dns/dns_live.h"

#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DEADLINE_MS 4000
#define THREADS 16

struct server {
	pid_t pid;
	int hold; /* its standard input: closed, it ends */
	int port;
};

static char folder[] = "/tmp/sekimori-dns-XXXXXX";

static const char zone_head[] = "a.example. 300 IN A 192.0.2.1\n"
				"b.example. 300 IN CNAME a.example.\n"
				"odd\\032\\040name.example. 300 IN A 192.0.2.2\n"
				"odd+name.example. 300 IN A 192.0.2.2\n"
				"n/5._2*.example. 300 IN A 192.0.2.2\n"
				"leads.example. 300 IN CNAME odd+name.example.\n"
				"lost.example. 300 IN CNAME no+where.example.\n"
				"mx.example. 300 IN MX 5 odd+name.example.\n"
				"ptr.example. 300 IN PTR odd\\032\\040name.example.\n"
				"bytes.example. 300 IN TXT \"\\000\\255\\195\\164\\013\"\n"
				"empty.example. 300 IN TXT \"\"\n"
				"Case.Example. 300 IN CNAME A.EXAMPLE.\n"
				"short.example. 0 IN TXT \"brief\"\n"
				"void.example. 300 IN MX 5 a.example.\n"
				"lie.example. 300 IN A 192.0.2.1\n"
				"lie.example. 300 IN TXT \"v=spf1\"\n"
				";@FAIL fail.example. * SERVFAIL\n"
				";@FAIL refuse.example. * REFUSED\n"
				";@FAIL form.example. * FORMERR\n"
				";@FAIL silent.example. * TIMEOUT\n";

/* A path in the test's folder. */
static const char *
path_of(struct pool *pool, const char *name)
{
	return pool_printf(pool, "%s/%s", folder, name);
}

static void
file_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		tap_ok(false, "cannot write %s", path);
}

/* The zone: 60 names for the threads and texts of 3 KB and 16 KB besides the fixed part.
 */
static void
zone_write(struct pool *pool)
{
	struct str text = STR_POOL(pool);

	str_add(&text, zone_head);
	for (int i = 0; i < 60; i++)
		str_addf(&text, "n%d.example. 300 IN TXT \"number %d\"\n", i, i);
	str_add(&text, "middle.example. 300 IN TXT \"");
	for (int i = 0; i < 1100; i++)
		str_addc(&text, 'm');
	str_add(&text, "\"\nlate.example. 300 IN TXT \"");
	for (int i = 0; i < 1100; i++)
		str_addc(&text, 'l');
	str_add(&text, "\"\nbig.example. 300 IN TXT \"");
	for (int i = 0; i < 3000; i++)
		str_addc(&text, 'b');
	str_add(&text, "\"\nhuge.example. 300 IN TXT \"");
	for (int i = 0; i < 16384; i++)
		str_addc(&text, 'h');
	str_add(&text, "\"\n");
	file_write(path_of(pool, "zone"), text.p);
}

/* Reads "port N". */
static int
port_read(int fd)
{
	char line[64];
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	return strncmp(line, "port ", 5) == 0 ? (int)strtol(line + 5, NULL, 10) : 0;
}

/* Starts dnsd with the zone and some options (blank-separated). */
static struct server
server_start(struct pool *pool, const char *options)
{
	const char *top = getenv("srcdir");
	struct server server = { 0 };
	int in[2], out[2];
	const char *line = pool_printf(pool, "exec %s/t/lib/dnsd --stdin --log %s %s %s",
		top != NULL ? top : "..", path_of(pool, "log"), options,
		path_of(pool, "zone"));

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return server;
	server.pid = fork();
	if (server.pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server.hold = in[1];
	server.port = port_read(out[0]);
	close(out[0]);
	if (server.port == 0)
		tap_ok(false, "dnsd does not start: %s", line);
	return server;
}

static void
server_stop(struct server *server)
{
	close(server->hold);
	waitpid(server->pid, NULL, 0);
}

/* A cache over the network, with the nameserver at this port. */
static struct dns *
resolver(struct pool *pool, int port, int try_ms, int tries)
{
	struct dns_live_params params = {
		.nameservers = pool_printf(pool, "127.0.0.1:%d", port),
		.try_ms = try_ms,
		.tries = tries,
	};
	struct dns_backend *live = NULL;

	tap_is_reason(dns_live_new(pool, &params, &live), NULL, "the resolver starts");
	return dns_cache_new(live, NULL);
}

/* One question with the usual patience. */
static struct dns_answer
ask(struct dns *dns, struct pool *pool, const char *name, enum dns_type type)
{
	struct dns_answer a;

	dns_query(
		dns, slice_of(name), type, clock_monotonic_ms() + DEADLINE_MS, pool, &a);
	return a;
}

/* How many lines of the server's log begin with this. */
static int
log_count(struct pool *pool, const char *begin)
{
	FILE *f = fopen(path_of(pool, "log"), "r");
	char line[512];
	int n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strncmp(line, begin, strlen(begin)) == 0;
	if (f != NULL)
		fclose(f);
	return n;
}

static const struct {
	const char *name;
	enum dns_type type;
	enum dns_status status;
	size_t bytes; /* of the first record */
	const char *reason;
} questions[] = {
	{ "a.example", DNS_A, DNS_OK, 4, NULL },
	{ "A.Example.", DNS_A, DNS_OK, 4, NULL },
	{ "b.example", DNS_A, DNS_OK, 4, NULL },
	{ "odd (name.example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "odd+name.example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "n/5._2*.example", DNS_A, DNS_OK, 4, NULL },
	{ "leads.example", DNS_A, DNS_OK, 4, NULL },
	{ "lost.example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "mx.example", DNS_MX, DNS_OK, 16, NULL },
	{ "ptr.example", DNS_PTR, DNS_OK, 17, NULL },
	{ "bytes.example", DNS_TXT, DNS_OK, 5, NULL },
	{ "empty.example", DNS_TXT, DNS_OK, 0, NULL },
	{ "case.example", DNS_A, DNS_OK, 4, NULL },
	{ "void.example", DNS_A, DNS_NODATA, 0, NULL },
	{ "nowhere.example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "middle.example", DNS_TXT, DNS_OK, 1100, NULL },
	{ "fail.example", DNS_A, DNS_TEMPFAIL, 0, "SERVFAIL" },
	{ "refuse.example", DNS_A, DNS_TEMPFAIL, 0, "REFUSED" },
	{ "form.example", DNS_A, DNS_TEMPFAIL, 0, "FORMERR" },
	{ "late.example", DNS_TXT, DNS_OK, 1100, NULL }, /* EDNS is in doubt now */
	{ "silent.example", DNS_A, DNS_TEMPFAIL, 0, "time-out" },
	{ "big.example", DNS_TXT, DNS_OK, 3000, NULL },
	{ "huge.example", DNS_TXT, DNS_OK, 16384, NULL },
};

static void
test_questions(struct pool *pool)
{
	struct server server = server_start(pool, "");
	struct dns *dns = resolver(pool, server.port, 100, 2);
	struct dns_cache_count count;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		const char *name = questions[i].name;
		struct dns_answer a = ask(dns, pool, name, questions[i].type);

		tap_is_int(a.status, questions[i].status, "GEN-2: %s", name);
		tap_is(a.reason, questions[i].reason, "its reason");
		if (a.status == DNS_OK)
			tap_is_int((int64_t)a.records[0].data.n,
				(int64_t)questions[i].bytes, "its data");
	}
	tap_is_int(log_count(pool, "tcp TXT big.example"), 1, "truncation leads to TCP");
	tap_is_int(log_count(pool, "tcp TXT middle.example"), 0,
		"what EDNS allows comes over UDP");
	tap_is_int(log_count(pool, "udp A a.example"), 1, "asked once, answered twice");
	ask(dns, pool, "short.example", DNS_TXT);
	ask(dns, pool, "short.example", DNS_TXT);
	tap_is_int(log_count(pool, "udp TXT short.example"), 1,
		"a TTL of 0 lives long enough to be used");
	dns_cache_count(dns, &count);
	tap_is_int((int64_t)count.sent, 23, "questions sent");
	tap_is_int((int64_t)count.asked, 25, "questions asked");
	dns_close(dns);
	server_stop(&server);
}

static const struct {
	const char *lie;
	enum dns_type type;
	const char *reason;
} lies[] = {
	{ "short-rdata", DNS_A, "malformed answer" },
	{ "txt-overrun", DNS_TXT, "malformed answer" },
	{ "rdlength", DNS_TXT, "malformed answer" },
	{ "loop", DNS_TXT, "malformed answer" },
	{ "counts", DNS_TXT, "malformed answer" },
	{ "cut", DNS_TXT, "malformed answer" },
	{ "junk", DNS_TXT, "malformed answer" },
	{ "cname-loop", DNS_A, "CNAME loop" },
	{ "wrong-id", DNS_A, "time-out" },
	{ "wrong-question", DNS_A, "time-out" },
	{ "wrong-port", DNS_A, "time-out" },
	{ "wrong-address", DNS_A, "time-out" },
};

static void
test_lies(struct pool *pool)
{
	struct str options = STR_POOL(pool);
	struct server server;
	struct dns *dns;

	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		str_addf(&options, " --lie n%zu.example %s", i, lies[i].lie);
	server = server_start(pool, options.p);
	dns = resolver(pool, server.port, 100, 1);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		const char *name = pool_printf(pool, "n%zu.example", i);
		struct dns_answer a = ask(dns, pool, name, lies[i].type);

		tap_is_int(a.status, DNS_TEMPFAIL, "S4, S22: %s", lies[i].lie);
		tap_is(a.reason, lies[i].reason, "its reason");
	}
	dns_close(dns);
	server_stop(&server);
}

/* The ids of the questions in the server's log; gives how many there are. */
static size_t
log_ids(struct pool *pool, unsigned ids[], size_t room)
{
	FILE *f = fopen(path_of(pool, "log"), "r");
	char line[512];
	size_t n = 0;

	while (f != NULL && n < room && fgets(line, sizeof(line), f) != NULL) {
		const char *id = strrchr(line, ' ');

		if (id != NULL && strncmp(line, "udp TXT n", 9) == 0)
			ids[n++] = (unsigned)strtoul(id, NULL, 16);
	}
	if (f != NULL)
		fclose(f);
	return n;
}

/* Whoever draws the ids, this program or the library: nobody can count them out. */
static void
test_ids(struct pool *pool)
{
	struct server server = server_start(pool, "--ids");
	struct dns *dns = resolver(pool, server.port, 1000, 3);
	unsigned ids[60], high = 0, low = UINT32_MAX;
	int same = 0, steps = 0;
	size_t n;

	for (int i = 0; i < 60; i++)
		ask(dns, pool, pool_printf(pool, "n%d.example", i), DNS_TXT);
	n = log_ids(pool, ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++) {
		high = MAX(high, ids[i]);
		low = MIN(low, ids[i]);
		for (size_t k = 0; k < i; k++)
			same += ids[k] == ids[i];
		steps += i > 1 && ids[i] - ids[i - 1] == ids[i - 1] - ids[i - 2];
	}
	tap_is_int((int64_t)n, 60, "60 questions have an id");
	tap_ok(same <= 2 && steps <= 2 && high - low > 0x8000,
		"the ids are random: %d equal, %d equal steps, %#x to %#x", same, steps,
		low, high);
	dns_close(dns);
	server_stop(&server);
}

static void
test_prefetch(struct pool *pool)
{
	struct server server = server_start(pool, "--delay 200");
	struct dns *dns = resolver(pool, server.port, 10000, 2);
	int64_t start = clock_monotonic_ms(), begun, took;
	int right = 0;

	for (int i = 0; i < 40; i++)
		dns_prefetch(dns, slice_of(pool_printf(pool, "n%d.example", i)), DNS_TXT);
	begun = clock_monotonic_ms() - start;
	for (int i = 0; i < 40; i++) {
		const char *name = pool_printf(pool, "n%d.example", i);

		right += ask(dns, pool, name, DNS_TXT).status == DNS_OK;
	}
	took = clock_monotonic_ms() - start;
	tap_is_int(right, 40, "prefetched answers are there");
	tap_ok(begun < 4000, "a prefetch does not wait: %" PRId64 " ms", begun);
	tap_ok(took >= 200 && took < 4000,
		"40 prefetched questions cost one delay, not 40: %" PRId64 " ms", took);
	tap_is_int(log_count(pool, "udp TXT n7.example"), 1,
		"a question under way is not asked again");
	dns_close(dns);
	server_stop(&server);
}

static void
test_dead(struct pool *pool)
{
	struct server server = server_start(pool, "--dead");
	struct dns *dns = resolver(pool, server.port, 20000, 2);
	int64_t start = clock_monotonic_ms(), took;
	struct dns_answer a;

	dns_query(dns, SLICE_LIT("a.example"), DNS_A, start + 100, pool, &a);
	took = clock_monotonic_ms() - start;
	tap_is(a.reason, "time-out", "a dead server: time-out");
	tap_ok(took >= 100 && took < 10000, "at the deadline: %" PRId64 " ms", took);
	dns_prefetch(dns, SLICE_LIT("b.example"), DNS_A);
	start = clock_monotonic_ms();
	dns_close(dns);
	tap_ok(clock_monotonic_ms() - start < 10000, "closing does not wait for answers");
	server_stop(&server);
}

static void
test_outage(struct pool *pool)
{
	struct server server = server_start(pool, "");
	struct dns *dns = resolver(pool, server.port, 100, 1);
	const char *again = pool_printf(pool, "--port %d", server.port);

	tap_is_int(ask(dns, pool, "n1.example", DNS_TXT).status, DNS_OK, "before");
	server_stop(&server);
	tap_is_int(ask(dns, pool, "n2.example", DNS_TXT).status, DNS_TEMPFAIL,
		"nobody answers");
	tap_is_int(ask(dns, pool, "n1.example", DNS_TXT).status, DNS_OK,
		"what is cached still is");
	server = server_start(pool, again);
	tap_is_int(ask(dns, pool, "n3.example", DNS_TXT).status, DNS_OK,
		"the first question after the outage is answered");
	dns_close(dns);
	server_stop(&server);
}

/* Two nameservers, of which the first is not there. */
static void
test_choice(struct pool *pool)
{
	struct server server = server_start(pool, "");
	struct dns_live_params params = { .try_ms = 200, .tries = 2 };
	struct dns_backend *live = NULL;
	struct dns *dns;

	params.nameservers =
		pool_printf(pool, "127.0.0.3:%d,127.0.0.1:%d", server.port, server.port);
	tap_is_reason(dns_live_new(pool, &params, &live), NULL, "two nameservers");
	tap_is(dns_live_servers(pool, live),
		pool_printf(pool, "127.0.0.3:%d, 127.0.0.1:%d", server.port, server.port),
		"both are named");
	dns = dns_cache_new(live, NULL);
	tap_is_int(ask(dns, pool, "a.example", DNS_A).status, DNS_OK,
		"the second answers where the first is not there");
	tap_is(ask(dns, pool, "fail.example", DNS_A).reason,
		"no nameserver gives an answer", "all fail");
	dns_close(dns);
	server_stop(&server);
}

/* resolv.conf first names a nameserver that is not there, then the right one. */
static void
test_resolv_conf(struct pool *pool)
{
	struct server server = server_start(pool, "");
	struct dns_live_params params = { .resolv_conf = path_of(pool, "resolv.conf"),
		.port = server.port,
		.try_ms = 100,
		.tries = 1 };
	int64_t until = clock_monotonic_ms() + DEADLINE_MS;
	struct dns_backend *live = NULL;
	bool answered = false;
	struct dns *dns;

	file_write(params.resolv_conf, "nameserver 127.0.0.9\n");
	tap_is_reason(dns_live_new(pool, &params, &live), NULL, "resolv.conf is read");
	dns = dns_cache_new(live, NULL);
	tap_is_int(ask(dns, pool, "a.example", DNS_A).status, DNS_TEMPFAIL,
		"its nameserver is not there");
	file_write(params.resolv_conf, "# mended\nnameserver 127.0.0.1\n");
	for (int i = 0; !answered && clock_monotonic_ms() < until; i++) {
		const char *name = pool_printf(pool, "n%d.example", i);

		answered = ask(dns, pool, name, DNS_TXT).status != DNS_TEMPFAIL;
	}
	tap_ok(answered, "a changed resolv.conf is read again");
	unlink(params.resolv_conf);
	dns_close(dns);
	server_stop(&server);
}

/* More questions than one channel of the resolver asks, fifty at a time. */
static void
test_many(struct pool *pool)
{
	struct server server = server_start(pool, "");
	struct dns *dns = resolver(pool, server.port, 1000, 3);
	int right = 0;

	for (int i = 0; i < 1100; i += 50) {
		for (int k = i; k < i + 50; k++)
			dns_prefetch(dns, slice_of(pool_printf(pool, "m%d.example", k)),
				DNS_TXT);
		for (int k = i; k < i + 50; k++)
			right += ask(dns, pool, pool_printf(pool, "m%d.example", k),
					 DNS_TXT)
			                 .status == DNS_NXDOMAIN;
	}
	tap_is_int(right, 1100, "answers go on when a channel is replaced");
	dns_close(dns);
	server_stop(&server);
}

struct thread {
	pthread_t id;
	struct dns *dns;
	int number, wrong;
};

/* Asks for names that other threads ask for too, some with no time to wait. */
static void *
thread_run(void *arg)
{
	struct thread *t = arg;

	for (int i = 0; i < 120; i++) {
		struct pool *pool = pool_new();
		int k = (i * 7 + t->number) % 60;
		const char *name = pool_printf(pool, "n%d.example", k);
		const char *want = pool_printf(pool, "number %d", k);
		struct dns_answer a;

		if (i % 3 == 0)
			dns_prefetch(t->dns, slice_of(name), DNS_TXT);
		dns_query(t->dns, slice_of(name), DNS_TXT,
			i % 5 == 0 ? clock_monotonic_ms() : clock_monotonic_ms() + 4000,
			pool, &a);
		if (a.status == DNS_OK)
			t->wrong += a.n != 1 || !slice_is(a.records[0].data, want);
		else
			t->wrong += i % 5 != 0;
		pool_free(pool);
	}
	return NULL;
}

/* Many threads, and a cache so small that it always has to give something up. */
static void
test_threads(struct pool *pool)
{
	struct server server = server_start(pool, "--delay 1");
	struct dns_cache_limits limits = dns_cache_usual;
	struct dns_live_params params = { .nameservers = pool_printf(
						  pool, "127.0.0.1:%d", server.port) };
	struct dns_backend *live = NULL;
	struct thread threads[THREADS];
	struct dns_cache_count count;
	struct dns *dns;
	int wrong = 0;

	limits.bytes = 1;
	dns_live_new(pool, &params, &live);
	dns = dns_cache_new(live, &limits);
	for (int i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){ .dns = dns, .number = i };
		pthread_create(&threads[i].id, NULL, thread_run, &threads[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i].id, NULL);
		wrong += threads[i].wrong;
	}
	dns_cache_count(dns, &count);
	tap_is_int(wrong, 0, "%d threads get right answers", THREADS);
	tap_ok(count.sent < count.asked && count.entries <= 64,
		"%" PRIu64 " asked, %" PRIu64 " sent, %" PRIu64 " kept", count.asked,
		count.sent, count.entries);
	dns_close(dns);
	server_stop(&server);
}

static const struct {
	const char *text, *bad;
} lists[] = {
	{ "127.0.0.1", NULL },
	{ " 127.0.0.1:5353, ::1,[::1]:53 [2001:db8::1] ", NULL },
	{ "", NULL },
	{ "localhost",
		"'localhost' is no nameserver: an address is right, with or without "
		":PORT" },
	{ "127.0.0.1:0", "'127.0.0.1:0' is no nameserver: a port is 1 to 65535" },
	{ "127.0.0.1:65536", "'127.0.0.1:65536' is no nameserver: a port is 1 to 65535" },
	{ "[::1", "'[::1' is no nameserver: [ADDR]:PORT is right" },
	{ "[::1]53", "'[::1]53' is no nameserver: [ADDR]:PORT is right" },
};

int
main(void)
{
	struct pool *pool = pool_new();

	if (mkdtemp(folder) == NULL)
		return 1;
	zone_write(pool);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		tap_is_reason(dns_live_check(pool, lists[i].text), lists[i].bad, "'%s'",
			lists[i].text);
	test_questions(pool);
	test_lies(pool);
	unlink(path_of(pool, "log"));
	test_ids(pool);
	unlink(path_of(pool, "log"));
	test_prefetch(pool);
	test_dead(pool);
	test_outage(pool);
	test_choice(pool);
	test_resolv_conf(pool);
	test_many(pool);
	test_threads(pool);
	unlink(path_of(pool, "log"));
	unlink(path_of(pool, "zone"));
	rmdir(folder);
	pool_free(pool);
	return tap_done();
}
