/* claims.c - what a token says, once its signature is good */
/* SPDX-License-Identifier: MIT */
#include "auth/claims.h"

#include "proto/base/mem.h"
#include "proto/event.h"
#include "proto/grants.h"
#include "proto/meta.h"

void claims_done(struct claims *claims)
{
	mem_free(claims->user);
	mem_free(claims->nickname);
	mem_free(claims->jti);
	mem_free(claims->meta);
	buf_done(&claims->grants);
	*claims = (struct claims){ .user = NULL };
}

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
		json_integer_value(value) > CLAIMS_TIME_MAX)
		return false;
	*ret_time = json_integer_value(value);
	return true;
}

/* A token that does not say from when to when it is good may be good for ever. */
static bool short_enough(int64_t iat, int64_t exp, int64_t max_ttl_s)
{
	return max_ttl_s == 0 || (iat > 0 && exp > 0 && exp - iat <= max_ttl_s);
}

/* RFC 7519 sections 4.1.4 to 4.1.6. `exp` is the first second at which it is no longer valid. */
static enum claims_result check_times(const json_t *claims, const struct claim_rules *rules,
	int64_t now_s, struct claims *ret_claims)
{
	int64_t leeway_s = rules->leeway_s;
	bool has_exp, has_nbf, has_iat;
	int64_t exp, nbf, iat;

	if (!time_claim(claims, "exp", &has_exp, &exp) ||
		!time_claim(claims, "nbf", &has_nbf, &nbf) ||
		!time_claim(claims, "iat", &has_iat, &iat))
		return CLAIMS_BAD;
	if (has_exp && now_s - leeway_s >= exp)
		return CLAIMS_TIME;
	if (has_nbf && nbf > now_s + leeway_s)
		return CLAIMS_TIME;
	if (has_iat && iat > now_s + leeway_s)
		return CLAIMS_TIME;
	if (!short_enough(iat, exp, rules->max_ttl_s))
		return CLAIMS_TIME;
	ret_claims->expires = has_exp ? exp : 0;
	ret_claims->issued = iat;
	return CLAIMS_GOOD;
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static bool is_for(const json_t *claims, const struct claim_rules *rules)
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

/* An optional text. */
static bool text_claim(const json_t *value, size_t max_bytes, const char **ret_text)
{
	*ret_text = value ? json_string_value(value) : "";
	return !value || is_name(value, max_bytes);
}

static bool flag_claim(const json_t *value)
{
	return !value || json_is_boolean(value);
}

static bool rights_of(const json_t *list, unsigned *ret_rights)
{
	unsigned rights = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *name = json_array_get(list, i);
		enum right right = json_is_string(name)
			? right_named(slice_of(json_string_value(name)))
			: RIGHTS;

		if (right == RIGHTS)
			return false;
		rights |= 1u << right;
	}
	*ret_rights = rights;
	return json_is_array(list);
}

/*
 * `[{"match": pattern, "can": [right...]}...]`, and nothing else: what is not understood might
 * have been meant as a restriction.
 */
static bool grants_claim(const json_t *rooms, unsigned max, struct buf *out)
{
	if (rooms && (!json_is_array(rooms) || json_array_size(rooms) > max))
		return false;
	for (size_t i = 0; i < json_array_size(rooms); i++) {
		const json_t *grant = json_array_get(rooms, i);
		const json_t *match = json_object_get(grant, "match");
		struct slice pattern = slice_of(json_string_value(match));
		unsigned rights;

		if (json_object_size(grant) != 2 || !grants_pattern_valid(pattern) ||
			!rights_of(json_object_get(grant, "can"), &rights))
			return false;
		if (rights)
			grants_add(out, rights, pattern);
	}
	return true;
}

/* An optional object; the bound is on what is passed on. */
static enum claims_result meta_claim(const json_t *meta, size_t max_bytes, char **ret_text)
{
	size_t len = meta ? json_dumpb(meta, NULL, 0, JSON_COMPACT) : 0;

	if (meta && (!json_is_object(meta) || len == 0))
		return CLAIMS_BAD;
	if (len > max_bytes)
		return CLAIMS_META;
	*ret_text = mem_alloc(len + 1);
	if (len)
		json_dumpb(meta, *ret_text, len, JSON_COMPACT);
	return meta_valid(slice_make(*ret_text, len)) ? CLAIMS_GOOD : CLAIMS_BAD;
}

enum claims_result claims_read(const json_t *object, const struct claim_rules *rules, int64_t now_s,
	struct claims *ret_claims)
{
	const json_t *sub = json_object_get(object, "sub");
	const json_t *name = json_object_get(object, "name");
	const json_t *admin = json_object_get(object, "admin");
	const json_t *api = json_object_get(object, "api");
	const json_t *guest = json_object_get(object, "guest");
	struct claims claims = { .admin = json_is_true(admin), .api = json_is_true(api) };
	const char *jti;
	enum claims_result result = check_times(object, rules, now_s, &claims);

	if (result != CLAIMS_GOOD)
		return result;
	if (!is_for(object, rules) || !is_name(sub, CLAIMS_USER_MAX) ||
		(name && !is_name(name, EVENT_NICKNAME_MAX)) || !flag_claim(admin) ||
		!flag_claim(api) || !flag_claim(guest) ||
		!text_claim(json_object_get(object, "jti"), CLAIMS_JTI_MAX, &jti) ||
		!grants_claim(json_object_get(object, "rooms"), rules->max_grants, &claims.grants))
		result = CLAIMS_BAD;
	else
		result = meta_claim(json_object_get(object, "meta"), rules->max_meta, &claims.meta);
	if (result != CLAIMS_GOOD) {
		claims_done(&claims);
		return result;
	}
	/* A guest is called something, and is no one. */
	claims.user = mem_strdup(json_is_true(guest) ? "" : json_string_value(sub));
	claims.nickname = mem_strdup(json_string_value(name ? name : sub));
	claims.jti = mem_strdup(jti);
	*ret_claims = claims;
	return CLAIMS_GOOD;
}
