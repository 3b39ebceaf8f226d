/*
 * dkim_fixture - messages that are signed and judged by tests
 *
 * Failure: a test that is not ok.
 */
#ifndef UNIT_DKIM_FIXTURE_H
#define UNIT_DKIM_FIXTURE_H

#include "base/base.h"

#include "auth/dkim/verify.h"
#include "base/pool.h"
#include "dns/dns.h"
#include "dns/dns_zone.h"
#include "mail/message.h"

#include "tap.h"
#include "test_keys.h"

#define NOW 1700000000
#define KEY "s._domainkey.example.com."

/* Public parts of the test keys. */
#define P_RFC8463_ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define P_RFC8463_RSA                                                      \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6" \
	"Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/" \
	"e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G" \
	"+2kryOTIKT+l/K4w3QIDAQAB"
/* The same key without its wrapping. */
#define P_RFC8463_RSA_BARE                                                 \
	"MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXo" \
	"liLRC/H9vJjMI1vdb3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszes" \
	"biGy1PlCO8c70/OjFnJVgvMF87YR4Lcincb7aSvI5MgpP6X8rjDdAgMBAAE="

#define ED "a=ed25519-sha256; c=relaxed/relaxed; "
#define TAIL "d=example.com; s=s; h=from:subject; bh=<bh>; b=<b>"
#define GOOD_KEY "v=DKIM1; k=ed25519; p=" P_RFC8463_ED25519

/* A message that is being put together and judged. */
struct fixture {
	struct pool *pool;
	struct message message;
	struct slice body;
	struct dns *dns;
	const char *author;
	struct dkim_verify_params params;
	struct dkim_results results;
};

void begin(struct fixture *);
void end(struct fixture *);

/* Adds a field. */
void add(struct fixture *, const char *name, const char *value);

/* Adds lines to what DNS says; a TXT record of any length. */
void zone(struct fixture *, const char *text);
void key_record(struct fixture *, const char *name, const char *txt);

/* A field of any text, made valid: <bh> and <b> are filled in over the fields that the
 * message has by now, and the field is added. */
void add_signed(struct fixture *, const char *text, const char *key_text);

/* Judges the message; the first result. */
const struct dkim_result *judge(struct fixture *);

/* One test: the outcome, a part of its reason, and that only pass goes without. */
void is_outcome(
	struct outcome got, enum auth_code code, const char *reason, const char *name);

#endif
