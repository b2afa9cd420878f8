/* token_mint.h - makes one signed token; knows no files, clock or randomness */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_TOKEN_MINT_H
#define PROTO_TOKEN_MINT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/keyfile.h"

struct mint {
	const char *user;
	const char *name;
	const char *kid;
	const char *jti;
	const char *issuer; /* NULL: none */
	const char *audience; /* NULL: none */
	const char *meta; /* NULL: none; else of meta.h */
	bool admin;
	bool api; /* may use the server API */
	bool guest; /* has a nickname, and is not signed in */
	int64_t now_s;
	int64_t ttl_s;
};

/* 0 and a text that the caller frees with mem_free(), or -errno. */
int token_mint(const struct mint *mint, const struct secret *secret, char **ret_text);

#endif
