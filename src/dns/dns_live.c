/*
 * c-ares is not made for several threads, so one thread owns it; the others put questions
 * into a queue and wake it. The packets are our own (dns_wire), because a name is bytes
 * here and escaped text there; c-ares sends them, waits, asks again, takes another
 * nameserver or TCP, and gives the answer back.
 *
 * A channel is c-ares with one set of nameservers. When resolv.conf has changed, a new
 * channel takes the new questions, and the old one is closed with its last answer. The
 * same is done after so many questions: under load c-ares would ask from one port for
 * ever, and a port that does not change is half of what a forger has to guess. When
 * nothing is under way the sockets are closed, so after an outage nothing remembers it.
 *
 * Thousands of questions at once would fill the buffers of both sides, be dropped, and be
 * sent again at once when their patience ends. So they go out in small batches, and what
 * has come is read in between. How many are under way is not limited here: names that
 * never answer must not keep the others waiting.
 *
 * Against forged answers, before one is given to us:
 * - The id. Old c-ares (1.18) sends the packet as we made it, with 16 random bits of
 *   ours; later ones put random bits of their own in their place, and hand on the packet
 *   with these. All look an answer up among their open questions by its id and drop what
 *   has none, so the id is never compared here.
 * - Where it comes from. The socket is connected, so the kernel takes packets from the
 *   nameserver's address and port alone; c-ares looks at the address once more.
 * - The question. c-ares drops an answer to another one; dns_wire looks once more.
 * t/unit/dns_live lies in each of the three and sees that the answer is not believed.
 *
 * What else the library decides by itself is taken as it says it: newer ones read the
 * packets themselves, drop what is malformed, and give the rest as a packet of
 * their own.
 *
 * Rejected: libunbound, whose blocking call costs 0.4 ms of CPU even for what it has
 * cached, and which remembers a dead server for a while after it has come back.
 */
#define CARES_NO_DEPRECATED
#include "base/base.h"
#include "dns/dns_live.h"

#include "base/clock.h"
#include "base/ip.h"
#include "base/msg.h"
#include "base/str.h"
#include "dns/dns_servers.h"
#include "dns/dns_wire.h"

#include <ares.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define LOOK_MS 200
#define TRY_MS 1500
#define TRIES 3
#define CHANNELS 8    /* older ones are cut off */
#define BATCH 64      /* questions sent before answers are read again */
#define PAUSE_MS 1    /* between batches */
#define RENEW_AT 1000 /* questions that one channel may ask */
#define PORT_NUMBER 53

struct live;

struct channel {
	struct channel *next;
	ares_channel ares;
	size_t open; /* questions without an answer */
	size_t sent;
};

struct question {
	struct question *next;
	struct channel *channel;
	void (*done)(void *arg, const struct dns_answer *);
	void *arg;
	size_t n;
	unsigned char query[DNS_WIRE_QUERY_SIZE];
};

struct live {
	struct dns_backend backend;
	char *nameservers; /* as c-ares wants them; NULL: from resolv.conf */
	char *resolv_conf;
	unsigned short port;
	int try_ms, tries;
	pthread_t thread;
	int wake;
	pthread_mutex_t lock; /* over the three that follow */
	struct question *first, **last;
	bool closing;
	struct channel *channels; /* the newest first; of the thread */
	struct stat seen;         /* resolv.conf as the newest channel read it */
	int64_t look;             /* when to look at it again */
};

static void
question_end(struct question *q, const struct dns_answer *answer)
{
	q->done(q->arg, answer);
	free(q);
}

static void
question_fail(struct question *q, const char *reason)
{
	const struct dns_answer answer = { .status = DNS_TEMPFAIL, .reason = reason };

	question_end(q, &answer);
}

/* What c-ares says when it has no packet to show. */
static const char *
status_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} rows[] = {
		{ ARES_ETIMEOUT, N_("time-out") },
		{ ARES_ESERVFAIL, "SERVFAIL" },
		{ ARES_EREFUSED, "REFUSED" },
		{ ARES_EFORMERR, "FORMERR" },
		{ ARES_ENOTIMP, "NOTIMP" },
		{ ARES_EBADRESP, N_("malformed answer") },
		{ ARES_ECONNREFUSED, N_("no nameserver gives an answer") },
		{ ARES_EDESTRUCTION, N_("shutting down") },
		{ ARES_ECANCELLED, N_("shutting down") },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].reason;
	return N_("the resolver library failed");
}

