/*
 * meant_text - a record's characters as they were meant
 *
 * A form, a word processor or an input method writes other characters than the grammar
 * of a record knows: wide blanks and letters, dashes, quotation marks, the backslashes of
 * a zone file. What has no meaning here stays.
 *
 * Failure: nothing.
 */
#ifndef TOOL_MEANT_TEXT_H
#define TOOL_MEANT_TEXT_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct slice meant_text(struct pool *, struct slice text);

#endif
