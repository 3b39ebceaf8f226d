/*
 * check/generic_name - names that a provider makes of addresses
 *
 * "p1234-ipngn100.tokyo.ocn.ne.jp", "203-0-113-10.dhcp.example.net": nobody chose them
 * for a mail server, and many receivers take the host for somebody's infected PC.
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_GENERIC_NAME_H
#define TOOL_CHECK_GENERIC_NAME_H

#include "base/base.h"
#include "base/ip.h"

/* Is the name (checked) of this address such a one? */
bool generic_name_is(const char *name, const struct ip *);

#endif
