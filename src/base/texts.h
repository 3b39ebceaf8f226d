/*
 * texts - what people are told, in the reader's language
 *
 * The language is that of --lang, or what the environment asks for by the rules of
 * gettext: LC_ALL, LC_MESSAGES or LANG names it, and where that is not C, LANGUAGE may
 * list others. The catalogue is the one that msgfmt makes of po/LANG.po; it is read here,
 * so neither the language's locale nor any other has to be there.
 *
 * Failure: English; texts_choose says whether it comes to that.
 */
#ifndef BASE_TEXTS_H
#define BASE_TEXTS_H

#include "base/base.h"

/* Takes what the environment asks for. Before threads, as the next. */
void texts_begin(void);

/* "en", or a language that has a catalogue. False: neither; nothing changes. */
bool texts_choose(const char *language);

/* A text in the language chosen; itself where that has none. Lives as long as we do. */
const char *texts_of(const char *english) FORMAT_ARG(1);

#endif
