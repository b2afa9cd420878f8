/* reply.c - the text of HTTP replies: heads, refusals, short bodies; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/reply.h"

#include <assert.h>

#include "gateway/httpval.h"
#include "proto/json.h"

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
};

static const struct {
	int status;
	const char *code, *fields, *message;
} refusals[REFUSAL_MAX] = {
#define REFUSAL(NAME, status, code, fields, message) \
	[REFUSAL_##NAME] = { status, code, fields, message },
#include "gateway/refusals.def"
#undef REFUSAL
};

/*
 * Pages are ours and need no more than this; a page of someone's own in static_dir can narrow it
 * with a <meta> of its own. A WebSocket may go elsewhere: pages can be served by one host for
 * another. A blob is what a page itself has made, as to show a picture before it is sent.
 */
static const char policy[] =
	"default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; "
	"media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
	"frame-ancestors 'none'";

static const char *phrase_of(int status)
{
	size_t i = 0;

	while (phrases[i].status != status) {
		i++;
		assert(i < sizeof(phrases) / sizeof(phrases[0]));
	}
	return phrases[i].phrase;
}

void reply_field(const struct reply *reply, const char *name, struct slice value)
{
	buf_put(reply->out, slice_of(name));
	buf_put(reply->out, SLICE(": "));
	buf_put(reply->out, value);
	buf_put(reply->out, SLICE("\r\n"));
}

void reply_text(const struct reply *reply, const char *name, const char *value)
{
	reply_field(reply, name, slice_of(value));
}

void reply_number(const struct reply *reply, const char *name, uint64_t value)
{
	buf_printf(reply->out, "%s: %llu\r\n", name, (unsigned long long)value);
}

void reply_begin(const struct reply *reply, int status)
{
	char date[HTTPVAL_DATE_SIZE];

	httpval_date((time_t)(reply->wall_ms / 1000), date);
	buf_printf(reply->out, "HTTP/1.1 %d %s\r\n", status, phrase_of(status));
	reply_text(reply, "Date", date);
	if (!reply->keep)
		reply_text(reply, "Connection", status == 426 ? "Upgrade, close" : "close");
	else if (status == 426)
		reply_text(reply, "Connection", "Upgrade");
	else if (reply->old)
		reply_text(reply, "Connection", "keep-alive");
	reply_text(reply, "X-Content-Type-Options", "nosniff");
	reply_text(reply, "Referrer-Policy", "no-referrer");
	reply_text(reply, "Content-Security-Policy", policy);
}

void reply_end(const struct reply *reply)
{
	buf_put(reply->out, SLICE("\r\n"));
}

static void put_rest(const struct reply *reply, const char *content_type, struct slice body)
{
	reply_text(reply, "Content-Type", content_type);
	reply_text(reply, "Cache-Control", "no-store");
	reply_number(reply, "Content-Length", body.len);
	reply_end(reply);
	if (!reply->head_only)
		buf_put(reply->out, body);
}

void reply_whole(const struct reply *reply, int status, const char *content_type, struct slice body)
{
	reply_begin(reply, status);
	put_rest(reply, content_type, body);
}

void reply_json(const struct reply *reply, int status, struct slice body, struct slice cookie)
{
	reply_begin(reply, status);
	if (cookie.len)
		reply_field(reply, "Set-Cookie", cookie);
	put_rest(reply, "application/json", body);
}

void reply_refusal(const struct reply *reply, enum refusal refusal)
{
	struct buf body = { .cap = 0 };

	assert((unsigned)refusal < REFUSAL_MAX);
	json_begin(&body, '{');
	json_key(&body, "error");
	json_begin(&body, '{');
	json_add_string(&body, "code", slice_of(refusals[refusal].code));
	json_add_string(&body, "message", slice_of(refusals[refusal].message));
	json_end(&body, '}');
	json_end(&body, '}');
	buf_putc(&body, '\n');
	reply_begin(reply, refusals[refusal].status);
	buf_put(reply->out, slice_of(refusals[refusal].fields));
	put_rest(reply, "application/json", buf_slice(&body));
	buf_done(&body);
}

void reply_ready(const struct reply *reply, bool ready, bool hub, bool auth, bool stopping)
{
	struct buf body = { .cap = 0 };

	json_begin(&body, '{');
	json_add_bool(&body, "ready", ready);
	json_add_bool(&body, "hub", hub);
	json_add_bool(&body, "auth", auth);
	if (stopping)
		json_add_bool(&body, "stopping", true);
	json_end(&body, '}');
	buf_putc(&body, '\n');
	reply_whole(reply, ready ? 200 : 503, "application/json", buf_slice(&body));
	buf_done(&body);
}
