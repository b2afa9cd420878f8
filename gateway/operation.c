/* operation.c - what can be asked below /api/, and of whom; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/operation.h"

#include "gateway/api_call.h"
#include "gateway/origin.h"
#include "gateway/posthead.h"

enum { SIGN_IN_BODY = 4096 }; /* bytes: a name and a password */

/* clang-format off */
static const struct operation operations[] = {
#define METHOD(NAME, name, content, needs, may, help) \
	{ SLICE(#name), BY_API, API_METHOD_##NAME, HTTP_POST, REFUSAL_NOT_POST, 0 },
#include "gateway/api_methods.def"
#undef METHOD
	{ SLICE("batch"), BY_API, API_METHOD_BATCH, HTTP_POST, REFUSAL_NOT_POST, 0 },
	{ SLICE("auth/login"), BY_AUTH, AUTH_LOGIN, HTTP_POST, REFUSAL_NOT_POST, SIGN_IN_BODY },
	{ SLICE("auth/guest"), BY_AUTH, AUTH_GUEST, HTTP_POST, REFUSAL_NOT_POST, SIGN_IN_BODY },
	{ SLICE("auth/logout"), BY_AUTH, AUTH_LOGOUT, HTTP_POST, REFUSAL_NOT_POST, SIGN_IN_BODY },
	{ SLICE("auth/me"), BY_AUTH, AUTH_ME, HTTP_GET, REFUSAL_ONLY_GET, SIGN_IN_BODY },
#define RANGE(NAME, name, step, rows) \
	{ SLICE("series/" name), BY_HTTP, 0, HTTP_GET, REFUSAL_METHOD, 0 },
#include "proto/ranges.def"
#undef RANGE
};
/* clang-format on */

const struct operation *operation_find(struct slice path)
{
	static const struct slice folder = { "/api/", 5 };
	struct slice name;

	if (!slice_starts(path, folder))
		return NULL;
	name = slice_make(path.ptr + folder.len, path.len - folder.len);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (slice_eq(operations[i].name, name))
			return &operations[i];
	return NULL;
}

static enum refusal check_body(const struct posthead *head, size_t max)
{
	if (!head->sized)
		return REFUSAL_CHUNKED;
	return head->length > max ? REFUSAL_TOO_LARGE : REFUSAL_NONE;
}

/*
 * A page of another origin may not sign anyone in: it has to say that it sends JSON, which needs
 * leave that we do not give (no form can), and its Origin is looked at.
 */
static enum refusal check_sender(
	const struct operation *operation, const struct posthead *head, char *const *origins)
{
	bool anyone = operation->by == BY_AUTH;

	if ((head->length || anyone) && !posthead_is_json(head->type))
		return REFUSAL_NOT_JSON;
	if (anyone && !origin_allowed(head->origin, head->host, origins))
		return REFUSAL_ORIGIN;
	return REFUSAL_NONE;
}

enum refusal operation_check(const struct operation *operation, const struct posthead *head,
	size_t max_body, char *const *origins)
{
	size_t max = operation->max_body ? operation->max_body : max_body;
	enum refusal refusal;

	if (head->method != operation->method || operation->by == BY_HTTP)
		return operation->other;
	if (operation->method == HTTP_GET)
		return head->length ? REFUSAL_BODY : REFUSAL_NONE;
	refusal = check_body(head, max);
	return refusal == REFUSAL_NONE ? check_sender(operation, head, origins) : refusal;
}
