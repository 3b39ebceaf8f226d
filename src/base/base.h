/*
 * base - what every file of the tree includes first
 *
 * The C library headers that are needed everywhere, the few compiler extensions that the
 * tree allows itself, and the functions that no file may call.
 *
 * Failure: nothing.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define FORMAT_ARG(n) __attribute__((format_arg(n)))
/* A text that is translated where it is printed: xgettext collects it. */
#define N_(text) (text)

#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

/* Functions that cannot be used safely, or not in a program with threads. A few headers
 * of other libraries speak of them, so such a header is included before this line takes
 * effect only through base.h itself. */
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atof gmtime localtime ctime asctime

#endif
