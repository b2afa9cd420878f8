/* guard.c - guarded rooms: what clients say there a handler passes, changes, or refuses */
/* SPDX-License-Identifier: MIT */
#include "hub/guard.h"

#include "hub/api_caller.h"
#include "hub/asking.h"
#include "hub/handler_body.h"
#include "hub/reply.h"
#include "hub/request.h"

/* ---- what takes effect ---- */

/* Who has said it: as it was then; it may have left the room, or be gone. */
struct speaker {
	struct conn conn;
	struct user user;
};

static void speaker_init(
	struct speaker *speaker, const struct question *question, const struct conn *live)
{
	*speaker = (struct speaker){ .user = { .name = question->user },
		.conn = { .id = question->sender,
			.nickname = question->nickname,
			.address = question->sender } };
	if (question->user.len)
		speaker->conn.user = &speaker->user;
	if (live)
		speaker->conn.key = live->key;
}

static void said_of(const struct question *question, struct msg_ruling *ret_ruling)
{
	struct slice bytes = buf_slice(&question->said);
	struct msg msg = { .type = MSG_RULING };

	if (bytes.len)
		(void)msg_decode(&bytes, &msg);
	*ret_ruling = msg.ruling;
}

/* Returns the offset that it has now; `room` is what it is said in. */
static uint64_t say(struct hub *hub, const struct question *question, const struct conn *live,
	struct room *room, const struct msg_publish *publish)
{
	struct speaker speaker;
	const struct mid *known;
	uint64_t offset;

	speaker_init(&speaker, question, live);
	known = request_known(hub, &speaker.conn, publish->mid);
	if (known)
		return known->offset;
	offset = request_apply(hub, &speaker.conn, room, publish);
	request_remember(hub, &speaker.conn, publish->mid, room->id, offset);
	return offset;
}

static void pass(struct hub *hub, const struct question *question, struct msg_publish publish)
{
	struct conn *live = asking_sender(hub, question);
	struct room *room = caller_room(hub, publish.room);
	struct msg_ruling said;
	uint64_t offset;

	if (!room) {
		if (live)
			reply_refusal(live, publish.ref, ERROR_UNAVAILABLE);
		return;
	}
	if (question->ruling == RULING_CHANGE) {
		said_of(question, &said);
		publish.type = said.type;
		publish.format = said.format;
		publish.body = said.body;
	}
	offset = say(hub, question, live, room, &publish);
	if (live)
		reply_receipt(live, publish.ref, publish.room, offset);
	caller_leave(hub, room);
}

static void refuse(struct hub *hub, const struct question *question, struct slice ref)
{
	const struct conn *live = asking_sender(hub, question);
	struct msg_ruling said;

	counter_add(COUNTER_HUB_QUESTIONS_REFUSED, 1);
	if (!live)
		return;
	if (question->error != ERROR_REFUSED) {
		reply_refusal(live, ref, question->error);
		return;
	}
	said_of(question, &said);
	asking_refuse(live, ref, said.error, said.text);
}

static void take_effect(struct hub *hub, struct question *question)
{
	struct msg msg;

	question_message(question, &msg);
	if (question->ruling == RULING_REFUSE)
		refuse(hub, question, msg.publish.ref);
	else
		pass(hub, question, msg.publish);
}

/* It goes with its last question. */
static void settle(struct hub *hub, struct lane *lane)
{
	bool more = true;

	while (more) {
		struct question *first = lane_first(lane);

		if (first->state != QUESTION_DECIDED)
			return;
		more = first->by_lane.next != &lane->questions;
		take_effect(hub, first);
		question_free(first);
	}
}

/* Its place in the room's order is kept: it waits for those before it, and others for it. */
static void decide(
	struct hub *hub, struct question *question, enum handler_ruling ruling, enum error error)
{
	question_decide(question, ruling, error);
	settle(hub, question->lane);
}

void guard_settle(struct hub *hub)
{
	struct lane *lane, *next;

	HASH_ITER(hh, hub->questions.lanes, lane, next)
	settle(hub, lane);
}

/* ---- what is asked ---- */

/* No ruling is to be expected of it. */
static bool is_away(const struct hub *hub, const struct handler *handler, const struct room *room)
{
	if (handler_linked(handler))
		return !handler_guards(handler, room);
	return !handler_expected(handler, hub->now);
}

static bool lane_is_free(const struct hub *hub, const struct room *room)
{
	struct lane *lane;

	HASH_FIND(hh, hub->questions.lanes, room->name.ptr, room->name.len, lane);
	return !lane;
}

/* The client has not heard what became of it, and has sent it again. */
static void repeat(
	struct question *question, const struct conn *conn, const struct msg_publish *publish)
{
	struct msg msg;

	counter_add(COUNTER_HUB_REPEATED, 1);
	question_message(question, &msg);
	msg.publish.ref = publish->ref;
	question->serial = conn->serial;
	question_set_message(question, &msg);
}

static void ask(struct hub *hub, const struct handler *handler, struct conn *conn,
	const struct msg_publish *publish, bool away)
{
	const struct msg msg = { .type = MSG_PUBLISH, .publish = *publish };
	struct question *question = asking_new(hub, handler, conn, &msg);

	if (!question)
		reply_refusal(conn, publish->ref, ERROR_UNAVAILABLE);
	else if (away && handler->settings->absent == ABSENT_PASS)
		decide(hub, question, RULING_PASS, ERROR_NONE);
	else if (away)
		question_set_due(question, (struct mono){ UINT64_MAX });
}

bool guard_takes(struct hub *hub, struct conn *conn, const struct room *room,
	const struct msg_publish *publish)
{
	const struct handler *handler = handlers_guard(room, publish->type);
	struct question *known;
	bool away;

	if (!handler)
		return false;
	known = question_by_mid(&hub->questions, conn->id, publish->mid);
	if (known) {
		repeat(known, conn, publish);
		return true;
	}
	away = is_away(hub, handler, room);
	if (away && handler->settings->absent == ABSENT_PASS && lane_is_free(hub, room))
		return false;
	if (away && handler->settings->absent == ABSENT_REFUSE) {
		counter_add(COUNTER_HUB_QUESTIONS_REFUSED, 1);
		reply_refusal(conn, publish->ref, ERROR_NO_HANDLER);
	} else {
		ask(hub, handler, conn, publish, away);
	}
	return true;
}

/* ---- what is ruled ---- */

static bool change_is_good(const struct hub *hub, const struct msg_ruling *ruling)
{
	return event_type_valid(ruling->type) &&
		handler_body_valid(ruling->format, ruling->body, hub->handlers.max_body);
}

const char *guard_rule(
	struct hub *hub, const struct handler *handler, const struct msg_ruling *ruling)
{
	const struct msg msg = { .type = MSG_RULING, .ruling = *ruling };
	struct question *question;

	if (ruling->ruling >= HANDLER_RULINGS || ruling->format >= EVENT_FORMATS)
		return "a ruling with a value that there is not";
	question = asking_open(hub, handler, ruling->ask);
	if (!question)
		return NULL;
	if (!question->lane)
		return "a ruling on a call";
	counter_add(COUNTER_HUB_QUESTIONS_ANSWERED, 1);
	if (ruling->ruling == RULING_REFUSE && !asking_may_tell(ruling->error, ruling->text))
		asking_complain(handler, "a code or a text that clients cannot be told");
	if (ruling->ruling == RULING_CHANGE && !change_is_good(hub, ruling)) {
		asking_complain(handler, "a message that clients cannot be told");
		decide(hub, question, RULING_REFUSE, ERROR_REFUSED);
		return NULL;
	}
	if (ruling->ruling != RULING_PASS)
		msg_encode(&question->said, &msg);
	decide(hub, question, (enum handler_ruling)ruling->ruling, ERROR_REFUSED);
	return NULL;
}

/* ---- what is not ruled ---- */

/* `handler` may be NULL: there is none of the name any more. */
static void apply_policy(
	struct hub *hub, struct question *question, const struct handler *handler, enum error error)
{
	bool passes = handler && handler->settings->absent == ABSENT_PASS;

	asking_withdraw(hub, question);
	if (passes)
		decide(hub, question, RULING_PASS, ERROR_NONE);
	else
		decide(hub, question, RULING_REFUSE, error);
}

void guard_late(struct hub *hub, struct question *question)
{
	const struct handler *handler = handlers_find(&hub->handlers, question->desk->name);

	if (handler && handler->settings->absent == ABSENT_WAIT)
		question_set_due(question, (struct mono){ UINT64_MAX });
	else
		apply_policy(hub, question, handler, ERROR_HANDLER_TIMEOUT);
}

static void follow_settings(
	struct hub *hub, struct question *question, const struct handler_settings *settings)
{
	struct mono latest = mono_after(hub->now, (uint64_t)settings->deadline);

	if (question->due.ns == UINT64_MAX && settings->absent != ABSENT_WAIT)
		question_set_due(question, hub->now);
	else if (question->due.ns != UINT64_MAX && mono_before(latest, question->due))
		question_set_due(question, latest);
}

void guard_recheck(struct hub *hub, struct question *question)
{
	const struct handler *handler = handlers_find(&hub->handlers, question->desk->name);
	struct slice room = slice_make(question->lane->name, question->lane->len);
	const struct handler *guard = handlers_guarding(&hub->handlers, room);

	if (question->state == QUESTION_DECIDED)
		return;
	if (!guard) {
		apply_policy(hub, question, handler, ERROR_NO_HANDLER);
		return;
	}
	if (guard != handler) {
		asking_withdraw(hub, question);
		question_move(question, desk_open(&hub->questions, slice_of(guard->name)));
	}
	follow_settings(hub, question, guard->settings);
}
