/* verify.c - whether a token is good, and what it says; knows no files, sockets or clock */
/* SPDX-License-Identifier: MIT */
#include "auth/verify.h"

#include <jansson.h>
#include <strings.h>

#include "auth/base64url.h"
#include "proto/counters.h"

/* A token's text, cut at its dots and read, before anything of it is believed. */
struct token {
	json_t *header;
	json_t *claims;
	struct slice text; /* what is signed */
	struct buf signature;
};

/* RFC 7515 section 4.1: keys that a token brings along are worth nothing. */
static const char *const embedded[] = { "jwk", "jku", "x5u", "x5c" };

static const enum counter result_counters[] = {
	[VERIFY_OK] = COUNTER_AUTH_ALLOWED,
	[VERIFY_MALFORMED] = COUNTER_AUTH_DENIED_MALFORMED,
	[VERIFY_KEY] = COUNTER_AUTH_DENIED_KEY,
	[VERIFY_ALGORITHM] = COUNTER_AUTH_DENIED_ALGORITHM,
	[VERIFY_SIGNATURE] = COUNTER_AUTH_DENIED_SIGNATURE,
	[VERIFY_TIME] = COUNTER_AUTH_DENIED_TIME,
	[VERIFY_REVOKED] = COUNTER_AUTH_DENIED_REVOKED,
	[VERIFY_META] = COUNTER_AUTH_DENIED_META,
	[VERIFY_CLAIMS] = COUNTER_AUTH_DENIED_CLAIMS,
};

static const enum verify_result claims_results[] = {
	[CLAIMS_GOOD] = VERIFY_OK,
	[CLAIMS_TIME] = VERIFY_TIME,
	[CLAIMS_META] = VERIFY_META,
	[CLAIMS_BAD] = VERIFY_CLAIMS,
};

const char *verify_result_name(enum verify_result result)
{
	static const char *const names[] = {
		[VERIFY_OK] = "ok",
		[VERIFY_MALFORMED] = "malformed",
		[VERIFY_KEY] = "key",
		[VERIFY_ALGORITHM] = "algorithm",
		[VERIFY_SIGNATURE] = "signature",
		[VERIFY_TIME] = "time",
		[VERIFY_REVOKED] = "revoked",
		[VERIFY_META] = "meta",
		[VERIFY_CLAIMS] = "claims",
	};

	return names[result];
}

/* ---- reading ---- */

/*
 * A part of the token is a JSON object, or it is no JWT. Of a member that stands twice, readers
 * differ in which they take: refused.
 */
static json_t *read_part(struct slice part)
{
	struct buf text = { 0 };
	json_t *object = NULL;

	if (part.len > 0 && base64url_decode(&text, part) == 0)
		object = json_loadb(
			text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES, NULL);
	buf_done(&text);
	if (json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

/* Takes what stands before the next dot off the front; false: there is no dot. */
static bool cut_at_dot(struct slice *rest, struct slice *ret_part)
{
	const char *dot = rest->len ? memchr(rest->ptr, '.', rest->len) : NULL;

	if (!dot)
		return false;
	*ret_part = slice_make(rest->ptr, (size_t)(dot - rest->ptr));
	*rest = slice_make(dot + 1, rest->len - ret_part->len - 1);
	return true;
}

/* Whether there are three parts, and all can be read. */
static bool token_read(struct token *token, struct slice text)
{
	struct slice rest = text, header, claims;

	if (text.len > VERIFY_TOKEN_MAX || !cut_at_dot(&rest, &header) ||
		!cut_at_dot(&rest, &claims))
		return false;
	if (base64url_decode(&token->signature, rest) < 0)
		return false;
	token->text = slice_make(text.ptr, header.len + 1 + claims.len);
	token->header = read_part(header);
	token->claims = read_part(claims);
	return token->header && token->claims;
}

static void token_done(struct token *token)
{
	json_decref(token->header);
	json_decref(token->claims);
	buf_done(&token->signature);
}

/* ---- trusting ---- */

/* What the header asks for is only what we can do. */
static bool header_is_plain(const json_t *header)
{
	const json_t *kid = json_object_get(header, "kid");
	const json_t *typ = json_object_get(header, "typ");

	if (!json_is_string(json_object_get(header, "alg")) || (kid && !json_is_string(kid)))
		return false;
	/* RFC 9068 names the second. */
	if (typ &&
		(!json_is_string(typ) ||
			(strcasecmp(json_string_value(typ), "JWT") != 0 &&
				strcasecmp(json_string_value(typ), "at+jwt") != 0)))
		return false;
	/* RFC 7515 section 4.1.11: who does not know what `crit` names refuses; we know none. */
	if (json_object_get(header, "crit") || json_object_get(header, "cty"))
		return false;
	for (size_t i = 0; i < sizeof(embedded) / sizeof(*embedded); i++)
		if (json_object_get(header, embedded[i]))
			return false;
	return true;
}

/*
 * Which key it must be signed with. The algorithm comes from the key and not from the token, which
 * only may agree: that is what keeps `none`, and a public key used as a secret, out.
 */
static enum verify_result choose_key(
	const json_t *header, const struct keys *keys, const struct key **ret_key)
{
	const json_t *kid = json_object_get(header, "kid");
	const char *alg = json_string_value(json_object_get(header, "alg"));
	const struct key *key;

	if (!header_is_plain(header))
		return VERIFY_MALFORMED;
	key = keys_find(keys, slice_of(kid ? json_string_value(kid) : KEYFILE_DEFAULT));
	if (!key)
		return VERIFY_KEY;
	/* As RFC 7515 writes it: case counts. */
	if (strcmp(alg, algorithm_get(key->algorithm)->name) != 0)
		return VERIFY_ALGORITHM;
	*ret_key = key;
	return VERIFY_OK;
}

static enum verify_result check_signature(const struct token *token, const struct key *key)
{
	struct slice signature = buf_slice(&token->signature);
	bool good;

	if (key->pubkey)
		good = pubkey_has_signed(key->pubkey, key->algorithm, token->text, signature);
	else
		good = secret_has_signed(slice_make(key->secret.bytes, key->secret.len),
			key->algorithm, token->text, signature);
	return good ? VERIFY_OK : VERIFY_SIGNATURE;
}

/* Good claims of a token that is revoked are given back. */
static enum verify_result check_revoked(const struct revoked *revoked, struct claims *claims)
{
	if (!revoked_has(revoked, slice_of(claims->user), slice_of(claims->jti), claims->issued))
		return VERIFY_OK;
	claims_done(claims);
	return VERIFY_REVOKED;
}

enum verify_result verify_token(struct slice text, const struct keys *keys,
	const struct claim_rules *rules, const struct revoked *revoked, int64_t now_s,
	struct claims *ret_claims)
{
	struct token token = { .header = NULL };
	struct claims claims = { .user = NULL };
	const struct key *key = NULL;
	enum verify_result result = VERIFY_MALFORMED;

	if (token_read(&token, text))
		result = choose_key(token.header, keys, &key);
	if (result == VERIFY_OK)
		result = check_signature(&token, key);
	if (result == VERIFY_OK)
		result = claims_results[claims_read(token.claims, rules, now_s, &claims)];
	if (result == VERIFY_OK)
		result = check_revoked(revoked, &claims);
	if (result == VERIFY_OK)
		*ret_claims = claims;
	token_done(&token);
	counter_add(result_counters[result], 1);
	return result;
}
