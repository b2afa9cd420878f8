/* asking.c - handlers are asked, in time and again; what becomes of what they do not answer */
/* SPDX-License-Identifier: MIT */
#include "hub/asking.h"

#include "hub/calls.h"
#include "hub/guard.h"
#include "hub/journal.h"
#include "proto/base/log.h"
#include "proto/base/utf8.h"
#include "proto/counters.h"

static struct question *by_state(struct list *link)
{
	return LIST_ENTRY(link, struct question, by_state);
}

static struct desk *desk_entry(struct list *link)
{
	return LIST_ENTRY(link, struct desk, by_questions);
}

static struct handler *handler_of(const struct hub *hub, const struct desk *desk)
{
	return handlers_find(&hub->handlers, desk->name);
}

/* What is sent to it goes out, and is not left out because other things wait. */
static bool reachable(const struct handler *handler)
{
	return handler && handler_linked(handler) && !handler->gateway->behind;
}

/* It has forgotten what it was asked, or another process has its name now. */
static void on_up(struct hub *hub, struct handler *handler)
{
	struct desk *desk = desk_find(&hub->questions, slice_of(handler->name));

	if (desk)
		desk_rewind(desk);
}

void asking_init(struct hub *hub)
{
	hub->handlers.on_up = on_up;
}

/* ---- asking ---- */

static uint32_t ms_left(
	const struct hub *hub, const struct handler *handler, const struct question *question)
{
	uint64_t ms = (uint64_t)handler->settings->deadline;

	if (question->due.ns != UINT64_MAX)
		ms = mono_ms_until(hub->now, question->due);
	return ms ? (uint32_t)ms : 1;
}

/* The server API's calls are asked as a client's are. */
static struct msg_called called(const struct msg *message)
{
	if (message->type == MSG_API_CALL)
		return (struct msg_called){ .room = message->api_call.room,
			.cmd = message->api_call.cmd,
			.body = message->api_call.body };
	return (struct msg_called){
		.room = message->call.room, .cmd = message->call.cmd, .body = message->call.body
	};
}

static void ask(struct hub *hub, struct handler *handler, struct question *question)
{
	uint32_t deadline = ms_left(hub, handler, question);
	struct msg message, msg = { .type = MSG_CALLED };

	question_message(question, &message);
	if (!question->lane) {
		msg.called = called(&message);
		msg.called.ask = question->id;
		msg.called.again = question->again;
		msg.called.deadline = deadline;
		msg.called.id = question->sender;
		msg.called.nickname = question->nickname;
		msg.called.user = question->user;
	} else {
		msg.type = MSG_GUARDED;
		msg.guarded = (struct msg_guarded){ .ask = question->id,
			.again = question->again,
			.deadline = deadline,
			.room = message.publish.room,
			.type = message.publish.type,
			.format = message.publish.format,
			.id = question->sender,
			.nickname = question->nickname,
			.user = question->user,
			.body = message.publish.body };
	}
	handler_send_loose(handler, &msg);
	counter_add(question->again ? COUNTER_HUB_QUESTIONS_AGAIN : COUNTER_HUB_QUESTIONS, 1);
	question_set_state(question, QUESTION_FRESH);
}

/* What it does not guard now is not its to rule on; it may be again. */
static bool may_ask(struct hub *hub, const struct handler *handler, const struct question *question)
{
	const struct lane *lane = question->lane;
	const struct room *room = lane ? room_find(&hub->rooms, slice_make(lane->name, lane->len))
				       : NULL;

	return !room || handler_guards(handler, room);
}

static void ask_all(struct hub *hub, struct desk *desk, struct handler *handler)
{
	struct list *head = &desk->open[QUESTION_WAITING], *link, *next;

	for (link = head->next; link != head; link = next) {
		struct question *question = by_state(link);

		next = link->next;
		if (desk->out && desk->out + question->message.len > ASKING_OUT_MAX)
			return;
		if (may_ask(hub, handler, question))
			ask(hub, handler, question);
	}
}

static void settle_fresh(struct desk *desk, bool sent)
{
	struct question *question;

	while ((question = desk_first(desk, QUESTION_FRESH)) != NULL)
		question_set_state(question, sent ? QUESTION_OUT : QUESTION_WAITING);
}

/* What is only of the moment is not kept for who is behind: it is asked when it is so no more. */
void asking_saved(struct hub *hub)
{
	struct list *head = &hub->questions.desks;

	for (struct list *link = head->next; link != head; link = link->next)
		settle_fresh(desk_entry(link), reachable(handler_of(hub, desk_entry(link))));
}

/* ---- deadlines ---- */

static void expire(struct hub *hub, struct desk *desk)
{
	struct question *question;

	while ((question = desk_soonest(desk)) != NULL && !mono_before(hub->now, question->due)) {
		if (question->state == QUESTION_DECIDED) {
			question_free(question); /* its answer was kept long enough */
			continue;
		}
		counter_add(COUNTER_HUB_QUESTIONS_LATE, 1);
		if (question->lane)
			guard_late(hub, question);
		else
			call_late(hub, question);
	}
}

