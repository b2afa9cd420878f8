/* calls.c - what clients call goes to a handler, and its answer back */
/* SPDX-License-Identifier: MIT */
#include "hub/calls.h"

#include "hub/api.h"
#include "hub/asking.h"
#include "hub/body.h"
#include "hub/membership.h"
#include "hub/reply.h"

static enum error check(struct hub *hub, const struct conn *conn, const struct msg_call *call,
	const struct handler **ret_handler)
{
	const struct room *room = room_find(&hub->rooms, call->room);
	const struct handler *handler;

	if (!event_type_valid(call->cmd))
		return ERROR_BAD_MESSAGE;
	if (!room || !member_find(room, conn))
		return ERROR_NOT_IN_ROOM;
	if (!membership_may(conn, room->rules, RIGHT_PUBLISH, call->room))
		return ERROR_FORBIDDEN;
	handler = room->handlers ? handlers_answerer(room, call->cmd, hub->now) : NULL;
	if (!handler)
		return ERROR_NO_HANDLER;
	*ret_handler = handler;
	return ERROR_NONE;
}

void call_ask(struct hub *hub, struct conn *conn, const struct msg_call *call)
{
	const struct msg msg = { .type = MSG_CALL, .call = *call };
	const struct handler *handler = NULL;
	struct question *question = NULL;
	enum error error = check(hub, conn, call, &handler);

	if (error == ERROR_NONE)
		question = asking_new(hub, handler, conn, &msg);
	if (question)
		list_append(&conn->calls, &question->by_conn);
	else
		reply_refusal(conn, call->ref, error == ERROR_NONE ? ERROR_UNAVAILABLE : error);
}

bool call_restore(struct hub *hub, struct question *question)
{
	struct conn *conn = conn_by_id(&hub->conns, question->sender);

	if (question->api)
		return api_call_restore(hub, question);
	if (!conn || conn->serial != question->serial)
		return false;
	list_append(&conn->calls, &question->by_conn);
	return true;
}

static void say_result(
	const struct conn *conn, const struct msg_call *call, const struct msg_answer *answer)
{
	struct msg msg = { .type = MSG_RESULT,
		.result = { .conn = conn->key.number,
			.ref = call->ref,
			.room = call->room,
			.body = answer->body } };

	gateway_send(conn->key.gateway, &msg);
}

/* What is wrong with it, or NULL. */
static const char *complaint(struct hub *hub, const struct msg_answer *answer)
{
	if (answer->error.len)
		return asking_may_tell(answer->error, answer->text)
			? NULL
			: "a code or a text that clients cannot be told";
	return answer->body.len <= hub->handlers.max_body &&
			body_valid(EVENT_MEMBERS, answer->body, &hub->raw)
		? NULL
		: "a result that clients cannot be told";
}

static void tell(const struct conn *conn, const struct msg_call *call,
	const struct msg_answer *answer, enum error error)
{
	if (error == ERROR_NONE)
		say_result(conn, call, answer);
	else if (error == ERROR_REFUSED)
		asking_refuse(conn, call->ref, answer->error, answer->text);
	else
		reply_refusal(conn, call->ref, error);
}

/* ---- whose caller is away, and may come back ---- */

/*
 * What it is told reaches it, as far as is known here. A gateway that is not settled has not said
 * yet who has gone meanwhile.
 */
static const struct conn *caller_here(struct hub *hub, const struct question *question)
{
	const struct conn *conn = asking_sender(hub, question);

	return conn && conn->key.gateway->state == GATEWAY_SETTLED ? conn : NULL;
}

/* Of what it called only that is kept by which it knows the answer. */
static void shorten(struct question *question)
{
	struct msg msg;

	question_message(question, &msg);
	*(question->api ? &msg.api_call.body : &msg.call.body) = (struct slice){ NULL, 0 };
	question_set_message(question, &msg);
}

void call_keep(struct hub *hub, struct question *question, const struct msg_answer *answer,
	enum error error)
{
	const struct handler *handler = handlers_find(&hub->handlers, question->desk->name);
	size_t most = handler ? (size_t)handler->settings->results : 0;

