/* settings.h - reads the canonical text that a daemon prints with -n */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_SETTINGS_H
#define CTL_SETTINGS_H

#include "proto/base/buf.h"

/* The value of `key` in `[section]`, a slice of the text; empty if it is not there, or empty. */
struct slice settings_get(struct slice text, const char *section, const char *key);

/* Adds what another daemon has printed, without sections that are there already. */
void settings_merge(struct buf *into, struct slice text);

#endif
