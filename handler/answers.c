/* answers.c - what users say to questions: replies to calls, rulings on guarded messages */
/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "handler/body.h"
#include "handler/handler.h"
#include "proto/base/utf8.h"
#include "proto/event.h"

enum { CODE_MAX = 64, TEXT_MAX = 1024 }; /* bytes; the hub's */

static int check(const struct atrium_event *public, unsigned kinds)
{
	const struct matter *matter = (const struct matter *)public;

	if (!public || !(kinds & 1u << public->kind))
		return -EINVAL;
	if (!matter->running && !matter->deferred)
		return -EINVAL;
	if (matter->answered)
		return -EALREADY;
	return matter->withdrawn ? -ECANCELED : 0;
}

static int send(struct matter *matter, const struct msg *msg)
{
	struct atrium *atrium = matter->atrium;
	int r = queue_answer(&atrium->queue, msg, matter->public.ask);

	if (r < 0)
		return r;
	matter->answered = true;
	handler_touch(atrium);
	return 0;
}

int atrium_reply(struct atrium_event *public, const char *body)
{
	struct msg msg = { .type = MSG_ANSWER };
	uint8_t format;
	int r = check(public, 1u << ATRIUM_COMMAND);

	if (r == 0)
		r = body_take(ATRIUM_JSON, body, 0, &format, &msg.answer.body);
	if (r < 0)
		return r;
	msg.answer.ask = public->ask;
	return send((struct matter *)public, &msg);
}

int atrium_pass(struct atrium_event *public)
{
	struct msg msg = { .type = MSG_RULING };
	int r = check(public, 1u << ATRIUM_GUARDED);

	if (r < 0)
		return r;
	msg.ruling.ask = public->ask;
	msg.ruling.ruling = RULING_PASS;
	return send((struct matter *)public, &msg);
}

int atrium_change(struct atrium_event *public, const char *type, enum atrium_format format,
	const char *body, size_t body_len)
{
	struct msg msg = { .type = MSG_RULING };
	int r = check(public, 1u << ATRIUM_GUARDED);

	if (r == 0 && !event_type_valid(slice_of(type)))
		r = -EINVAL;
	if (r == 0)
		r = body_take(format, body, body_len, &msg.ruling.format, &msg.ruling.body);
	if (r < 0)
		return r;
	msg.ruling.ask = public->ask;
	msg.ruling.ruling = RULING_CHANGE;
	msg.ruling.type = slice_of(type);
	return send((struct matter *)public, &msg);
}

static bool code_valid(struct slice code)
{
	for (size_t i = 0; i < code.len; i++) {
		char c = code.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return code.len > 0 && code.len <= CODE_MAX;
}

int matter_refuse(struct matter *matter, const char *code, const char *text)
{
	struct msg msg = { .type = MSG_ANSWER };

	if (matter->public.kind == ATRIUM_COMMAND) {
		msg.answer.ask = matter->public.ask;
		msg.answer.error = slice_of(code);
		msg.answer.text = slice_of(text);
	} else {
		msg.type = MSG_RULING;
		msg.ruling.ask = matter->public.ask;
		msg.ruling.ruling = RULING_REFUSE;
		msg.ruling.error = slice_of(code);
		msg.ruling.text = slice_of(text);
	}
	return send(matter, &msg);
}

int atrium_refuse(struct atrium_event *public, const char *code, const char *text)
{
	struct slice said = slice_of(text);
	int r = check(public, 1u << ATRIUM_COMMAND | 1u << ATRIUM_GUARDED);

	if (!code)
		code = "refused";
	if (r == 0 && (!code_valid(slice_of(code)) || said.len > TEXT_MAX || !utf8_valid(said)))
		r = -EINVAL;
	return r < 0 ? r : matter_refuse((struct matter *)public, code, text);
}