	shorten(question);
	if (answer)
		msg_encode(&question->said, &(struct msg){ .type = MSG_ANSWER, .answer = *answer });
	if (question->desk->kept_bytes + question_bytes(question) > most) {
		counter_add(COUNTER_HUB_RESULTS_FULL, 1);
		buf_done(&question->said);
		error = ERROR_UNAVAILABLE;
	}
	question_decide(question, error == ERROR_NONE ? RULING_PASS : RULING_REFUSE, error);
	if (error != ERROR_UNAVAILABLE)
		question_keep(question);
}

static void decide(struct hub *hub, struct question *question, const struct msg_answer *answer,
	enum error error)
{
	const struct conn *conn = caller_here(hub, question);
	struct msg msg;

	if (error == ERROR_REFUSED)
		counter_add(COUNTER_HUB_QUESTIONS_REFUSED, 1);
	if (question->api) {
		api_call_decided(hub, question, answer, error);
		return;
	}
	if (!conn) {
		call_keep(hub, question, answer, error);
		return;
	}
	question_message(question, &msg);
	tell(conn, &msg.call, answer, error);
	question_free(question);
}

static void deliver(const struct conn *conn, struct question *question)
{
	struct slice bytes = buf_slice(&question->said);
	struct msg msg, said = { .type = MSG_ANSWER };

	if (bytes.len)
		(void)msg_decode(&bytes, &said);
	question_message(question, &msg);
	tell(conn, &msg.call, &said.answer, question->error);
	counter_add(COUNTER_HUB_RESULTS_LATE, 1);
	question_free(question);
}

void calls_deliver(struct conn *conn)
{
	struct list *link, *next;

	for (link = conn->calls.next; link != &conn->calls; link = next) {
		struct question *question = LIST_ENTRY(link, struct question, by_conn);

		next = link->next;
		if (question->state == QUESTION_DECIDED)
			deliver(conn, question);
	}
}

static void deliver_all(const struct gateway *gateway)
{
	const struct list *conns = &gateway->conns;

	for (const struct list *link = conns->next; link != conns; link = link->next) {
		struct conn *conn = LIST_ENTRY(link, struct conn, by_gateway);

		if (conn->state == CONN_LIVE)
			calls_deliver(conn);
	}
}

void calls_step(struct hub *hub)
{
	const struct list *all = &hub->peers.all;

	for (const struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = LIST_ENTRY(link, struct gateway, all);

		if (!gateway->owed || gateway->state != GATEWAY_SETTLED)
			continue;
		gateway->owed = false;
		if (hub->questions.count)
			deliver_all(gateway);
	}
}

/* ---- what is answered, and what is not ---- */

const char *call_answer(
	struct hub *hub, const struct handler *handler, const struct msg_answer *answer)
{
	struct question *question = asking_open(hub, handler, answer->ask);
	const char *wrong;

	if (!question)
		return NULL;
	if (question->lane)
		return "an answer to what is to be ruled on";
	counter_add(COUNTER_HUB_QUESTIONS_ANSWERED, 1);
	wrong = complaint(hub, answer);
	if (wrong)
		asking_complain(handler, wrong);
	if (wrong)
		decide(hub, question, &(struct msg_answer){ .ask = 0 }, ERROR_REFUSED);
	else
		decide(hub, question, answer, answer->error.len ? ERROR_REFUSED : ERROR_NONE);
	return NULL;
}

static void fail(struct hub *hub, struct question *question, enum error error)
{
	asking_withdraw(hub, question);
	decide(hub, question, NULL, error);
}

void calls_end(struct hub *hub, struct conn *conn)
{
	while (!list_empty(&conn->calls)) {
		struct question *question = LIST_ENTRY(conn->calls.next, struct question, by_conn);

		asking_withdraw(hub, question);
		question_free(question);
	}
}

void call_late(struct hub *hub, struct question *question)
{
	fail(hub, question, ERROR_HANDLER_TIMEOUT);
}

void call_abandon(struct hub *hub, struct question *question)
{
	bool asked = question->again || question->state != QUESTION_WAITING;

	/* to the server API it matters whether anything may have been done */
	fail(hub, question, question->api && asked ? ERROR_HANDLER_TIMEOUT : ERROR_NO_HANDLER);
}
