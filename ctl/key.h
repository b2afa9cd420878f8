/* key.h - a signed token, made with a key that is in a directory */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_KEY_H
#define CTL_KEY_H

#include "proto/token_mint.h"

/*
 * Fills in jti and time. CTL_OK and a text that the caller frees with mem_free(), or CTL_FAILED
 * after saying why on stderr.
 */
int key_mint(const char *directory, struct mint *mint, char **ret_text);

#endif
