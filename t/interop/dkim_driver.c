/*
 * dkim_driver - the library's DKIM as a program, for tests against other programs
 *
 *     key rsa|ed25519 FILE                      makes a key, prints its DNS record
 *     sign KEYFILE DOMAIN SELECTOR CANON        standard input, signed, to standard
 * output verify ZONEFILE                           one line for each signature: result
 * domain selector reason bench-sign KEYFILE CANON SECONDS          messages a second, on
 * one thread bench-verify ZONEFILE SECONDS
 *
 * Failure: a line on standard error and exit status 78.
 */
#include "base/base.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/sign.h"
#include "auth/dkim/verify.h"
#include "base/clock.h"
#include "base/msg.h"
#include "base/str.h"
#include "crypto/privkey.h"
#include "crypto/signer.h"
#include "dns/dns.h"
#include "dns/dns_zone.h"
#include "mail/message.h"

#include <fcntl.h>

#define KEY_BITS 2048

/* All of a file; standard input for NULL. */
static struct slice
read_all(struct pool *pool, const char *path)
{
	FILE *file = path == NULL ? stdin : fopen(path, "r");
	struct str text = STR_POOL(pool);
	char buf[65536];
	size_t n;

	if (file == NULL)
		fatal("cannot open '%s'", path);
	while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
		str_addn(&text, buf, n);
	if (path != NULL)
		fclose(file);
	return str_slice(&text);
}

static const struct keyref *
read_key(struct pool *pool, struct signer *signer, const char *path)
{
	struct key_source source = { .text = read_all(pool, path) };
	const struct keyref *key;
	const struct reason *bad;

	if (signer_open(signer, &source, pool, &key, &bad) != KEY_OPENED)
		fatal("%s: %s", path, reason_text(pool, bad, NULL));
	return key;
}

static void
make_key(struct pool *pool, const char *type, const char *path)
{
	struct privkey *key;
	struct slice public;
	const char *bad = privkey_generate(
		strcmp(type, "rsa") == 0 ? KEY_RSA : KEY_ED25519, KEY_BITS, &key);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (bad != NULL || fd < 0 || (bad = privkey_write(key, fd)) != NULL ||
		(bad = privkey_public(key, pool, &public)) != NULL)
		fatal("cannot make '%s': %s", path, bad ? bad : strerror(errno));
	close(fd);
	printf("v=DKIM1; k=%s; p=%.*s\n", key_type_name(privkey_type(key)),
		SLICE_ARG(public));
	privkey_free(key);
}

/* The value of one signature over a message. */
static struct slice
sign_one(struct pool *pool, const struct dkim_sign_params *params, struct slice text,
	struct signer *signer)
{
	struct bodyhash *body = bodyhash_new(pool);
	struct headers fields;
	struct slice body_text, value;
	struct dkim_sign *sign;
	const char *bad;

	message_split(pool, text, &fields, &body_text);
	sign = dkim_sign_begin(
		pool, params, hdrhash_new(pool, &fields), body, clock_unix());
	bodyhash_feed(body, body_text.p, body_text.n);
	bodyhash_end(body);
	if ((bad = dkim_sign_end(sign, signer, &value)) != NULL)
		fatal("cannot sign: %s", bad);
	return value;
}

static struct dkim_sign_params
params_of(const struct keyref *key, const char *domain, const char *selector,
	const char *canon)
{
	struct dkim_sign_params params = { .domain = domain,
		.selector = selector,
		.sign = &dkim_sign_default,
		.oversign = &dkim_oversign_default,
		.oversign_present = &dkim_oversign_present_default,
		.expire = 86400,
		.key = key };
	struct slice header, body;

	slice_cut(slice_of(canon), '/', &header, &body);
	if (!canon_parse(header, &params.canon_header) ||
		!canon_parse(body, &params.canon_body))
		fatal("'%s' is no canonicalization", canon);
	return params;
}

static void
sign(struct pool *pool, char **argv)
{
	struct signer *signer = signer_local(pool);
	struct dkim_sign_params params =
		params_of(read_key(pool, signer, argv[0]), argv[1], argv[2], argv[3]);
	struct slice text = read_all(pool, NULL);
	struct slice value = sign_one(pool, &params, text, signer);

	printf("DKIM-Signature:%.*s\r\n", SLICE_ARG(value));
	fwrite(text.p, 1, text.n, stdout);
}

