/*
 * mta/postfix - one look at Postfix, of which `sekimori postfix` is made
 *
 * postfix_lists reads the lists of milters and makes up how they should be, postfix_named
 * asks whether they are so, postfix_services looks at each service of master.cf, and
 * postfix_handback at those that take back what a filter hands over; postfix_tables reads
 * rules that change header fields; postfix.c asks whether mail reaches us and its
 * receivers as it was sent. cmd_postfix calls them in order.
 *
 * Failure: nothing: whatever is there gives findings.
 */
#ifndef TOOL_MTA_POSTFIX_H
#define TOOL_MTA_POSTFIX_H

#include "base/base.h"
#include "tool/mta/mta.h"
#include "tool/mta/postconf.h"

/* A list of milters, as it is and as it should be. */
struct postfix_list {
	const char *name; /* "smtpd_milters", "submission/inet/smtpd_milters" */
	const struct postconf_service *service; /* whose own it is; NULL: of main.cf */
	struct milters now, wanted;
	bool is_needed; /* there is mail that we see by this list or not at all */
	bool is_barred; /* it is called for mail that is not ours, as if it were */
	bool is_empty_on_purpose; /* -o smtpd_milters= where nobody has to come by */
	bool follows;   /* it is "$smtpd_milters" */
};

struct postfix {
	struct mta mta;
	struct pool *pool;
	struct postconf conf;
	VEC(struct postfix_list) lists; /* the first two are those of main.cf */
	bool is_confined;      /* some process that calls milters runs in a chroot */
	const char *place;     /* our socket as Postfix writes it */
	const char *with_dir;  /* " -c DIR" for commands, or "" */
	bool wants_own_action; /* { ..., default_action=... } */
};

enum { LIST_SMTPD, LIST_LOCAL, LIST_OWN };

/* A parameter; "" where there is none. */
const char *postfix_value(const struct postfix *, const char *name);

/* The command that sets it; in master.cf for a service. */
const char *postfix_set(const struct postfix *, const char *name, const char *value);
const char *postfix_set_service(const struct postfix *, const struct postconf_service *,
	const char *name, const char *value);

/* The command, unless it changes live mail and Mode shadow touches none: then NULL. */
const char *postfix_live(const struct postfix *, const char *command);

bool postfix_is_smtpd(const struct postconf_service *);

/* Takes mail from everybody (port 25); takes mail of users (587, 465); takes back what a
 * filter on this host hands over. */
bool postfix_is_public(const struct postconf_service *);
bool postfix_is_submission(const struct postconf_service *);
bool postfix_is_loopback(const struct postconf_service *);

/* Can somebody who logs in send there? Not where only hosts of mynetworks are let in. */
bool postfix_lets_users_in(const struct postfix *, const struct postconf_service *);

/* Splits a list between commas and blanks, with elements in braces. */
void postfix_parse_list(const struct postfix *, const char *text, struct milters *);

/* Reads all lists and makes up how they should be; `place` is known. */
void postfix_read_lists(struct postfix *);

/* The elements between blanks, as Postfix takes them. */
const char *postfix_list_text(const struct postfix *, const struct milters *);

/* The command that makes a list what it should be; NULL: it is, or follows another. */
const char *postfix_set_list(const struct postfix *, const struct postfix_list *);

/* 4 or 6 for an address, 0 for a name and for all addresses. */
int postfix_family(const struct endpoint *);

/* We are named where we do not listen, or by a path that a confined smtpd does not find:
 * the port is ours, but not the address; the socket, but from the root of the host on. */
bool postfix_is_elsewhere(
	const struct postfix *, const struct postfix_list *, const struct milter *);

/* A milter that signs, or checks signatures: we belong beside it. */
bool postfix_has_signer(const struct milters *);

/* What shall be done while we are away: "tempfail", so that nothing is lost, and nothing
 * sent unsigned; in the shadow, which touches nothing, "accept". */
const char *postfix_action(const struct postfix *);

/* Does this action do the same? */
bool postfix_is_good_action(const struct postfix *, const char *action);

/* The command after which a service does not ask us. */
const char *postfix_set_without_us(
	const struct postfix *, const struct postconf_service *);

/* The list that a service will have. */
const struct milters *postfix_wanted(
	const struct postfix *, const struct postconf_service *);

/* Whose mail a filter hands back to a service. */
enum postfix_back {
	BACK_NONE,   /* none that comes from outside */
	BACK_IN,     /* strangers' */
	BACK_OUT,    /* users' */
	BACK_UNCLEAR /* one of several, which all say that it is users' */
};
enum postfix_back postfix_back_of(
	const struct postfix *, const struct postconf_service *);

/* Strangers' mail comes back there, and would be signed. */
bool postfix_is_barred(const struct postfix *, const struct postconf_service *);

/* Would mail of a client at this address be signed, which has not logged in? */
bool postfix_would_sign(
	const struct postfix *, const char *address, const char *daemon_name);

/* The name under which mail of this host's programs comes to us. */
const char *postfix_local_name(const struct postfix *);

void postfix_check_hand_back(struct postfix *);
void postfix_check_local_name(struct postfix *);

void postfix_check_lists(struct postfix *);
void postfix_check_order(struct postfix *);
void postfix_check_family(struct postfix *);
void postfix_check_action(struct postfix *);
void postfix_check_away(struct postfix *);

void postfix_check_daemons(struct postfix *);
void postfix_check_no_milters(struct postfix *);
void postfix_check_filters(struct postfix *);

void postfix_check_policy_services(struct postfix *);

void postfix_check_newline(struct postfix *);
void postfix_check_stray_cr(struct postfix *);
void postfix_check_header_checks(struct postfix *);
void postfix_check_conversion(struct postfix *);
void postfix_check_protocol(struct postfix *);
void postfix_check_macros(struct postfix *);

#endif
