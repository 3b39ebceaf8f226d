/* Every case file of this folder (or those that are named) through the whole engine, with
 * a DNS out of text and a clock that stands still. */
#include "base/base.h"
#include "case.h"

#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/sign.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/ip.h"
#include "base/scan.h"
#include "base/str.h"
#include "config/policy.h"
#include "crypto/signer.h"
#include "dns/dns_zone.h"
#include "mail/message.h"

#include "tap.h"

#define NOW 1767225600 /* 2026-01-01 */

static const char *
source_dir(void)
{
	const char *dir = getenv("srcdir");

	return dir != NULL ? dir : ".";
}

static struct slice
read_file(struct pool *pool, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct str text = STR_POOL(pool);
	char buf[65536];
	size_t n;

	if (file == NULL) {
		tap_ok(false, "%s can be read", path);
		return SLICE_EMPTY;
	}
	while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
		str_addn(&text, buf, n);
	fclose(file);
	return str_slice(&text);
}

static struct slice
take_line(struct slice *text)
{
	struct scan s = scan_of(*text);
	struct slice line = scan_until(&s, '\n');

	(void)scan_char(&s, '\n');
	*text = scan_rest(&s);
	return line;
}

bool
scenario_line(struct slice *text, struct slice *word, struct slice *rest)
{
	while (text->n > 0) {
		struct slice line = slice_trim(take_line(text));

		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!slice_cut(line, ' ', word, rest)) {
			*word = line;
			*rest = SLICE_EMPTY;
		}
		*rest = slice_trim(*rest);
		return true;
	}
	return false;
}

struct slice
scenario_section(const struct scenario *s, const char *name)
{
	struct str *text = map_get(s->sections, slice_of(name));

	return text != NULL ? str_slice(text) : SLICE_EMPTY;
}

static void
read_sections(struct scenario *s, struct slice text)
{
	struct str *section = NULL;

	while (text.n > 0) {
		struct slice line = take_line(&text);

		if (slice_starts(line, "== ")) {
			section = pool_alloc(s->pool, sizeof(*section));
			*section = (struct str)STR_POOL(s->pool);
			map_put(s->sections, slice_trim(slice_from(line, 3)), section);
		} else if (section != NULL) {
			str_add_slice(section, line);
			str_addc(section, '\n');
		}
	}
}

/* \xHH, and `\R 1000 text` on a line of its own: the text so many times. */
static void
add_escaped(struct str *out, struct slice line)
{
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\\' && i + 3 < line.n && line.p[i + 1] == 'x') {
			str_addc(out, (char)(ascii_hex(line.p[i + 2]) * 16 +
					      ascii_hex(line.p[i + 3])));
			i += 3;
		} else {
			str_addc(out, line.p[i]);
		}
	}
}

static void
add_line(struct str *out, struct slice line)
{
	struct scan s = scan_of(line);
	uint64_t times = 1;

	if (scan_text(&s, "\\R ")) {
		(void)scan_number(&s, &times);
		(void)scan_char(&s, ' ');
		line = scan_rest(&s);
	}
	/* A repeated line that ends in a backslash is one long line. */
	for (uint64_t i = 0; i < times; i++) {
		bool is_open = slice_ends(line, "\\");

		add_escaped(out, slice_sub(line, 0, line.n - is_open));
		if (!is_open)
			str_add(out, "\r\n");
	}
}

static struct slice
read_message(const struct scenario *s)
{
	struct slice text = scenario_section(s, "message");
	struct str out = STR_POOL(s->pool);

	while (text.n > 0)
		add_line(&out, take_line(&text));
	return str_slice(&out);
}

/* The text with @DIR@ filled in. */
static const char *
fill_in(const struct scenario *s, struct slice text)
{
	struct scan scan = scan_of(text);
	struct str out = STR_POOL(s->pool);

	while (!scan_is_end(&scan)) {
		if (scan_text(&scan, "@DIR@"))
			str_add(&out, s->dir);
		else
			str_addc(&out, *scan.p++);
	}
	return out.p;
}

static const char *
write_file(const struct scenario *s, const char *name)
{
	const char *path = pool_printf(s->pool, "%s/%s", s->dir, name);
	FILE *file = fopen(path, "wb");

	if (file == NULL || fputs(fill_in(s, scenario_section(s, name)), file) < 0 ||
		fclose(file) != 0)
		tap_ok(false, "%s: cannot write %s", s->name, path);
	return path;
}

static const char *const files[] = { "conf", "keytable", "signingtable", "logins" };
static const char *const keys[] = { "test-rsa.pem", "test-ed25519.pem" };

