/*
 * A connection keeps what the MTA said about the client, and makes the engine's session
 * of it at MAIL: by then all macros are there that will come, a connection without mail
 * costs nothing, and a policy that was exchanged meanwhile applies from the next message
 * on.
 *
 * Answers that are always "go on" are not sent where the MTA allows that. The body is the
 * exception: no reply to a chunk would mean no way to say that the rest is not needed.
 *
 * One connection's callbacks come one after another, but on different threads. A lock of
 * the connection's own makes what one thread wrote known to the next, whatever libmilter
 * does; the lock itself is published when it was made.
 */
#include "base/base.h"
#include "milter/callbacks.h"

#include <netinet/in.h>
#include <pthread.h>

#include "base/ip.h"
#include "base/msg.h"
#include "base/pool.h"
#include "base/str.h"
#include "config/policy.h"
#include "engine/txn.h"
#include "milter/apply.h"
#include "milter/gate.h"
#include "milter/reload.h"
#include "milter/tally.h"

/* A field of one MiB is handed on whole; the library's own limit is 64 KiB. */
#define WIRE_LIMIT ((size_t)1 << 20)

/* What we ask the mail server for. SMFIP_HDR_LEADSPC: the blank after a field's colon,
 * which the simple form hashes. SMFIP_SKIP: no more of the body. SMFIP_NO*: commands
 * that we do not want to hear of. SMFIP_NR_*: steps that we do not answer (see go_on). */
#define ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE)
#define STEPS                                                              \
	(SMFIP_HDR_LEADSPC | SMFIP_SKIP | SMFIP_NOUNKNOWN | SMFIP_NODATA | \
		SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR | SMFIP_NR_EOH)

struct conn {
	struct pool *pool;    /* where this struct lies */
	pthread_mutex_t lock; /* held in a callback */
	struct granted granted;
	union {
		struct sockaddr sa; /* AF_UNSPEC: none is known */
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} client;
	struct str rdns, helo; /* empty: unknown */
	bool hidden;           /* by its name the client is not this host */
	const struct policy *policy;
	struct session *session;
	struct txn *txn; /* NULL between messages */
	bool body_done;
	struct str value; /* of the field at hand */
};

/* Macros that are wanted earlier than some MTAs send them. */
static const struct {
	int stage;
	const char *names;
} wanted_macros[] = {
	{ SMFIM_CONNECT, "j v {daemon_name} {client_addr} {client_name} {client_resolve}" },
	{ SMFIM_ENVFROM, "i j {daemon_name} {auth_type} {auth_authen} {client_addr}" },
	{ SMFIM_EOM, "i" },
};

