/* token_mint.c - makes one signed token; knows no files, clock or randomness */
/* SPDX-License-Identifier: MIT */
#include "proto/token_mint.h"

#include <errno.h>
#include <jwt.h>
#include <stdlib.h>

#include "proto/base/mem.h"

/* libjwt answers with a positive errno. */
static int add_claims(jwt_t *jwt, const struct mint *mint)
{
	int r = jwt_add_header(jwt, "kid", mint->kid);

	r = r ? r : jwt_add_grant(jwt, "sub", mint->user);
	r = r ? r : jwt_add_grant(jwt, "name", mint->name);
	r = r ? r : jwt_add_grant(jwt, "jti", mint->jti);
	r = r ? r : jwt_add_grant_int(jwt, "iat", mint->now_s);
	r = r ? r : jwt_add_grant_int(jwt, "exp", mint->now_s + mint->ttl_s);
	r = r ? r : jwt_add_grant_bool(jwt, "admin", mint->admin);
	if (r == 0 && mint->api)
		r = jwt_add_grant_bool(jwt, "api", true);
	if (r == 0 && mint->guest)
		r = jwt_add_grant_bool(jwt, "guest", true);
	if (r == 0 && mint->issuer)
		r = jwt_add_grant(jwt, "iss", mint->issuer);
	if (r == 0 && mint->audience)
		r = jwt_add_grant(jwt, "aud", mint->audience);
	return r;
}

static int add_meta(jwt_t *jwt, const char *meta)
{
	_cleanup_(mem_freep) char *text = mem_printf("{\"meta\":%s}", meta);

	return jwt_add_grants_json(jwt, text);
}

int token_mint(const struct mint *mint, const struct secret *secret, char **ret_text)
{
	jwt_t *jwt = NULL;
	char *text = NULL;
	int r = jwt_new(&jwt);

	if (r != 0)
		return -r;
	r = add_claims(jwt, mint);
	if (r == 0 && mint->meta)
		r = add_meta(jwt, mint->meta);
	if (r == 0)
		r = jwt_set_alg(jwt, JWT_ALG_HS256, secret->bytes, (int)secret->len);
	if (r == 0) {
		text = jwt_encode_str(jwt);
		r = text ? 0 : EINVAL;
	}
	jwt_free(jwt);
	if (r == 0) {
		*ret_text = mem_strdup(text);
		free(text);
	}
	return -r;
}