/* The keys again, such that only we may read them: a checkout has no such modes. */
static void
copy_keys(const struct scenario *s)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *from =
			pool_printf(s->pool, "%s/t/case/keys/%s", source_dir(), keys[i]);
		struct slice text = read_file(s->pool, from);
		int fd = open(pool_printf(s->pool, "%s/%s", s->dir, keys[i]),
			O_WRONLY | O_CREAT | O_EXCL, 0600);

		tap_ok(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n,
			"%s: %s is copied", s->name, keys[i]);
		(void)close(fd);
	}
}

static const struct policy *
load_policy(const struct scenario *s)
{
	struct problems problems;
	const struct policy *policy;

	copy_keys(s);
	for (size_t i = 1; i < ARRAY_LEN(files); i++)
		(void)write_file(s, files[i]);
	problems_init(&problems, s->pool);
	policy = policy_load(write_file(s, files[0]), &problems);
	tap_ok(policy != NULL, "%s: the configuration is good", s->name);
	for (size_t i = 0; policy == NULL && i < problems.all.n; i++) {
		struct str text = STR_POOL(s->pool);

		problem_print(&text, &problems.all.v[i]);
		tap_note("%s", text.p);
	}
	return policy;
}

static void
remove_files(const struct scenario *s)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)unlink(pool_printf(s->pool, "%s/%s", s->dir, files[i]));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		(void)unlink(pool_printf(s->pool, "%s/%s", s->dir, keys[i]));
	(void)rmdir(s->dir);
}

/* One signature on top, and its key in the zone. */
static struct slice
sign_once(const struct scenario *s, struct slice line, struct dns *zone,
	struct slice message)
{
	struct slice domain, selector, rest, key_file, option, body, value;
	struct dkim_sign_params params = { .sign = &dkim_sign_default,
		.oversign = &dkim_oversign_default,
		.oversign_present = &dkim_oversign_present_default,
		.canon_header = CANON_RELAXED,
		.canon_body = CANON_RELAXED };
	struct bodyhash *hash = bodyhash_new(s->pool);
	struct headers fields = VEC_INIT;
	struct signer *signer = signer_local(s->pool);
	struct key_source source = { 0 };
	struct dkim_sign *sign;
	const struct reason *bad;
	const char *path;
	struct slice p;

	slice_cut(line, ' ', &domain, &rest);
	slice_cut(rest, ' ', &selector, &rest);
	if (!slice_cut(rest, ' ', &key_file, &option))
		option = SLICE_EMPTY;
	path = pool_printf(
		s->pool, "%s/t/case/keys/%.*s", source_dir(), SLICE_ARG(key_file));
	source.text = read_file(s->pool, path);
	signer_open(signer, &source, s->pool, &params.key, &bad);
	if (!tap_ok(params.key != NULL, "%s: key %s", s->name, path))
		return message;
	params.domain = pool_copy(s->pool, domain);
	params.selector = pool_copy(s->pool, selector);
	message_split(s->pool, message, &fields, &body);
	sign = dkim_sign_begin(
		s->pool, &params, hdrhash_new(s->pool, &fields), hash, s->now);
	bodyhash_feed(hash, body.p, body.n);
	bodyhash_end(hash);
	tap_is(dkim_sign_end(sign, signer, &value), NULL, "%s: signed as %s", s->name,
		params.domain);
	p = params.key->public;
	if (!slice_is(option, "nokey"))
		dns_zone_add(zone, s->pool, "key",
			slice_of(pool_printf(s->pool,
				"%s._domainkey.%s. 300 IN TXT \"v=DKIM1; %sk=%s; "
				"p=%.*s\" "
				"\"%.*s\"\n",
				params.selector, params.domain,
				slice_is(option, "testing") ? "t=y; " : "",
				key_type_name(params.key->type),
				SLICE_ARG(slice_sub(p, 0, 200)),
				SLICE_ARG(slice_from(p, MIN(p.n, 200))))));
	return slice_of(pool_printf(s->pool, "DKIM-Signature:%.*s\r\n%.*s",
		SLICE_ARG(value), SLICE_ARG(message)));
}

static struct slice
sign_message(const struct scenario *s, struct dns *zone, struct slice message)
{
	struct slice text = scenario_section(s, "sign");

	while (text.n > 0) {
		struct slice line = slice_trim(take_line(&text));

		if (line.n > 0)
			message = sign_once(s, line, zone, message);
	}
	text = scenario_section(s, "change");
	for (struct slice word, rest; scenario_line(&text, &word, &rest);)
		message =
			slice_of(slice_is(word, "header")
					 ? pool_printf(s->pool, "%.*s\r\n%.*s",
						   SLICE_ARG(rest), SLICE_ARG(message))
					 : pool_printf(s->pool, "%.*s%.*s\r\n",
						   SLICE_ARG(message), SLICE_ARG(rest)));
	return message;
}

struct call {
	struct envelope envelope;
	const char *helo, *rdns, *mta, *version, *queue;
	struct sockaddr_storage client;
	bool has_client;
	VEC(struct slice) recipients;
};

static void
read_client(struct call *call, struct slice text)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)&call->client;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&call->client;
	struct ip ip = IP_NONE;

	call->has_client = ip_parse(text, &ip) == NULL;
	if (ip.bits == 32) {
		in4->sin_family = AF_INET;
		memcpy(&in4->sin_addr, ip.addr, 4);
	} else {
		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, ip.addr, 16);
	}
}

static void
read_envelope(struct scenario *s, struct call *call)
{
	struct slice text = scenario_section(s, "envelope"), word, rest;
	const struct {
		const char *word;
		const char **place;
	} words[] = {
		{ "name", &call->rdns },
		{ "helo", &call->helo },
		{ "auth", &call->envelope.auth_user },
		{ "daemon", &call->envelope.daemon_name },
		{ "mta", &call->mta },
		{ "version", &call->version },
		{ "queue", &call->queue },
	};

	while (scenario_line(&text, &word, &rest)) {
		struct str value = STR_POOL(s->pool);
		struct scan number = scan_of(rest);
		uint64_t n;

		add_escaped(&value, rest);
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (slice_is(word, words[i].word))
				*words[i].place = value.p;
		if (slice_is(word, "client"))
			read_client(call, rest);
		else if (slice_is(word, "from"))
			call->envelope.mail_from = str_slice(&value);
		else if (slice_is(word, "rcpt"))
			*vec_add(s->pool, &call->recipients) = str_slice(&value);
		else if (slice_is(word, "verify"))
			call->envelope.verify = true;
		else if (slice_is(word, "now") && scan_number(&number, &n))
			s->now = (int64_t)n;
	}
	if (call->envelope.auth_user != NULL)
		call->envelope.auth_type = "PLAIN";
}

/* The body in small pieces, so that their borders fall anywhere. */
static void
feed_body(struct txn *txn, struct slice body)
{
	while (body.n > 0) {
		size_t n = MIN(body.n, 1000);

		(void)txn_body(txn, body.p, n);
		body = slice_from(body, n);
	}
}

static void
play(struct scenario *s, const struct policy *policy, struct dns *zone,
	struct slice message)
{
	struct services services = { .dns = zone,
		.signer = policy->signer,
		.monotonic_ms = clock_monotonic_ms };
	struct call call = { 0 };
	struct headers fields = VEC_INIT;
	struct session *session;
	const struct verdict *verdict;
	struct slice body;
	struct txn *txn;

	read_envelope(s, &call);
	services.given = s->now;
	session = session_new(policy, &services, call.rdns,
		call.has_client ? (struct sockaddr *)&call.client : NULL, call.mta);
	session_mta_version(session, call.version);
	if (call.helo != NULL)
		session_helo(session, call.helo);
	txn = txn_begin(session, &call.envelope);
	for (size_t i = 0; i < call.recipients.n; i++)
		*vec_add(s->pool, &s->recipients) = txn_rcpt(txn, call.recipients.v[i]);
	message_split(s->pool, message, &fields, &body);
	for (size_t i = 0; i < fields.n; i++)
		txn_header(txn, fields.v[i]->name, fields.v[i]->value);
	txn_eoh(txn);
	feed_body(txn, body);
	verdict = txn_end(txn, call.queue);
	scenario_expect(s, verdict, txn_results(txn));
	txn_free(txn);
	session_free(session);
}

static void
run_case(const char *path)
{
	char dir[] = "/tmp/sekimori-case-XXXXXX";
	struct pool *pool = pool_new();
	struct scenario s = { .pool = pool, .sections = map_new(pool), .now = NOW };
	struct slice name = slice_of(path);
	struct dns *zone = dns_zone_new();
	const struct policy *policy;
	const struct reason *bad;

	name = slice_from(name, (size_t)(slice_rfind(name, '/') + 1));
	s.name = pool_copy(pool, slice_sub(name, 0, name.n - strlen(".case")));
	s.dir = mkdtemp(dir);
	read_sections(&s, read_file(pool, path));
	bad = dns_zone_add(zone, pool, s.name, scenario_section(&s, "zone"));
	tap_is_reason(bad, NULL, "%s: the zone is good", s.name);
	policy = load_policy(&s);
	if (policy != NULL) {
		play(&s, policy, zone, sign_message(&s, zone, read_message(&s)));
		policy_release(policy);
	}
	dns_close(zone);
	remove_files(&s);
	pool_free(pool);
}

int
main(int argc, char **argv)
{
	struct pool *pool = pool_new();
	glob_t found;

	for (int i = 1; i < argc; i++)
		run_case(argv[i]);
	if (argc == 1 && glob(pool_printf(pool, "%s/t/case/*.case", source_dir()), 0,
				 NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			run_case(found.gl_pathv[i]);
		globfree(&found);
	}
	pool_free(pool);
	return tap_done();
}
