/*
 * plain - what a terminal or a log may get of a text that anybody has written
 *
 * Names, records, replies and file names come from strangers, and a terminal acts on what
 * it is sent: titles, colours, the clipboard, text that runs backwards. Every character
 * that is not simply shown becomes a '?': controls (C0, DEL, C1), those that set the
 * direction of writing, line and paragraph separators, tags, and bytes that are no UTF-8.
 *
 * Standards: ECMA-48 (C0, C1), UAX 9 (directions), RFC 3629
 * Failure:   nothing. Needs fopencookie() for the streams.
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/str.h"

/* Adds the text as one line: a line end is a control as any other. */
void plain_add(struct str *, struct slice text);

/* The same as a new text. */
const char *plain_line(struct pool *, struct slice text);

/* The same in its place; the text may become shorter. */
void plain_make(char *text);

/* From here on standard output and standard error pass on plain text, line ends and tabs
 * alone: whatever a program prints. Called once, before anything is printed. */
void plain_streams(void);

/* Writes bytes to standard output as they are, after what was printed before: a message,
 * or text that is plain already and has our own colours in it. */
void plain_bypass(const char *p, size_t n);

#endif
