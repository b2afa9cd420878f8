/* api_call.c - what the server API calls goes to a room's handler, and its answer back */
/* SPDX-License-Identifier: MIT */
#include "hub/api.h"
#include "hub/api_caller.h"
#include "hub/asking.h"
#include "hub/calls.h"

/* ---- answers ---- */

static void tell_error(struct gateway *gateway, uint64_t number, enum error error)
{
	struct msg msg = { .type = MSG_API_DONE,
		.api_done = { .call = number, .error = (uint16_t)error } };

	gateway_send(gateway, &msg);
}

static void tell(
	struct gateway *gateway, uint64_t number, const struct msg_answer *answer, enum error error)
{
	struct msg msg = { .type = MSG_API_RESULT, .api_result = { .call = number } };

	if (error != ERROR_NONE && (error != ERROR_REFUSED || !answer || !answer->error.len)) {
		tell_error(gateway, number, error);
		return;
	}
	msg.api_result.code = answer->error;
	msg.api_result.text = answer->text;
	msg.api_result.body = answer->body;
	gateway_send(gateway, &msg);
}

static uint64_t until_forgotten(const struct hub *hub, const struct question *question)
{
	uint64_t end = question->time + MIDS_MS;

	return end > hub->wall_ms ? end - hub->wall_ms : 0;
}

/* Who asks again, by the same id, is answered the same: what was answered is kept for a while. */
static void remember(struct hub *hub, struct question *question, const struct msg_answer *answer,
	enum error error)
{
	call_keep(hub, question, answer, error);
	if (question->kept == 0)
		question_free(question);
	else
		question_set_due(question, mono_after(hub->now, until_forgotten(hub, question)));
}

void api_call_decided(struct hub *hub, struct question *question, const struct msg_answer *answer,
	enum error error)
{
	struct gateway *gateway = peers_find(&hub->peers, question->serial);
	bool answered = error == ERROR_NONE || error == ERROR_REFUSED;
	struct msg msg;

	question_message(question, &msg);
	if (gateway)
		tell(gateway, msg.api_call.call, answer, error);
	if (answered && msg.api_call.mid.len)
		remember(hub, question, answer, error);
	else
		question_free(question);
}

/* Whoever has asked: who asks again is told. */
bool api_call_restore(struct hub *hub, struct question *question)
{
	if (question->state == QUESTION_DECIDED)
		question_set_due(question, mono_after(hub->now, until_forgotten(hub, question)));
	return true;
}

/* ---- calls ---- */

/* It is told what was answered, or will be; who asked before it is not told any more. */
static void ask_again(
	struct gateway *gateway, struct question *question, const struct msg_api_call *call)
{
	struct slice bytes = buf_slice(&question->said);
	struct msg msg, said = { .type = MSG_ANSWER };

	if (question->state == QUESTION_DECIDED) {
		if (bytes.len)
			(void)msg_decode(&bytes, &said);
		tell(gateway, call->call, &said.answer, question->error);
		return;
	}
	question_message(question, &msg);
	msg.api_call.call = call->call;
	question->serial = gateway->epoch;
	question_set_message(question, &msg);
}

static enum error check(const struct msg_api_call *call)
{
	if (!event_room_valid(call->room))
		return ERROR_BAD_ROOM;
	return event_type_valid(call->cmd) && call->mid.len <= MIDS_LEN_MAX ? ERROR_NONE
									    : ERROR_BAD_MESSAGE;
}

static enum error ask(struct hub *hub, const struct conn *conn, const struct room *room,
	const struct msg_api_call *call)
{
	const struct msg msg = { .type = MSG_API_CALL, .api_call = *call };
	const struct handler *handler = room->handlers
		? handlers_answerer(room, call->cmd, hub->now)
		: NULL;
	struct question *question;

	if (!handler)
		return ERROR_NO_HANDLER;
	question = asking_new(hub, handler, conn, &msg);
	if (!question)
		return ERROR_UNAVAILABLE;
	if (call->timeout)
		question_set_due(
			question, mono_sooner(question->due, mono_after(hub->now, call->timeout)));
	return ERROR_NONE;
}

static enum error ask_in_room(
	struct hub *hub, const struct gateway *gateway, const struct msg_api_call *call)
{
	struct room *room = caller_room(hub, call->room);
	struct caller caller;
	enum error error;

	if (!room)
		return ERROR_UNAVAILABLE;
	caller_init(&caller, call->user, call->room);
	caller.conn.serial = gateway->epoch;
	error = ask(hub, &caller.conn, room, call);
	caller_done(&caller);
	caller_leave(hub, room);
	return error;
}

void api_call(struct hub *hub, struct gateway *gateway, const struct msg_api_call *call)
{
	struct question *known = question_of_api(&hub->questions, call);
	enum error error = check(call);

	if (error == ERROR_NONE && known) {
		ask_again(gateway, known, call);
		return;
	}
	if (error == ERROR_NONE)
		error = ask_in_room(hub, gateway, call);
	if (error != ERROR_NONE)
		tell_error(gateway, call->call, error);
}
