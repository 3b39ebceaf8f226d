/*
 * address - mailboxes of the header and of the envelope
 *
 * Strict: what the grammar does not allow is a complaint, never a guess, because a guess
 * that differs from the reader's is how senders are forged. Five things beyond the
 * grammar are taken, since much mail has them and none can move the domain: dots anywhere
 * in a local part (addresses of Japanese carriers), dots in a display name ("John Q.
 * Public"), bytes that are not UTF-8 in names and comments, an unquoted address as the
 * name of one of the same domain (a@b.example <a@b.example>), and names in raw
 * ISO-2022-JP (mail/jis.h).
 *
 * Of the obsolete grammar control characters in quoted strings and comments are read.
 *
 * Standards: RFC 5322 3.4, 4.1, 4.4; RFC 5321 4.1.2; RFC 6531/6532 (UTF-8)
 * Failure:   a complaint.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

struct address {
	struct slice local; /* without quotes and quoted-pairs */
	const char *domain; /* checked; NULL: the address has none, or a literal */
};

struct addresses VEC_OF(struct address);

/* Domains, each once, in the order of their first address. */
struct domains VEC_OF(const char *);

/* The address-list of a From, To, Sender ... field: mailboxes and groups. More than
 * `limit` addresses is a complaint. Comments, display names and folds are passed over. */
const char *address_list_parse(
	struct pool *, struct slice value, size_t limit, struct addresses *);

/* The distinct domains of a list. Addresses without one do not count: a caller to whom
 * they matter looks for domain == NULL itself. */
void address_domains(
	struct pool *, const struct addresses *list, struct domains *domains);

/* A reverse-path or forward-path, with or without angle brackets; a source route is
 * passed over.
 * <> and the empty text give an address with an empty local part and no domain. What
 * stands after the last @ outside quotes is the domain; where it is not a valid one,
 * that is a complaint, and addr->local holds all of the text. */
const char *address_path_parse(struct pool *, struct slice path, struct address *);

#endif