/* A macro's value; NULL where it is not known or empty. */
static const char *
macro(SMFICTX *ctx, const char *name)
{
	char text[32];
	const char *value;

	snprintf(text, sizeof(text), "%s", name);
	value = smfi_getsymval(ctx, text);
	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The answer "go on", which is left out where the MTA granted that (SMFIP_NR_*). */
static sfsistat
go_on(const struct conn *conn, unsigned long unsaid)
{
	return conn != NULL && (conn->granted.steps & unsaid) != 0 ? SMFIS_NOREPLY
	                                                           : SMFIS_CONTINUE;
}

static struct slice
str_or_empty(const char *text)
{
	return text != NULL ? slice_of(text) : SLICE_EMPTY;
}

static void
set_text(struct str *str, const char *text)
{
	str_cut(str, 0);
	str_add_slice(str, str_or_empty(text));
}

/* The connection of this callback, locked; NULL where libmilter has forgotten it. */
static struct conn *
conn_lock(SMFICTX *ctx)
{
	struct conn *conn = smfi_getpriv(ctx);

	reload_observe();
	if (conn != NULL)
		pthread_mutex_lock(&conn->lock);
	return conn;
}

/* Unlocks the connection, and hands the callback's answer on. */
static sfsistat
conn_unlock(struct conn *conn, sfsistat status)
{
	if (conn != NULL)
		pthread_mutex_unlock(&conn->lock);
	return status;
}

static bool
has_message(const struct conn *conn)
{
	return conn != NULL && conn->txn != NULL;
}

/* Ends the message that is under way, if one is. */
static void
end_message(struct conn *conn)
{
	if (conn->txn == NULL)
		return;
	txn_free(conn->txn);
	conn->txn = NULL;
	gate_leave(reload_gate());
}

static void
end_session(struct conn *conn)
{
	if (conn->session != NULL)
		session_free(conn->session);
	if (conn->policy != NULL)
		policy_release(conn->policy);
	conn->session = NULL;
	conn->policy = NULL;
}

/* Ends a connection that is locked. */
static void
end_connection(struct conn *conn)
{
	end_message(conn);
	end_session(conn);
	pthread_mutex_unlock(&conn->lock);
	pthread_mutex_destroy(&conn->lock);
	str_release(&conn->rdns);
	str_release(&conn->helo);
	str_release(&conn->value);
	pool_free(conn->pool);
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
	unsigned long f2 UNUSED, unsigned long f3 UNUSED, unsigned long *my_actions,
	unsigned long *my_steps, unsigned long *pf2, unsigned long *pf3)
{
	struct pool *pool = pool_new();
	struct conn *conn = pool_alloc(pool, sizeof(*conn));
	char names[128];

	*conn = (struct conn){ .pool = pool,
		.granted = { actions & ACTIONS, steps & STEPS },
		.client = { .sa.sa_family = AF_UNSPEC },
		.rdns = STR_INIT,
		.helo = STR_INIT,
		.value = STR_INIT };
	pthread_mutex_init(&conn->lock, NULL);
	pthread_mutex_lock(&conn->lock);
	*my_actions = conn->granted.actions;
	*my_steps = conn->granted.steps;
	*pf2 = *pf3 = 0;
	for (size_t i = 0;
		(actions & SMFIF_SETSYMLIST) != 0 && i < ARRAY_LEN(wanted_macros); i++) {
		snprintf(names, sizeof(names), "%s", wanted_macros[i].names);
		if (smfi_setsymlist(ctx, wanted_macros[i].stage, names) == MI_SUCCESS)
			*my_actions |= SMFIF_SETSYMLIST;
	}
	reload_publish();
	if (smfi_setpriv(ctx, conn) == MI_SUCCESS)
		return conn_unlock(conn, SMFIS_CONTINUE);
	end_connection(conn);
	return SMFIS_REJECT;
}

/* The client's address: as the MTA gives it, else from the macro. */
static void
set_client(struct conn *conn, SMFICTX *ctx, const struct sockaddr *addr)
{
	const char *text = macro(ctx, "{client_addr}");
	struct ip ip;

	if (addr != NULL && addr->sa_family == AF_INET)
		memcpy(&conn->client.in, addr, sizeof(conn->client.in));
	else if (addr != NULL && addr->sa_family == AF_INET6)
		memcpy(&conn->client.in6, addr, sizeof(conn->client.in6));
	if (conn->client.sa.sa_family != AF_UNSPEC || text == NULL)
		return;
	/* Sendmail and some Postfix versions put "IPv6:" before such an address. */
	if (strncasecmp(text, "IPv6:", 5) == 0)
		text += 5;
	if (ip_parse(slice_of(text), &ip) != NULL)
		return;
	if (ip.bits == 32) {
		conn->client.in.sin_family = AF_INET;
		memcpy(&conn->client.in.sin_addr, ip.addr, 4);
	} else {
		conn->client.in6.sin6_family = AF_INET6;
		memcpy(&conn->client.in6.sin6_addr, ip.addr, 16);
	}
}

/* The client's name, where the MTA has found that name and address belong together:
 * Postfix says "unknown" otherwise, Sendmail tells it by {client_resolve}. */
static void
set_rdns(struct conn *conn, SMFICTX *ctx, const char *name)
{
	const char *resolved = macro(ctx, "{client_resolve}");

	if (name == NULL || name[0] == '[' || strcasecmp(name, "unknown") == 0)
		name = NULL;
	if (resolved != NULL && strcasecmp(resolved, "OK") != 0)
		name = NULL;
	set_text(&conn->rdns, name);
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *addr)
{
	struct conn *conn = conn_lock(ctx);

	if (conn != NULL) {
		set_client(conn, ctx, addr);
		set_rdns(conn, ctx, name);
		/* A program on this host has no address and is called localhost; a proxy
		 * may let the MTA know neither (XCLIENT), and that is anybody. */
		conn->hidden = name != NULL && strcasecmp(name, "localhost") != 0;
	}
	return conn_unlock(conn, go_on(conn, SMFIP_NR_CONN));
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	struct conn *conn = conn_lock(ctx);

	/* RFC 5321 4.1.4: HELO ends the message that is under way. A session keeps every
	 * name that it is told, and a client may say HELO all day: the next message gets
	 * a new session. */
	if (conn != NULL) {
		end_message(conn);
		end_session(conn);
		set_text(&conn->helo, name);
	}
	return conn_unlock(conn, go_on(conn, SMFIP_NR_HELO));
}

/* A session under the policy in force; the one at hand if its policy still is. */
static void
renew_session(struct conn *conn, SMFICTX *ctx, const struct policy *policy)
{
	if (conn->session != NULL && conn->policy == policy) {
		policy_release(policy);
		return;
	}
	end_session(conn);
	if (conn->client.sa.sa_family == AF_UNSPEC)
		set_client(conn, ctx, NULL);
	conn->policy = policy;
	conn->session = session_new(policy, reload_services(),
		conn->rdns.n > 0 ? conn->rdns.p : NULL,
		conn->client.sa.sa_family != AF_UNSPEC ? &conn->client.sa : NULL,
		macro(ctx, "j"));
	session_mta_version(conn->session, macro(ctx, "v"));
	if (conn->helo.n > 0)
		session_helo(conn->session, conn->helo.p);
}

/* A temporary failure at MAIL: nothing is known of the message yet, so nothing is lost.
 */
static sfsistat
reply_tempfail(SMFICTX *ctx, const char *why)
{
	char text[80];

	snprintf(text, sizeof(text), "Mail filter %s, try again later", why);
	return apply_reply(ctx, "451", "4.3.2", text);
}

/* Mode shadow: does all mail pass, whatever is found? */
static bool
is_shadow(void)
{
	const struct policy *policy = reload_hold();
	bool shadow = policy->opt.mode == MODE_SHADOW;

	policy_release(policy);
	return shadow;
}

/* Logs, now and then, that MaxTransactions is reached. */
static void
log_refusals(const struct policy *policy)
{
	bool shadow = policy->opt.mode == MODE_SHADOW;
	int64_t n = tally_tell(reload_refusals(), reload_services()->monotonic_ms());

	if (n == 1)
		msg_warn("MaxTransactions is reached: a message %s",
			shadow ? "is not looked at" : "is put off");
	else if (n > 1)
		msg_warn("MaxTransactions was reached: %" PRId64
			 " messages more found no room",
			n);
}

/* MaxTransactions is reached: the message is put off, or in Mode shadow passes unseen. */
static sfsistat
reply_full(SMFICTX *ctx, const struct policy *policy, enum gate_answer answer)
{
	bool shadow = policy->opt.mode == MODE_SHADOW;

	if (shadow)
		return SMFIS_CONTINUE;
	return reply_tempfail(ctx, answer == GATE_FULL ? "is busy" : "is stopping");
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct conn *conn = conn_lock(ctx);
	const struct policy *policy;
	enum gate_answer answer;
	struct envelope envelope = { .mail_from = str_or_empty(argv[0]),
		.auth_user = macro(ctx, "{auth_authen}"),
		.auth_type = macro(ctx, "{auth_type}"),
		.daemon_name = macro(ctx, "{daemon_name}"),
		.hidden = conn != NULL && conn->hidden };

	/* An MTA that hands its connection to another client (QUIT_NC) does not negotiate
	 * again, and libmilter keeps nothing of ours: what was granted is not known any
	 * more. */
	if (conn == NULL)
		return conn_unlock(conn,
			is_shadow()
				? SMFIS_CONTINUE
				: reply_tempfail(ctx, "needs a connection of its own"));
	end_message(conn);
	policy = reload_hold();
	answer = gate_enter(reload_gate(), policy->opt.max_transactions);
	if (answer == GATE_FULL)
		tally_add(reload_refusals(), reload_services()->monotonic_ms());
	log_refusals(policy);
	if (answer != GATE_ENTERED) {
		sfsistat status = reply_full(ctx, policy, answer);

		policy_release(policy);
		return conn_unlock(conn, status);
	}
	renew_session(conn, ctx, policy);
	conn->body_done = false;
	conn->txn = txn_begin(conn->session, &envelope);
	return conn_unlock(conn, SMFIS_CONTINUE);
}

/* The recipient as it was given; where only the MTA can tell whose domain that is, as
 * the MTA understood it: "user" is of its own domain, and "b%c@a" may be b's at c. */
static struct slice
recipient_of(SMFICTX *ctx, const char *given)
{
	const char *meant = macro(ctx, "{rcpt_addr}");

	if (given == NULL || meant == NULL || strchr(meant, '@') == NULL ||
		(strchr(given, '@') != NULL && strpbrk(given, "%!") == NULL))
		return str_or_empty(given);
	return slice_of(meant);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct conn *conn = conn_lock(ctx);
	const struct verdict *verdict;

	if (!has_message(conn))
		return conn_unlock(conn, SMFIS_CONTINUE);
	verdict = txn_rcpt(conn->txn, recipient_of(ctx, argv[0]));
	if (verdict == NULL)
		return conn_unlock(conn, SMFIS_CONTINUE);
	return conn_unlock(
		conn, apply_reply(ctx, verdict->code, verdict->xcode, verdict->text));
}

/* The value as it stood in the message. Folds come as LF. Without LEADSPC the MTA has
 * taken one space away; that there was one is a guess, right for nearly every message but
 * for a field that is folded right after its colon, where no space is. */
static void
restore_value(struct conn *conn, const char *wire)
{
	char last = '\0';

	str_cut(&conn->value, 0);
	if ((conn->granted.steps & SMFIP_HDR_LEADSPC) == 0 && wire[0] != '\0' &&
		wire[0] != '\r' && wire[0] != '\n')
		str_addc(&conn->value, ' ');
	for (; *wire != '\0'; wire++) {
		if (*wire == '\n' && last != '\r')
			str_addc(&conn->value, '\r');
		str_addc(&conn->value, *wire);
		last = *wire;
	}
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct conn *conn = conn_lock(ctx);

	if (has_message(conn)) {
		restore_value(conn, value != NULL ? value : "");
		txn_header(conn->txn, str_or_empty(name), str_slice(&conn->value));
	}
	return conn_unlock(conn, go_on(conn, SMFIP_NR_HDR));
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	struct conn *conn = conn_lock(ctx);

	if (has_message(conn))
		txn_eoh(conn->txn);
	return conn_unlock(conn, go_on(conn, SMFIP_NR_EOH));
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t n)
{
	struct conn *conn = conn_lock(ctx);

	if (!has_message(conn))
		return conn_unlock(conn, SMFIS_CONTINUE);
	if (!conn->body_done)
		conn->body_done = !txn_body(conn->txn, (const char *)bytes, n);
	if (conn->body_done && (conn->granted.steps & SMFIP_SKIP) != 0)
		return conn_unlock(conn, SMFIS_SKIP);
	return conn_unlock(conn, SMFIS_CONTINUE);
}

/* The message's line: always, or only for what is not simply accepted. In the shadow the
 * line is all that there is. */
static void
log_verdict(const struct conn *conn, const struct verdict *verdict)
{
	if (verdict->log == NULL)
		return;
	if (conn->policy->opt.syslog_success || verdict->action != ACTION_ACCEPT ||
		conn->policy->opt.mode == MODE_SHADOW)
		msg_info("%s", verdict->log);
	else
		msg_debug("%s", verdict->log);
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct conn *conn = conn_lock(ctx);
	const char *queue_id = macro(ctx, "i");
	const struct verdict *verdict;
	sfsistat status;

	/* No MAIL was seen for it: nothing is known, so nothing may leave unsigned. */
	if (!has_message(conn))
		return conn_unlock(conn, is_shadow()
						 ? SMFIS_CONTINUE
						 : apply_reply(ctx, "451", "4.3.0",
							   "Mail filter saw no sender"));
	verdict = txn_end(conn->txn, queue_id);
	log_verdict(conn, verdict);
	status = apply_verdict(ctx, &conn->granted, verdict, queue_id);
	end_message(conn);
	return conn_unlock(conn, status);
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct conn *conn = conn_lock(ctx);

	if (conn != NULL)
		end_message(conn);
	return conn_unlock(conn, SMFIS_CONTINUE);
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct conn *conn = conn_lock(ctx);

	smfi_setpriv(ctx, NULL);
	if (conn != NULL)
		end_connection(conn);
	return SMFIS_CONTINUE;
}

const char *
callbacks_register(int64_t idle)
{
	static char name[] = PACKAGE_NAME;
	struct smfiDesc desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = ACTIONS,
		.xxfi_negotiate = on_negotiate,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
	};

	if (smfi_register(desc) != MI_SUCCESS)
		return "the milter library does not take our callbacks";
	smfi_setmaxdatasize(WIRE_LIMIT);
	if (smfi_settimeout((int)idle) != MI_SUCCESS)
		return "the milter library does not take IdleTimeout";
	return NULL;
}
