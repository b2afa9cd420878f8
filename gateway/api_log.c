/* api_log.c - what the server API changes, in the log with who did it */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_log.h"

#include "proto/base/log.h"
#include "proto/base/mem.h"

/* A method that is not here changes something. */
static bool only_looks(const struct api_command *call)
{
	switch (call->method) {
	case API_METHOD_ROOMS:
	case API_METHOD_CONNECTIONS:
	case API_METHOD_PRESENCE:
	case API_METHOD_HISTORY:
	case API_METHOD_STATUS:
		return true;
	case API_METHOD_STATE:
		return call->ops.len == 0;
	default:
		return false;
	}
}

static bool is_message(enum api_method method)
{
	return method == API_METHOD_PUBLISH || method == API_METHOD_SEND ||
		method == API_METHOD_CALL || method == API_METHOD_STATE;
}

static struct slice scope_of(const struct api_command *call)
{
	if (call->method != API_METHOD_BROADCAST)
		return call->room;
	if (call->scope == SCOPE_ROOMS)
		return call->rooms;
	return call->scope == SCOPE_ALL_ROOMS ? SLICE("*") : SLICE("");
}

/* As messages name it; of a revocation likewise. */
static struct slice target_of(const struct api_command *call, struct buf *out)
{
	if (call->method != API_METHOD_REVOKE)
		return call->target;
	buf_put(out, call->jti.len ? SLICE("jti:") : SLICE("user:"));
	buf_put(out, call->jti.len ? call->jti : call->user);
	return buf_slice(out);
}

void api_log(const struct api_caller *by, const struct api_command *call, enum api_logged logged)
{
	_cleanup_(buf_done) struct buf target = { .cap = 0 };

	if (only_looks(call) || (logged == API_LOG_STEERING && is_message(call->method)))
		return;
	log_audit("api_call", "by=%s jti=%s address=%s method=%s target=%s room=%s",
		log_quote(by->user), log_quote(by->jti), log_quote(by->address),
		log_quote(api_method_name(call->method)), log_quote(target_of(call, &target)),
		log_quote(scope_of(call)));
}
