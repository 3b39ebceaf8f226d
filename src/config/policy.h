/*
 * policy - everything that the configuration says, read once and never changed
 *
 * A message is judged by the snapshot that was there when it began. policy_load reads the
 * file with all its tables and keys; whoever keeps a policy beyond a call holds it.
 *
 * The keys themselves stay with their signer: a policy has references, which it gives
 * back with its last holder. So it has of a live table, which is asked when a message
 * needs it.
 *
 * Failure: problems; NULL when one of them is an error. Nothing afterwards, but for a key
 *          with "%" in its path, which is opened when it is needed, and for a live
 *          table, of which a look-up may be UNAVAILABLE.
 */
#ifndef CONFIG_POLICY_H
#define CONFIG_POLICY_H

#include "base/base.h"
#include "auth/dkim/verify.h"
#include "base/pool.h"
#include "config/keyfile.h"
#include "config/keytable.h"
#include "config/netlist.h"
#include "config/opendkim_peer.h"
#include "config/options.h"
#include "config/problems.h"
#include "config/signed_fields.h"
#include "config/signingtable.h"
#include "mail/address.h"

struct keyref;
struct signer;
struct tables;

struct policy {
	struct pool *pool;
	struct key_user user; /* who the daemon runs as */
	const char *file;     /* NULL: the built-in defaults */
	struct options opt;   /* On-Default and AuthservID HOSTNAME resolved */
	const struct netlist *internal, *external, *peers, *relays;
	struct domains appended;       /* AppendedDomains */
	struct words mta;              /* daemon names whose mail is ours */
	struct words remove_ar_from;   /* further authserv-ids of ours */
	struct signed_fields fields;   /* SignHeaders, OmitHeaders, OversignHeaders */
	const struct patterns *exempt; /* ExemptDomains */
	const struct patterns *dont_sign_to; /* DontSignMailTo */
	struct signer *signer; /* who holds the keys */
	struct tables *tables; /* who opens tables, and answers for the live ones */
	const struct keytable *keys;
	const struct signingtable *signing; /* NULL: the key table decides alone */
	struct policy_count *count;
};

/* Reads a configuration, with the keys in this process. Problems lie in problems' own
 * pool, not in the policy's. Rows out of service (problems->rows) stop nothing. */
const struct policy *policy_load(const char *file, struct problems *);

/* What a policy is made of, where that is not simply a file. */
struct policy_source {
	const char *file;
	const char *key_table;     /* in the place of what KeyTable says; NULL: that */
	const char *signing_table; /* the same of SigningTable */
	const struct policy *old; /* in force until now: what it says of rows that cannot
	                             be used holds on, with its keys at the same
	                             signer; NULL: there is none */
	struct signer *signer; /* who opens the keys, and outlives their use; NULL: one of
	                          the policy's own, in this process */
	struct tables *tables; /* who opens tables, and outlives their use; NULL: texts
	                          alone */
	bool without_keys;     /* no key is opened: rows say which, and nothing signs */
	bool despite_errors;   /* to be looked at, not to be run: never NULL */
};

const struct policy *policy_load_from(const struct policy_source *, struct problems *);

/* Options at their defaults, no keys: for the tool without a configuration. */
const struct policy *policy_default(void);

/* One more, one less user; from any thread. The last release frees. */
const struct policy *policy_hold(const struct policy *);
void policy_release(const struct policy *);

/* All that `sekimorid -n` checks: policy_load, and what only a look around shows: whether
 * the service user can read the keys, and whether an OpenDKIM is in our way (opendkim_peer.h).
 * True: not one error. */
bool policy_check(const char *file, struct opendkim_place, struct problems *);

/* What is done with clients on a loopback address, as a note: for a look at the whole. */
void policy_note_loopback(const char *file, struct problems *);

/* What policy_check says of a file, as if KeyTable and SigningTable were these
 * references: for tables that are to replace those in use. NULL: as it is. */
bool policy_check_tables(const char *file, const char *key_table,
	const char *signing_table, struct problems *);

/* One signature to make. */
struct signing {
	const char *domain, *selector;
	const char *identity; /* i=, or NULL */
	const struct keyref *key;
	struct canon_pair canon;
	int64_t expire; /* seconds, 0: never */
	const struct key_row *row;
	/* the row that decided: of the signing table if there is one */
	const char *where;
};

struct signing_plan {
	VEC(struct signing) rows; /* RSA first; none: not to be signed, for `reason` */
	const struct reason *reason; /* why not, or why it failed */
	bool failed; /* it should be signed and cannot be: the message must not leave */
	bool no_answer; /* failed, because a table has no answer: whether it should be
	                   signed at all is not known */
	const struct reason
		*left_out; /* signed without this row of the same domain, and why */
};

/* Which signatures a message of this author gets. auth_user: NULL when the client is not
 * authenticated; "" when it is but has no name. FOUND: it is to be signed. UNAVAILABLE:
 * it has failed. */
enum found policy_signings(const struct policy *, struct pool *,
	const struct address *author, const char *auth_user, struct signing_plan *);

/* "keytable:12" where the author's domain has a key that could sign, else NULL: for the
 * note on mail that is not signed because of its route. None, too, where a table has no
 * answer. */
const char *policy_key_hint(
	const struct policy *, struct pool *, const struct address *author);

/* What holds for mail to (or, for impersonation, from) a domain; NULL: nobody's. As
 * keytable_rules. */
enum found policy_rules(
	const struct policy *, struct pool *, const char *domain, struct rules *);

/* How signatures are judged, as of this time. */
struct dkim_verify_params policy_dkim_params(const struct policy *, int64_t now);

/* Is the author's domain exempt (ExemptDomains)? Shall nothing to this recipient be
 * signed (DontSignMailTo)? */
bool policy_is_exempt(const struct policy *, const char *domain);
bool policy_may_sign_to(const struct policy *, const struct address *recipient);

/* Is InternalHosts given, so that loopback is not ours by itself? */
bool policy_sets_internal(const struct policy *);

/* Is mail that came in through this daemon ours (MTA)? */
bool policy_has_mta(const struct policy *, const char *daemon_name);

#endif