/* The answer to a question, from c-ares. */
static void
live_reply(void *arg, int status, int timeouts, unsigned char *packet, int n)
{
	struct question *q = arg;
	struct dns_answer answer;
	struct pool *pool;

	(void)timeouts;
	q->channel->open--;
	if (status != ARES_SUCCESS || packet == NULL || n < 0) {
		question_fail(q, status_reason(status));
		return;
	}
	pool = pool_new();
	dns_wire_read(pool, slice_make((const char *)q->query, q->n),
		slice_make((const char *)packet, (size_t)n), &answer);
	question_end(q, &answer);
	pool_free(pool);
}

/* c-ares with the nameservers of this moment, or false. The EDNS of the questions is
 * ours; c-ares is told of it, or it throws away what is larger than 512 bytes and asks
 * again over TCP. */
static bool
channel_init(const struct live *live, int flags, ares_channel *ares)
{
	struct ares_options options = {
		.flags = flags | ARES_FLAG_EDNS,
		.ednspsz = DNS_WIRE_UDP_SIZE,
		.timeout = live->try_ms,
		.tries = live->tries,
		.resolvconf_path = live->resolv_conf,
		.udp_port = live->port,
		.tcp_port = live->port,
	};
	int rc = ares_init_options(ares, &options,
		ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
			ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT);

	if (rc != ARES_SUCCESS)
		return false;
	if (live->nameservers == NULL)
		return true;
	rc = ares_set_servers_ports_csv(*ares, live->nameservers);
	if (rc != ARES_SUCCESS)
		ares_destroy(*ares);
	return rc == ARES_SUCCESS;
}

/* Is there another nameserver to turn to? */
static bool
channel_has_choice(ares_channel ares)
{
	struct ares_addr_port_node *servers = NULL;
	bool choice;

	if (ares_get_servers_ports(ares, &servers) != ARES_SUCCESS)
		return true;
	choice = servers != NULL && servers->next != NULL;
	ares_free_data(servers);
	return choice;
}

/* A new channel before the others; false if c-ares cannot. Of several nameservers the
 * next one is asked when one answers SERVFAIL or REFUSED, and then c-ares keeps the code
 * to itself; the answer of an only one is wanted as it is. */
static bool
live_open(struct live *live)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	bool open;

	if (channel == NULL)
		panic("out of memory");
	open = channel_init(live, 0, &channel->ares);
	if (open && !channel_has_choice(channel->ares)) {
		ares_destroy(channel->ares);
		open = channel_init(live, ARES_FLAG_NOCHECKRESP, &channel->ares);
	}
	if (!open) {
		free(channel);
		return false;
	}
	channel->next = live->channels;
	live->channels = channel;
	return true;
}

static void
channel_free(struct channel *channel)
{
	ares_destroy(channel->ares);
	free(channel);
}

/* Closes the channels after the newest that have nothing left to do, and those that are
 * too many. */
static void
live_sweep(struct live *live)
{
	struct channel **at = live->channels != NULL ? &live->channels->next : NULL;
	int n = 1;

	while (at != NULL && *at != NULL) {
		struct channel *channel = *at;

		if (channel->open > 0 && n < CHANNELS) {
			at = &channel->next;
			n++;
			continue;
		}
		*at = channel->next;
		channel_free(channel);
	}
}

static bool
stat_eq(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Opens a new channel if resolv.conf has changed; looks five times a second at most. */
static void
live_look(struct live *live)
{
	struct stat now = { 0 };
	int64_t ms = clock_monotonic_ms();

	if (live->nameservers != NULL || ms < live->look)
		return;
	live->look = ms + LOOK_MS;
	if (stat(live->resolv_conf, &now) != 0 || stat_eq(&now, &live->seen))
		return;
	if (live_open(live))
		live->seen = now;
}

/* Takes some questions from the queue; *rest: it holds more. False: it is closed. */
static bool
queue_take(struct live *live, struct question **taken, bool *rest)
{
	struct question **end = &live->first;
	bool closing;

	pthread_mutex_lock(&live->lock);
	*taken = live->first;
	for (int i = 0; i < BATCH && *end != NULL; i++)
		end = &(*end)->next;
	live->first = *end;
	*end = NULL;
	if (live->first == NULL)
		live->last = &live->first;
	*rest = live->first != NULL;
	closing = live->closing;
	pthread_mutex_unlock(&live->lock);
	return !closing;
}

/* Sends some questions of the queue. False: the queue is closed. */
static bool
live_take(struct live *live, bool *rest)
{
	struct question *q, *next;
	bool open = queue_take(live, &q, rest);

	if (q != NULL)
		live_look(live);
	for (; q != NULL; q = next) {
		next = q->next;
		if (live->channels->sent >= RENEW_AT && live_open(live))
			live_sweep(live);
		q->channel = live->channels;
		q->channel->open++;
		q->channel->sent++;
		ares_send(q->channel->ares, q->query, (int)q->n, live_reply, q);
	}
	return open;
}

/* Adds a channel's sockets to those to be watched; gives how many there are now. */
static size_t
channel_watch(struct channel *channel, struct pollfd *fds, size_t n)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	unsigned bits =
		(unsigned)ares_getsock(channel->ares, sockets, ARES_GETSOCK_MAXNUM);

	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		/* Not ares.h's macros, which shift into the sign. */
		bool in = (bits >> i & 1) != 0;
		bool out = (bits >> (i + ARES_GETSOCK_MAXNUM) & 1) != 0;
		short events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));

		if (events != 0)
			fds[n++] = (struct pollfd){ .fd = sockets[i], .events = events };
	}
	return n;
}

