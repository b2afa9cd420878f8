/* calls.c - what clients call goes to a handler, and its answer back */
/* SPDX-License-Identifier: MIT */
#include "hub/calls.h"

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
	const struct msg_answer *answer, bool good)
{
	if (good && answer->error.len == 0) {
		say_result(conn, call, answer);
		return;
	}
	counter_add(COUNTER_HUB_QUESTIONS_REFUSED, 1);
	asking_refuse(conn, call->ref, answer->error, answer->text);
}

const char *call_answer(
	struct hub *hub, const struct handler *handler, const struct msg_answer *answer)
{
	struct question *question = asking_open(hub, handler, answer->ask);
	const struct conn *conn;
	const char *wrong;
	struct msg msg;

	if (!question)
		return NULL;
	if (question->lane)
		return "an answer to what is to be ruled on";
	counter_add(COUNTER_HUB_QUESTIONS_ANSWERED, 1);
	wrong = complaint(hub, answer);
	if (wrong)
		asking_complain(handler, wrong);
	conn = asking_sender(hub, question);
	question_message(question, &msg);
	if (conn)
		tell(conn, &msg.call, answer, !wrong);
	question_free(question);
	return NULL;
}

static void fail(struct hub *hub, struct question *question, enum error error)
{
	const struct conn *conn = asking_sender(hub, question);
	struct msg msg;

	asking_withdraw(hub, question);
	question_message(question, &msg);
	if (conn)
		reply_refusal(conn, msg.call.ref, error);
	question_free(question);
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
	fail(hub, question, ERROR_NO_HANDLER);
}