void asking_step(struct hub *hub)
{
	struct list *head = &hub->questions.desks;

	for (struct list *link = head->next; link != head; link = link->next) {
		struct handler *handler = handler_of(hub, desk_entry(link));

		expire(hub, desk_entry(link));
		if (reachable(handler))
			ask_all(hub, desk_entry(link), handler);
	}
	desks_tidy(&hub->questions);
}

struct mono asking_deadline(const struct hub *hub)
{
	const struct list *head = &hub->questions.desks;
	struct mono due = { UINT64_MAX };

	for (struct list *link = head->next; link != head; link = link->next) {
		const struct question *soonest = desk_soonest(desk_entry(link));

		if (soonest)
			due = mono_sooner(due, soonest->due);
	}
	return due;
}

/* What is done with one may be its end, and that of others, but only of those that are decided. */
static void recheck(struct hub *hub, struct desk *desk, struct list *open)
{
	struct list *link, *next;

	for (link = open->next; link != open; link = next) {
		struct question *question = by_state(link);

		next = link->next;
		if (question->lane)
			guard_recheck(hub, question);
		else if (!handler_of(hub, desk))
			call_abandon(hub, question);
	}
}

void asking_recheck(struct hub *hub)
{
	struct list *head = &hub->questions.desks;

	guard_settle(hub);
	for (struct list *link = head->next; link != head; link = link->next)
		for (size_t i = 0; i < QUESTION_DECIDED; i++)
			recheck(hub, desk_entry(link), &desk_entry(link)->open[i]);
}

/* ---- for guards and calls ---- */

struct question *asking_new(struct hub *hub, const struct handler *handler, const struct conn *conn,
	const struct msg *message)
{
	struct desk *desk = desk_open(&hub->questions, slice_of(handler->name));
	struct question_sender sender = { .serial = conn->serial,
		.id = conn->id,
		.nickname = conn->nickname,
		.user = conn_user_name(conn) };

	if (desk->count - desk->kept >= (uint64_t)handler->settings->pending) {
		counter_add(COUNTER_HUB_QUESTIONS_FULL, 1);
		return NULL;
	}
	return question_new(desk, &sender, message, hub->wall_ms,
		mono_after(hub->now, (uint64_t)handler->settings->deadline));
}

void asking_restore(struct hub *hub, const struct journal_question *row)
{
	struct question_sender sender = {
		.serial = row->conn, .id = row->sender, .nickname = row->nickname, .user = row->user
	};
	const struct handler *handler = handlers_find(&hub->handlers, row->handler);
	uint64_t deadline = handler ? (uint64_t)handler->settings->deadline : 0;
	struct question *question = question_restore(desk_open(&hub->questions, row->handler),
		row->id, &sender, row->message, row->time, mono_after(hub->now, deadline));

	if (question && row->decided)
		question_restore_decided(question, row->decided, row->error, row->said);
	if (!question)
		buf_add(&hub->questions.removed, &row->id, sizeof(row->id));
	else if (!question->lane && !call_restore(hub, question))
		question_free(question);
}

struct question *asking_open(struct hub *hub, const struct handler *handler, uint64_t ask)
{
	struct question *question = question_find(&hub->questions, ask);

	if (question && question->state != QUESTION_DECIDED &&
		slice_eq(question->desk->name, slice_of(handler->name)))
		return question;
	counter_add(COUNTER_HUB_ANSWERS_STALE, 1);
	return NULL;
}

void asking_withdraw(struct hub *hub, struct question *question)
{
	struct handler *handler = handler_of(hub, question->desk);
	struct msg msg = { .type = MSG_WITHDRAWN, .withdrawn = { .ask = question->id } };

	if (handler && handler_linked(handler) &&
		(question->state == QUESTION_FRESH || question->state == QUESTION_OUT))
		handler_send_loose(handler, &msg);
}

struct conn *asking_sender(struct hub *hub, const struct question *question)
{
	struct conn *conn = conn_by_id(&hub->conns, question->sender);

	return conn && conn->state == CONN_LIVE && conn->serial == question->serial ? conn : NULL;
}

static bool code_valid(struct slice code)
{
	for (size_t i = 0; i < code.len; i++) {
		char c = code.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return code.len <= ASKING_CODE_MAX;
}

bool asking_may_tell(struct slice code, struct slice text)
{
	return code_valid(code) && text.len <= ASKING_TEXT_MAX && utf8_valid(text);
}

void asking_refuse(const struct conn *conn, struct slice ref, struct slice code, struct slice text)
{
	struct msg msg = { .type = MSG_REFUSAL,
		.refusal = { .conn = conn->key.number, .ref = ref, .error = ERROR_REFUSED } };

	if (asking_may_tell(code, text)) {
		msg.refusal.code = code;
		msg.refusal.text = text;
	}
	gateway_send(conn->key.gateway, &msg);
}

void asking_complain(const struct handler *handler, const char *what)
{
	counter_add(COUNTER_HUB_ANSWERS_BAD, 1);
	log_warn("handler_answer", "handler=%s error=\"%s\"", log_quote(slice_of(handler->name)),
		what);
}
