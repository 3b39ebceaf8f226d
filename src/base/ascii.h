/*
 * ascii - the classes of bytes that mail grammar knows
 *
 * Unlike <ctype.h> these take any char, know no locale, and say false for every byte from
 * 0x80 on.
 *
 * Standards: RFC 5234 B.1, RFC 5322 3.2
 * Failure:   nothing.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include "base/base.h"

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
ascii_is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool
ascii_is_alpha(char c)
{
	return ascii_is_upper(c) || ascii_is_lower(c);
}

static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* SP or HTAB: the only blanks of the DKIM canonicalisations. */
static inline bool
ascii_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* WSP, CR or LF: what folding white space is made of. */
static inline bool
ascii_is_space(char c)
{
	return ascii_is_wsp(c) || c == '\r' || c == '\n';
}

/* Anything else, octets from 0x80 on included: what a word of a file is made of. */
static inline bool
ascii_is_nonspace(char c)
{
	return !ascii_is_space(c);
}

static inline bool
ascii_is_ctl(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static inline bool
ascii_is_8bit(char c)
{
	return (unsigned char)c >= 0x80;
}

static inline char
ascii_lower(char c)
{
	return ascii_is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

/* The value of a hexadecimal digit, or -1. */
static inline int
ascii_hex(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif
