/*
 * authres_id - whose Authentication-Results field is this?
 *
 * Decides which fields are removed from a message on its way in (whatever could be
 * read as ours goes). Only the first token is looked at, so a field stays or goes by
 * its id however broken or large its rest is. The id is compared without comments,
 * blanks, quotes, quoted-pairs, case, one trailing dot and what follows a '/' (a job id
 * that some programs put there), and with U-labels as A-labels.
 *
 * A field whose id cannot be delimited (open comment or quote, NUL or another control
 * character, bytes that are neither UTF-8 nor a domain, no id at all) is AUTHRES_UNCLEAR:
 * some reader may take it for ours, so it goes too.
 *
 * Standards: RFC 8601 2.5, 5
 * Failure:   nothing.
 */
#ifndef MAIL_AUTHRES_ID_H
#define MAIL_AUTHRES_ID_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

enum authres_owner { AUTHRES_FOREIGN, AUTHRES_OURS, AUTHRES_UNCLEAR };

/* Ids in the form in which they are compared. */
struct authres_ids VEC_OF(const char *);

/* Adds an id of ours, as the operator wrote it;
 * a complaint where no field could bear it. */
const char *authres_ids_add(struct pool *, struct authres_ids *, struct slice text);

/* Looks at a whole field value. The pool is for scratch. */
enum authres_owner authres_owner(
	struct pool *, const struct authres_ids *ours, struct slice value);

#endif
