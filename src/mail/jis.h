/*
 * jis - names in raw ISO-2022-JP in an address field
 *
 * Old Japanese programs do not encode the name in "NAME" <taro@example.jp> or in
 * taro@example.jp (NAME). Its kanji are pairs of printable bytes, a quote or a
 * parenthesis among them, and the sequence that ends them has an opening one: by RFC
 * 5322 the comment never ends. A reader that knows the character set sees where it does.
 *
 * Only for fields in which both see the same address: it is the only one, and no bytes of
 * kanji can be taken for another.
 *
 * Standards: RFC 1468, RFC 5322 3.2.2, 3.2.4, 4.1
 * Failure:   nothing.
 */
#ifndef MAIL_JIS_H
#define MAIL_JIS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

/* The value with letters for the bytes of kanji; escape characters stay, so that kanji
 * outside of quotes and comments are no atom. False where it has none, or is not to be
 * read so. */
bool jis_plain(struct pool *, struct slice value, struct slice *plain);

#endif