/* Lets a channel read and write what is ready among its sockets, and see to its
 * time-outs.
 */
static void
channel_run(struct channel *channel, const struct pollfd *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool in = (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
		bool out = (fds[i].revents & POLLOUT) != 0;

		if (in || out)
			ares_process_fd(channel->ares, in ? fds[i].fd : ARES_SOCKET_BAD,
				out ? fds[i].fd : ARES_SOCKET_BAD);
	}
	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* How long poll may sleep, in milliseconds; -1: until something happens. */
static int
live_patience(const struct live *live)
{
	int least = -1;

	for (struct channel *c = live->channels; c != NULL; c = c->next) {
		struct timeval tv, *t = ares_timeout(c->ares, NULL, &tv);
		int ms;

		if (t == NULL)
			continue;
		ms = (int)(t->tv_sec * 1000 + t->tv_usec / 1000) + 1;
		least = least < 0 ? ms : MIN(least, ms);
	}
	return least;
}

/* Waits for the network or for a question (only shortly while there are more), and sees
 * to what has happened. */
static void
live_turn(struct live *live, bool rest)
{
	int patience = live_patience(live);
	struct pollfd fds[1 + CHANNELS * ARES_GETSOCK_MAXNUM];
	size_t from[CHANNELS + 1], n = 1, k = 0;
	uint64_t woken;

	fds[0] = (struct pollfd){ .fd = live->wake, .events = POLLIN };
	for (struct channel *c = live->channels; c != NULL && k < CHANNELS; c = c->next) {
		from[k++] = n;
		n = channel_watch(c, fds, n);
	}
	from[k] = n;
	if (rest)
		patience = PAUSE_MS;
	if (poll(fds, n, patience) < 0)
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
	if (fds[0].revents != 0 && read(live->wake, &woken, sizeof(woken)) < 0)
		woken = 0;
	k = 0;
	for (struct channel *c = live->channels; c != NULL && k < CHANNELS; c = c->next) {
		channel_run(c, fds + from[k], from[k + 1] - from[k]);
		k++;
	}
}

static void *
live_run(void *arg)
{
	struct live *live = arg;
	bool rest = false;

	while (live_take(live, &rest)) {
		live_turn(live, rest);
		live_sweep(live);
	}
	return NULL;
}

/* Wakes the thread. */
static void
live_wake(struct live *live)
{
	uint64_t one = 1;

	if (write(live->wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		panic("dns_live: cannot wake the thread: %s", strerror(errno));
}

static void
live_ask(struct dns_backend *backend, struct slice name, enum dns_type type,
	void (*done)(void *arg, const struct dns_answer *), void *arg)
{
	struct live *live = (struct live *)backend;
	struct question *q = calloc(1, sizeof(*q));
	const struct dns_answer none = { .status = DNS_NXDOMAIN };
	uint16_t id = 0;
	bool first;

	if (q == NULL)
		panic("out of memory");
	if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
		panic("dns_live: no random bytes: %s", strerror(errno));
	q->done = done;
	q->arg = arg;
	q->n = dns_wire_ask(q->query, id, name, type);
	if (q->n == 0) {
		question_end(q, &none);
		return;
	}
	pthread_mutex_lock(&live->lock);
	first = live->first == NULL;
	*live->last = q;
	live->last = &q->next;
	pthread_mutex_unlock(&live->lock);
	if (first)
		live_wake(live);
}

/* Gives back what dns_live_new took; the thread has ended or never ran. */
static void
live_free(struct live *live)
{
	while (live->first != NULL) {
		struct question *q = live->first;

		live->first = q->next;
		question_fail(q, N_("shutting down"));
	}
	while (live->channels != NULL) {
		struct channel *channel = live->channels;

		live->channels = channel->next;
		channel_free(channel);
	}
	if (live->wake >= 0)
		close(live->wake);
	pthread_mutex_destroy(&live->lock);
	free(live->nameservers);
	free(live->resolv_conf);
	free(live);
	ares_library_cleanup();
}

static void
live_close(struct dns_backend *backend)
{
	struct live *live = (struct live *)backend;

	pthread_mutex_lock(&live->lock);
	live->closing = true;
	pthread_mutex_unlock(&live->lock);
	live_wake(live);
	pthread_join(live->thread, NULL);
	live_free(live);
}

/* Asked of a library of its own: the thread's are the thread's alone. */
const char *
dns_live_servers(struct pool *pool, const struct dns_backend *backend)
{
	struct ares_addr_port_node *servers = NULL, *s;
	struct str list = STR_POOL(pool);
	char text[IP_TEXT_SIZE];
	ares_channel ares;

	if (!channel_init((const struct live *)backend, 0, &ares))
		return "resolv.conf";
	if (ares_get_servers_ports(ares, &servers) != ARES_SUCCESS)
		servers = NULL;
	for (s = servers; s != NULL; s = s->next) {
		struct ip ip = ip_of_bytes(&s->addr, s->family == AF_INET ? 4 : 16);
		bool usual = s->udp_port == 0 || s->udp_port == PORT_NUMBER;

		str_add(&list, list.n > 0 ? ", " : "");
		str_addf(&list, usual || ip.bits == 32 ? "%s" : "[%s]",
			ip_print(&ip, text));
		if (!usual)
			str_addf(&list, ":%d", s->udp_port);
	}
	ares_free_data(servers);
	ares_destroy(ares);
	return list.n > 0 ? list.p : "resolv.conf";
}

const struct reason *
dns_live_check(struct pool *pool, const char *nameservers)
{
	struct str csv = STR_POOL(pool);

	return dns_servers_parse(pool, nameservers, &csv);
}

/* A copy for the life of the daemon. */
static char *
live_strdup(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		panic("out of memory");
	return copy;
}

/* Opens the first channel and starts the thread, which no signal shall find. */
static const char *
live_start(struct live *live)
{
	sigset_t all, before;
	int rc;

	live->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (live->wake < 0)
		return strerror(errno);
	if (stat(live->resolv_conf, &live->seen) != 0)
		memset(&live->seen, 0, sizeof(live->seen));
	if (!live_open(live))
		return "c-ares does not start";
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&live->thread, NULL, live_run, live);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc != 0 ? strerror(rc) : NULL;
}

const struct reason *
dns_live_new(struct pool *pool, const struct dns_live_params *params,
	struct dns_backend **backend)
{
	const char *nameservers = params->nameservers != NULL ? params->nameservers : "";
	const char *conf =
		params->resolv_conf != NULL ? params->resolv_conf : RESOLV_CONF;
	struct str csv = STR_POOL(pool);
	const struct reason *bad = dns_servers_parse(pool, nameservers, &csv);
	const char *failure;
	struct live *live;

	if (bad != NULL)
		return bad;
	live = calloc(1, sizeof(*live));
	if (live == NULL)
		panic("out of memory");
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		panic("dns_live: c-ares does not start");
	live->backend = (struct dns_backend){ live_ask, live_close };
	live->nameservers = csv.n > 0 ? live_strdup(csv.p) : NULL;
	live->resolv_conf = live_strdup(conf);
	live->port = (unsigned short)(params->port > 0 ? params->port : PORT_NUMBER);
	live->try_ms = params->try_ms > 0 ? params->try_ms : TRY_MS;
	live->tries = params->tries > 0 ? params->tries : TRIES;
	live->last = &live->first;
	pthread_mutex_init(&live->lock, NULL);
	failure = live_start(live);
	if (failure != NULL) {
		live_free(live);
		return reason_make(pool, "cannot start asking the DNS: %p",
			reason_of(pool, pool_strdup(pool, failure)));
	}
	*backend = &live->backend;
	return NULL;
}
