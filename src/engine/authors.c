/*
 * Too many names are better than too few: whoever is listed is only asked for a key
 * row with an impersonation rule, while one that is missed is a message in somebody's
 * name. So a field is read as the standard has it first, and what it shows to lax
 * readers is asked only where that fails; what the mail server will make of a name
 * comes on top.
 */
#include "base/base.h"
#include "engine/authors.h"

#include "auth/spf/check.h"
#include "mail/domain.h"
#include "mail/guise.h"
#include "mail/sole.h"

static void
add(const struct mail_object *mail, struct authors *authors, const char *domain)
{
	*vec_add(mail->pool, &authors->domains) = domain;
}

/* The mail server's own name; NULL: unknown, or none. */
static const char *
own_name(const struct mail_object *mail)
{
	const char *name = mail->session->mta_name, *domain;

	if (name == NULL || domain_parse(mail->pool, slice_of(name), &domain) != NULL)
		return NULL;
	return domain;
}

/* The domain that it lies in. */
static const char *
own_parent(const struct mail_object *mail)
{
	const char *name = own_name(mail);

	return name != NULL ? domain_parent(name) : NULL;
}

/* An address without a domain is one of the mail server's own, once it is completed. */
static void
add_own(const struct mail_object *mail, struct authors *authors)
{
	const struct domains *more = &mail->policy->appended;
	const char *own = own_name(mail);

	for (size_t i = 0; i < more->n; i++)
		add(mail, authors, more->v[i]);
	if (own != NULL)
		add(mail, authors, own);
}

/* Sendmail puts its own name in the place of "localhost", with its domain or without, and
 * that of MASQUERADE_AS in the place of its own; Postfix leaves such mail alone. */
static void
add_rewritten(const struct mail_object *mail, struct authors *authors, const char *name)
{
	const char *parent = own_parent(mail), *own = own_name(mail);

	if (mail->session->is_postfix)
		return;
	if (own != NULL && strcmp(name, own) == 0)
		add_own(mail, authors);
	if (strncmp(name, "localhost", 9) != 0)
		return;
	if (name[9] == '\0' ||
		(name[9] == '.' && parent != NULL && strcmp(name + 10, parent) == 0))
		add_own(mail, authors);
}

/* Sendmail looks up a name of one label beside its own. */
static void
add_short(const struct mail_object *mail, struct authors *authors, const char *name)
{
	const char *parent = own_parent(mail), *whole;

	if (mail->session->is_postfix || domain_labels(name) != 1 || parent == NULL)
		return;
	whole = pool_printf(mail->pool, "%s.%s", name, parent);
	add(mail, authors, whole);
	add_rewritten(mail, authors, whole);
}

/* A domain that a field shows, and what the mail server makes of it. */
static void
add_shown(const struct mail_object *mail, struct authors *authors, const char *domain)
{
	add(mail, authors, domain);
	add_rewritten(mail, authors, domain);
	add_short(mail, authors, domain);
}

/* RFC 5321 4.5.5: a report of a mail server has the null reverse-path, and those of old
 * ones come from MAILER-DAEMON without a domain. Anybody else without one is completed to
 * a person of ours: "CEO <ceo>". */
static bool
is_report(const struct mail_object *mail, struct slice value)
{
	return mail_is_null_sender(mail) && mail->message.from.n == 1 &&
	       sole_is_report(value);
}

static void
add_guises(const struct mail_object *mail, struct authors *authors, struct slice value)
{
	const char *only = guise_only(mail->pool, value, !mail->session->is_postfix);
	struct domains seen;

	if (only != NULL) {
		add_shown(mail, authors, only);
		return;
	}
	authors->anybody |= !guise_domains(mail->pool, value, &seen);
	for (size_t i = 0; i < seen.n; i++)
		add_shown(mail, authors, seen.v[i]);
	if (guise_lacks_domain(value) && (seen.n > 0 || !is_report(mail, value)))
		add_own(mail, authors);
}

static void
add_field(const struct mail_object *mail, struct authors *authors, struct slice value)
{
	struct addresses list = VEC_INIT;
	bool has_literal = false;

	if (address_list_parse(mail->pool, value, AUTHOR_ADDRESSES_MAX, &list) != NULL) {
		add_guises(mail, authors, value);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		const char *domain = list.v[i].domain;

		has_literal |= domain == NULL;
		if (domain != NULL)
			add_shown(mail, authors, domain);
	}
	if (!has_literal)
		return;
	/* A literal is an address of the network to us, a name to others, and Sendmail
	 * puts its own name in the place of its own address. */
	add_guises(mail, authors, value);
	if (!mail->session->is_postfix)
		add_own(mail, authors);
}

/* Where From is missing, or empty, Sendmail writes the envelope's sender into it. */
static void
add_sender(const struct mail_object *mail, const struct spf_result *spf,
	struct authors *authors)
{
	struct address sender;

	if (spf != NULL &&
		(spf->outcome.code == AUTH_PASS || spf->outcome.cause == CAUSE_DNS))
		return;
	if (mail->mail_from.n == 0 ||
		address_path_parse(mail->pool, mail->mail_from, &sender) != NULL)
		return;
	if (sender.domain != NULL)
		add_shown(mail, authors, sender.domain);
	else
		add_own(mail, authors);
}

struct authors
authors_of(const struct mail_object *mail, const struct spf_result *spf)
{
	struct authors authors = { .domains = VEC_INIT };
	bool has_one = false;

	for (size_t i = 0; i < mail->message.from.n; i++) {
		struct slice value = mail->message.from.v[i]->value;

		has_one |= slice_trim(value).n > 0;
		add_field(mail, &authors, value);
	}
	if (!has_one)
		add_sender(mail, spf, &authors);
	return authors;
}
