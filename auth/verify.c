/* verify.c - whether a token is good, and what it says; knows no files, sockets or clock */
/* SPDX-License-Identifier: MIT */
#include "auth/verify.h"

#include <jansson.h>
#include <strings.h>

#include "auth/base64url.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/event.h"

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
	[VERIFY_CLAIMS] = COUNTER_AUTH_DENIED_CLAIMS,
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
		[VERIFY_CLAIMS] = "claims",
	};

	return names[result];
}

void claims_done(struct claims *claims)
{
	mem_free(claims->user);
	mem_free(claims->nickname);
	mem_free(claims->grants);
	*claims = (struct claims){ 0 };
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

/* ---- believing ---- */

/*
 * RFC 7519 calls a time a number; we take whole ones up to the year 9999 only. False: there is one
 * and it is none.
 */
static bool time_claim(const json_t *claims, const char *name, bool *ret_there, int64_t *ret_time)
{
	const json_t *value = json_object_get(claims, name);

	*ret_there = value != NULL;
	*ret_time = 0;
	if (!value)
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
		json_integer_value(value) > VERIFY_TIME_MAX)
		return false;
	*ret_time = json_integer_value(value);
	return true;
}

/* RFC 7519 sections 4.1.4 to 4.1.6. `exp` is the first second at which it is no longer valid. */
static enum verify_result check_times(
	const json_t *claims, int64_t leeway_s, int64_t now_s, int64_t *ret_expires)
{
	bool has_exp, has_nbf, has_iat;
	int64_t exp, nbf, iat;

	if (!time_claim(claims, "exp", &has_exp, &exp) ||
		!time_claim(claims, "nbf", &has_nbf, &nbf) ||
		!time_claim(claims, "iat", &has_iat, &iat))
		return VERIFY_CLAIMS;
	if (has_exp && now_s - leeway_s >= exp)
		return VERIFY_TIME;
	if (has_nbf && nbf > now_s + leeway_s)
		return VERIFY_TIME;
	if (has_iat && iat > now_s + leeway_s)
		return VERIFY_TIME;
	*ret_expires = has_exp ? exp : 0;
	return VERIFY_OK;
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static bool is_for(const json_t *claims, const struct verify_rules *rules)
{
	const json_t *aud = json_object_get(claims, "aud");

	if (rules->issuer[0] && !is_text(json_object_get(claims, "iss"), rules->issuer))
		return false;
	if (!rules->audience[0] || is_text(aud, rules->audience))
		return true;
	for (size_t i = 0; i < json_array_size(aud); i++)
		if (is_text(json_array_get(aud, i), rules->audience))
			return true;
	return false;
}

static bool is_name(const json_t *value, size_t max_bytes)
{
	return json_is_string(value) && json_string_length(value) <= max_bytes &&
		event_nickname_valid(slice_of(json_string_value(value)), max_bytes);
}

static bool grants_text(const json_t *rooms, char **ret_text)
{
	_cleanup_(mem_freep) char *text = NULL;
	size_t len;

	if (!rooms) {
		*ret_text = mem_strdup("");
		return true;
	}
	if (!json_is_array(rooms))
		return false;
	len = json_dumpb(rooms, NULL, 0, JSON_COMPACT);
	if (len == 0 || len > VERIFY_GRANTS_MAX)
		return false;
	text = mem_alloc(len + 1);
	if (json_dumpb(rooms, text, len, JSON_COMPACT) != len)
		return false;
	*ret_text = text;
	text = NULL;
	return true;
}

static enum verify_result read_claims(const json_t *claims, const struct verify_rules *rules,
	int64_t now_s, struct claims *ret_claims)
{
	const json_t *sub = json_object_get(claims, "sub");
	const json_t *name = json_object_get(claims, "name");
	const json_t *admin = json_object_get(claims, "admin");
	enum verify_result result;
	int64_t expires = 0;
	char *grants;

	result = check_times(claims, rules->leeway_s, now_s, &expires);
	if (result != VERIFY_OK)
		return result;
	if (!is_for(claims, rules) || !is_name(sub, VERIFY_USER_MAX) ||
		(name && !is_name(name, EVENT_NICKNAME_MAX)) || (admin && !json_is_boolean(admin)))
		return VERIFY_CLAIMS;
	if (!grants_text(json_object_get(claims, "rooms"), &grants))
		return VERIFY_CLAIMS;
	*ret_claims = (struct claims){
		.user = mem_strdup(json_string_value(sub)),
		.nickname = mem_strdup(json_string_value(name ? name : sub)),
		.grants = grants,
		.expires = expires,
		.admin = json_is_true(admin),
	};
	return VERIFY_OK;
}

enum verify_result verify_token(struct slice text, const struct keys *keys,
	const struct verify_rules *rules, int64_t now_s, struct claims *ret_claims)
{
	struct token token = { .header = NULL };
	const struct key *key = NULL;
	enum verify_result result = VERIFY_MALFORMED;

	if (token_read(&token, text))
		result = choose_key(token.header, keys, &key);
	if (result == VERIFY_OK)
		result = check_signature(&token, key);
	if (result == VERIFY_OK)
		result = read_claims(token.claims, rules, now_s, ret_claims);
	token_done(&token);
	counter_add(result_counters[result], 1);
	return result;
}
