/*
 * mail_fixture - a message as the engine's steps see it, without a transaction
 *
 * Failure: panic, or a test that is not ok where a configuration has an error.
 */
#ifndef UNIT_MAIL_FIXTURE_H
#define UNIT_MAIL_FIXTURE_H

#include "base/base.h"
#include "base/pool.h"
#include "engine/mail_object.h"

/* A policy of these two texts; rows: of the key table. */
const struct policy *mail_policy(struct pool *, const char *conf, const char *rows);

/* A message from 192.0.2.9 (mx.example, Postfix unless told otherwise) with the reverse-
 * path a@sender.example and these header fields, one a line: "From: a@b.example". */
struct mail_object mail_fixture(
	struct pool *, const struct policy *, const char *fields);

/* The rules of a recipient of that domain. */
void mail_recipient(struct mail_object *, const char *address);

#endif
