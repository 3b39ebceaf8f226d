/*
 * A form is the text of the source with %s for whatever stands there; t/lint/reasons.t
 * finds each of them in the source. What stands for a %s may be a reason itself. Where no
 * catalogue has another text for the form, nothing is changed.
 */
#include "base/base.h"
#include "tool/reasons.h"

#include "base/slice.h"
#include "base/str.h"
#include "tool/tool.h"

#define PARTS_MAX 4
#define DEPTH_MAX 3

/* The more particular ones first. */
static const char *const forms[] = {
	/* SPF */
	N_("'%s' of %s matched"),
	N_("no term of %s matched"),
	N_("included domain %s has no SPF record"),
	N_("redirect leads to %s, which has no SPF record"),
	N_("more than %s terms that ask the DNS"),
	N_("more than %s void look-ups"),
	N_("more than %s MX hosts"),
	N_("DNS look-up of %s failed: %s"),
	N_("several SPF records"),
	N_("unknown mechanism"),
	N_("not an IPv4 address"),
	N_("not an IPv6 address"),
	N_("bad prefix length"),
	N_("no domain"),
	N_("byte that is not printable ASCII"),
	/* DKIM */
	N_("body hash did not verify"),
	N_("signature did not verify"),
	N_("signature expired"),
	N_("signature is of the future"),
	N_("no key"),
	N_("no answer about the key: %s"),
	N_("key is revoked"),
	N_("key too small"),
	N_("key is of another type than the signature"),
	N_("l= leaves a part of the body unsigned"),
	N_("rsa-sha1 is no longer safe"),
	N_("the key record has no p="),
	N_("p= of the key record is not base64"),
	N_("the key record is not a list of tags"),
	N_("the key record is of an unknown version"),
	/* DMARC, reverse names */
	N_("no pass of SPF or DKIM is aligned with %s"),
	N_("look-up of _dmarc.%s failed: %s"),
	N_("no From field"),
	N_("no name of the client leads back to its address"),
	N_("client's address has no name"),
	N_("look-up of the client's name failed: %s"),
	N_("look-up of %s failed: %s"),
	/* Routes, and what is signed */
	N_("client is authenticated"),
	N_("client is in InternalHosts (%s)"),
	N_("client is in TrustedRelays (%s)"),
	N_("client is in PeerList (%s)"),
	N_("daemon '%s' is in MTA"),
	N_("client is neither in InternalHosts nor authenticated"),
	N_("client is on a loopback address, and Mode v checks it"),
	N_("client is on a loopback address"),
	N_("submitted on this host"),
	N_("%s, but not in InternalHosts"),
	N_("the MTA does not know the client"),
	N_("no row of the signing table matches %s@%s"),
	N_("the key table has no key for %s, and those of %s are not for names below it: "
	   "%s"),
	N_("the key table has no key for %s"),
	N_("%s says sign=no"),
	/* What an OpenDKIM's configuration means otherwise here */
	N_("Canonicalization is not set: OpenDKIM signs simple/simple, here it "
	   "is relaxed/relaxed, which survives forwarding better"),
	N_("On-DNSError is not set: OpenDKIM defers mail whose key cannot be "
	   "looked up, here it is delivered with dkim=temperror; write "
	   "On-DNSError tempfail to keep that"),
	N_("OversignHeaders is not set: OpenDKIM protects no field "
	   "against being added, here From, Subject and others are "
	   "protected"),
	N_("SignHeaders is not set: here List-Unsubscribe-Post, Message-ID and "
	   "the MIME fields are signed too, as the large receivers want it"),
	N_("an Authentication-Results field is written into every message from "
	   "outside, with SPF and DMARC in it, and not only where there is a "
	   "signature"),
	N_("DontSignMailTo: a * is a wildcard and a domain stands for all its "
	   "addresses; OpenDKIM compares whole addresses letter by letter, so "
	   "less is signed here"),
	N_("mail of our own senders that no row signs for is checked and, by "
	   "the On- options, refused by OpenDKIM; here it leaves unsigned: to "
	   "keep people from writing under domains that are not theirs, have "
	   "the mail server compare sender and login (Postfix: "
	   "reject_sender_login_mismatch)"),
	/* The DNS */
	N_("time-out"),
	N_("no nameserver gives an answer"),
	N_("malformed answer"),
	N_("truncated answer"),
	N_("answer to another question"),
	N_("too many questions under way"),
	/* What is put together of two others */
	N_("%s in %s"),
	N_("%s at %s"),
};

struct parts {
	struct slice v[PARTS_MAX];
	size_t n;
};

/* What stands for the %s of the form; false: the text is of another form. */
static bool
match(const char *form, struct slice text, struct parts *parts)
{
	parts->n = 0;
	for (;;) {
		const char *gap = strstr(form, "%s");
		size_t n = gap != NULL ? (size_t)(gap - form) : strlen(form);
		const char *next, *at;

		if (!slice_eq(slice_sub(text, 0, n), slice_make(form, n)))
			return false;
		text = slice_from(text, n);
		if (gap == NULL)
			return text.n == 0;
		form = gap + strlen("%s");
		next = strstr(form, "%s");
		n = next != NULL ? (size_t)(next - form) : strlen(form);
		if (text.n < n || text.n == 0 || parts->n == PARTS_MAX)
			return false;
		/* The last one takes all but the end. */
		at = next == NULL ? text.p + text.n - n : memmem(text.p, text.n, form, n);
		if (at == NULL)
			return false;
		parts->v[parts->n++] = slice_make(text.p, (size_t)(at - text.p));
		text = slice_from(text, (size_t)(at - text.p));
	}
}

static const char *translate(struct pool *, const char *reason, int depth);

/* The form with its parts: %s is the next one, %2$s the second. */
static const char *
fill(struct pool *pool, const char *form, const struct parts *parts, int depth)
{
	struct str out = STR_POOL(pool);
	size_t next = 0;

	for (const char *p = form; *p != '\0'; p++) {
		size_t i = next;

		if (p[0] == '%' && p[1] >= '1' && p[1] <= '9' && p[2] == '$' &&
			p[3] == 's') {
			i = (size_t)(p[1] - '1');
			p += 3;
		} else if (p[0] == '%' && p[1] == 's') {
			next++;
			p++;
		} else {
			str_addc(&out, *p);
			continue;
		}
		if (i < parts->n)
			str_add(&out,
				translate(pool, pool_copy(pool, parts->v[i]), depth + 1));
	}
	return out.p;
}

static const char *
translate(struct pool *pool, const char *reason, int depth)
{
	for (size_t i = 0; depth < DEPTH_MAX && i < ARRAY_LEN(forms); i++) {
		const char *form = _(forms[i]);
		struct parts parts;

		if (strcmp(form, forms[i]) == 0 ||
			!match(forms[i], slice_of(reason), &parts))
			continue;
		/* "X in Y" is one of ours only where X is. */
		if (slice_starts(slice_of(forms[i]), "%s ")) {
			const char *first = pool_copy(pool, parts.v[0]);

			if (translate(pool, first, depth + 1) == first)
				continue;
		}
		return fill(pool, form, &parts, depth);
	}
	return reason;
}

const char *
reason_text(struct pool *pool, const char *reason)
{
	return reason != NULL ? translate(pool, reason, 0) : NULL;
}