static struct dns *
read_zone(struct pool *pool, const char *path)
{
	struct dns *dns = dns_zone_new();
	const struct reason *bad = dns_zone_add(dns, pool, path, read_all(pool, path));

	if (bad != NULL)
		fatal("%s", reason_text(pool, bad, NULL));
	return dns;
}

static struct dkim_results
verify_one(struct pool *pool, struct dns *dns, struct slice text)
{
	struct dkim_verify_params params = DKIM_VERIFY_PARAMS_DEFAULT;
	struct bodyhash *body = bodyhash_new(pool);
	struct message message;
	struct headers fields;
	struct slice body_text;
	struct dkim_verify *verify;
	struct dkim_results results;

	params.now = clock_unix();
	message_init(&message, pool, 1 << 20);
	message_split(pool, text, &fields, &body_text);
	for (size_t i = 0; i < fields.n; i++)
		message_add(&message, fields.v[i]->name, fields.v[i]->value);
	verify = dkim_verify_begin(pool, &params, &message, NULL, body);
	bodyhash_feed(body, body_text.p, body_text.n);
	bodyhash_end(body);
	dkim_verify_end(verify, dns, INT64_MAX, &results);
	return results;
}

static void
verify(struct pool *pool, const char *zone, char **files)
{
	struct dns *dns = read_zone(pool, zone);

	for (; *files != NULL; files++) {
		struct dkim_results results =
			verify_one(pool, dns, read_all(pool, *files));
		const struct dkim_result *first = results.v;

		if (results.n == 0)
			puts("none - - -");
		else
			printf("%s %s %s %s\n", auth_code_name(first->outcome.code),
				first->domain ? first->domain : "-",
				first->selector ? first->selector : "-",
				first->outcome.reason
					? reason_text(pool, first->outcome.reason, NULL)
					: "-");
	}
	dns_close(dns);
}

static void
bench_sign(struct pool *pool, char **argv)
{
	struct signer *signer = signer_local(pool);
	struct dkim_sign_params params =
		params_of(read_key(pool, signer, argv[0]), "example.jp", "s", argv[1]);
	struct slice text = read_all(pool, NULL);
	int64_t begin = clock_monotonic_ms(),
		end = begin + 1000 * strtol(argv[2], NULL, 10);
	long n = 0;

	for (; clock_monotonic_ms() < end; n++) {
		struct pool *one = pool_new();

		sign_one(one, &params, text, signer);
		pool_free(one);
	}
	printf("%.0f\n", (double)n * 1000 / (double)(clock_monotonic_ms() - begin));
}

static void
bench_verify(struct pool *pool, char **argv)
{
	struct dns *dns = read_zone(pool, argv[0]);
	struct slice text = read_all(pool, NULL);
	int64_t begin = clock_monotonic_ms(),
		end = begin + 1000 * strtol(argv[1], NULL, 10);
	long n = 0;

	for (; clock_monotonic_ms() < end; n++) {
		struct pool *one = pool_new();
		struct dkim_results results = verify_one(one, dns, text);

		if (results.n == 0 || results.v[0].outcome.code != AUTH_PASS)
			fatal("the message does not verify");
		pool_free(one);
	}
	printf("%.0f\n", (double)n * 1000 / (double)(clock_monotonic_ms() - begin));
	dns_close(dns);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		void (*run)(struct pool *, char **);
	} commands[] = {
		{ "sign", 4, sign },
		{ "bench-sign", 3, bench_sign },
		{ "bench-verify", 2, bench_verify },
	};
	struct pool *pool = pool_new();
	bool done = false;

	msg_to_stderr("dkim_driver");
	if (argc == 4 && strcmp(argv[1], "key") == 0) {
		make_key(pool, argv[2], argv[3]);
		done = true;
	}
	if (argc > 3 && strcmp(argv[1], "verify") == 0) {
		verify(pool, argv[2], argv + 3);
		done = true;
	}
	for (size_t i = 0; i < ARRAY_LEN(commands) && !done; i++)
		if (argc == commands[i].arguments + 2 &&
			strcmp(argv[1], commands[i].name) == 0) {
			commands[i].run(pool, argv + 2);
			done = true;
		}
	pool_free(pool);
	if (!done)
		fatal("usage: see the head of the source");
	return 0;
}
