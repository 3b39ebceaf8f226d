/*
 * Nearly every domain on the wire is plain ASCII: it is copied, folded to lower case and
 * measured, and libidn2 never sees it. Only a label with a byte from 0x80 on is converted
 * (UTS 46, non-transitional). A mapped label may come back with dots in it (U+3002 is
 * one), so the lengths are measured on the whole result.
 *
 * Labels are looked at as DNS does, not as host names: RFC 8616 and every DKIM selector
 * need the underscore, and a hyphen at a label's edge does no harm.
 */
#include "base/base.h"
#include "mail/domain.h"

#include <idn2.h>

#include "base/ascii.h"
#include "base/msg.h"
#include "base/scan.h"
#include "base/str.h"

enum {
	DOMAIN_MAX = 253, /* RFC 1035 2.3.4, in presentation form without final dot */
	LABEL_MAX = 63,
	TEXT_MAX = 4 * (DOMAIN_MAX + 1) /* no longer text can become a domain */
};

static bool
is_ldh(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_';
}

/* Measures a domain of A-labels. */
static const char *
check_labels(const struct str *domain)
{
	size_t label = 0;

	if (domain->n == 0)
		return N_("domain is empty");
	if (domain->n > DOMAIN_MAX)
		return N_("domain is longer than 253 bytes");
	for (size_t i = 0; i <= domain->n; i++) {
		if (i < domain->n && domain->p[i] != '.') {
			if (!is_ldh(domain->p[i]))
				return N_("domain has a character that no domain has");
			label++;
			continue;
		}
		if (label == 0)
			return N_("domain has an empty label");
		if (label > LABEL_MAX)
			return N_("domain has a label longer than 63 bytes");
		label = 0;
	}
	return NULL;
}

/* Adds the A-label (or labels) of one label that is not plain ASCII. */
static const char *
add_u_label(struct pool *pool, struct slice label, struct str *domain)
{
	char *text = pool_copy(pool, label);
	uint8_t *ascii = NULL;
	int rc;

	rc = idn2_lookup_u8(
		(const uint8_t *)text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_MALLOC)
		panic("out of memory");
	if (rc != IDN2_OK)
		return N_("domain has a label that IDNA does not allow");
	for (const uint8_t *p = ascii; *p != '\0'; p++)
		str_addc(domain, ascii_lower((char)*p));
	idn2_free(ascii);
	return NULL;
}

/* Adds one label as it is to be compared. */
static const char *
add_label(struct pool *pool, struct slice label, struct str *domain)
{
	bool ascii = true;

	for (size_t i = 0; i < label.n; i++) {
		if (!ascii_is_8bit(label.p[i]) && !is_ldh(label.p[i]))
			return N_("domain has a character that no domain has");
		ascii = ascii && !ascii_is_8bit(label.p[i]);
	}
	if (!ascii)
		return add_u_label(pool, label, domain);
	for (size_t i = 0; i < label.n; i++)
		str_addc(domain, ascii_lower(label.p[i]));
	return NULL;
}

const char *
domain_parse(struct pool *pool, struct slice text, const char **domain)
{
	/* The root's dot may be written (example.jp.); it is not part of our spelling. */
	bool rooted = slice_ends(text, ".");
	struct scan s = scan_of(slice_sub(text, 0, text.n - rooted));
	struct str out = STR_POOL(pool);

	*domain = NULL;
	if (text.n > TEXT_MAX)
		return N_("domain is longer than 253 bytes");
	for (;;) {
		const char *bad = add_label(pool, scan_until(&s, '.'), &out);

		if (bad != NULL)
			return bad;
		/* An A-label costs some microseconds, and it is too long already. */
		if (out.n > DOMAIN_MAX + 1)
			return N_("domain is longer than 253 bytes");
		if (!scan_char(&s, '.'))
			break;
		str_addc(&out, '.');
	}
	if (!rooted && slice_ends(str_slice(&out), ".")) /* an ideographic one */
		str_cut(&out, out.n - 1);
	const char *bad = check_labels(&out);

	if (bad == NULL)
		*domain = out.p;
	return bad;
}

int
domain_labels(const char *domain)
{
	int n = 1;

	for (const char *p = domain; *p != '\0'; p++)
		if (*p == '.')
			n++;
	return n;
}

const char *
domain_parent(const char *domain)
{
	const char *dot = strchr(domain, '.');

	return dot != NULL ? dot + 1 : NULL;
}

const char *
domain_tail(const char *domain, int n)
{
	const char *p = domain + strlen(domain);

	while (p > domain) {
		if (p[-1] == '.' && --n == 0)
			return p;
		p--;
	}
	return domain;
}

bool
domain_is_within(const char *domain, const char *above)
{
	size_t n = strlen(domain), m = strlen(above);

	if (n < m || strcmp(domain + n - m, above) != 0)
		return false;
	return n == m || domain[n - m - 1] == '.';
}

const char *
domain_unicode(struct pool *pool, const char *domain)
{
	const char *copy = domain;
	char *text = NULL;

	if (strstr(domain, "xn--") == NULL ||
		idn2_to_unicode_8z8z(domain, &text, 0) != IDN2_OK)
		return domain;
	copy = pool_strdup(pool, text);
	idn2_free(text);
	return copy;
}
