/* questions.c - what handlers are asked, and have not answered yet; knows no rooms and no links */
/* SPDX-License-Identifier: MIT */
#include "hub/questions.h"

#include <assert.h>

#include "proto/counters.h"

/* Numbers of a later hub are greater, also if its journal began anew: 65,536 a millisecond. */
enum { ID_SHIFT = 16 };

static struct slice own(struct slice text)
{
	return slice_make(text.len ? slice_dup(text) : NULL, text.len);
}

/* ---- desks ---- */

void questions_init(struct questions *questions, uint64_t wall_ms)
{
	*questions = (struct questions){ .last_id = wall_ms << ID_SHIFT };
	list_init(&questions->desks);
	list_init(&questions->dirty);
}

static struct desk *desk_entry(struct list *link)
{
	return LIST_ENTRY(link, struct desk, by_questions);
}

struct desk *desk_find(const struct questions *questions, struct slice name)
{
	struct desk *desk = NULL;

	if (name.len)
		HASH_FIND(hh, questions->by_name, name.ptr, name.len, desk);
	return desk;
}

struct desk *desk_open(struct questions *questions, struct slice name)
{
	struct desk *desk = desk_find(questions, name);

	if (desk)
		return desk;
	desk = mem_alloc(sizeof(*desk));
	desk->questions = questions;
	desk->name = own(name);
	list_init(&desk->by_questions);
	list_init(&desk->all);
	list_init(&desk->due);
	for (size_t i = 0; i < QUESTION_DECIDED; i++)
		list_init(&desk->open[i]);
	list_append(&questions->desks, &desk->by_questions);
	HASH_ADD_KEYPTR(hh, questions->by_name, desk->name.ptr, desk->name.len, desk);
	return desk;
}

static void desk_free(struct desk *desk)
{
	assert(desk->count == 0);
	list_remove(&desk->by_questions);
	HASH_DELETE(hh, desk->questions->by_name, desk);
	mem_free((void *)desk->name.ptr);
	mem_free(desk);
}

void desks_tidy(struct questions *questions)
{
	struct list *link, *next;

	for (link = questions->desks.next; link != &questions->desks; link = next) {
		next = link->next;
		if (desk_entry(link)->count == 0)
			desk_free(desk_entry(link));
	}
}

void questions_done(struct questions *questions)
{
	while (!list_empty(&questions->desks)) {
		struct desk *desk = desk_entry(questions->desks.next);

		while (!list_empty(&desk->all))
			question_free(LIST_ENTRY(desk->all.next, struct question, by_desk));
		desk_free(desk);
	}
	buf_done(&questions->removed);
}

/* ---- lanes ---- */

static struct lane *lane_open(struct questions *questions, struct slice room)
{
	struct lane *lane;

	HASH_FIND(hh, questions->lanes, room.ptr, room.len, lane);
	if (lane)
		return lane;
	lane = mem_alloc(sizeof(*lane) + room.len);
	list_init(&lane->questions);
	lane->len = room.len;
	memcpy(lane->name, room.ptr, room.len);
	HASH_ADD_KEYPTR(hh, questions->lanes, lane->name, lane->len, lane);
	return lane;
}

struct question *lane_first(const struct lane *lane)
{
	return list_empty(&lane->questions)
		? NULL
		: LIST_ENTRY(lane->questions.next, struct question, by_lane);
}

/* ---- questions ---- */

static struct question *by_desk(struct list *link)
{
	return LIST_ENTRY(link, struct question, by_desk);
}

static struct question *by_state(struct list *link)
{
	return LIST_ENTRY(link, struct question, by_state);
}

static struct question *by_due(struct list *link)
{
	return LIST_ENTRY(link, struct question, by_due);
}

static void insert_state(struct question *question)
{
	struct list *head = &question->desk->open[question->state], *at = head;

	while (at->prev != head && by_state(at->prev)->id > question->id)
		at = at->prev;
	list_append(at, &question->by_state);
}

static void insert_desk(struct question *question)
{
	struct list *head = &question->desk->all, *at = head;

	while (at->prev != head && by_desk(at->prev)->id > question->id)
		at = at->prev;
	list_append(at, &question->by_desk);
	question->desk->count++;
}

static void touch(struct question *question)
{
	list_append(&question->desk->questions->dirty, &question->by_dirty);
}

static void count(const struct questions *questions)
{
	counter_set(COUNTER_HUB_QUESTIONS_WAITING, questions->count - questions->kept);
	counter_set(COUNTER_HUB_RESULTS_KEPT, questions->kept);
}

static void enter_lane(struct question *question)
{
	struct msg msg;

	question_message(question, &msg);
	question->api = msg.type == MSG_API_CALL;
	question_index(question, &msg);
	if (msg.type != MSG_PUBLISH)
		return;
	question->lane = lane_open(question->desk->questions, msg.publish.room);
	list_append(&question->lane->questions, &question->by_lane);
}

/* Its message is not there yet. */
static struct question *add(struct desk *desk, uint64_t id, const struct question_sender *sender,
	uint64_t time, struct mono due)
{
	struct questions *questions = desk->questions;
	struct question *question = mem_alloc(sizeof(*question));

	question->id = id;
	question->desk = desk;
	question->serial = sender->serial;
	question->sender = own(sender->id);
	question->nickname = own(sender->nickname);
	question->user = own(sender->user);
	question->time = time;
	list_init(&question->by_desk);
	list_init(&question->by_state);
	list_init(&question->by_due);
	list_init(&question->by_lane);
	list_init(&question->by_conn);
	list_init(&question->by_dirty);
	HASH_ADD(hh, questions->by_id, id, sizeof(question->id), question);
	insert_desk(question);
	insert_state(question);
	question_set_due(question, due);
	if (id > questions->last_id)
		questions->last_id = id;
	questions->count++;
	count(questions);
	return question;
}

struct question *question_new(struct desk *desk, const struct question_sender *sender,
	const struct msg *message, uint64_t time, struct mono due)
{
	struct question *question = add(desk, desk->questions->last_id + 1, sender, time, due);

	msg_encode(&question->message, message);
	enter_lane(question);
	touch(question);
	return question;
}

static bool can_be_asked(struct slice bytes)
{
	struct msg msg;

	return msg_decode(&bytes, &msg) == 0 && bytes.len == 0 &&
		(msg.type == MSG_CALL || msg.type == MSG_API_CALL ||
			(msg.type == MSG_PUBLISH && event_room_valid(msg.publish.room)));
}

struct question *question_restore(struct desk *desk, uint64_t id,
	const struct question_sender *sender, struct slice message, uint64_t time, struct mono due)
{
	struct question *question;

	if (question_find(desk->questions, id) || !can_be_asked(message))
		return NULL;
	question = add(desk, id, sender, time, due);
	buf_put(&question->message, message);
	enter_lane(question);
	question->again = true;
	question->stored = true;
	return question;
}

/* Codes, not numbers: another version of this program may have others. */
static enum error error_of(struct slice code)
{
	unsigned error = ERROR_NONE;

	if (code.len == 0)
		return ERROR_NONE;
	while (++error < ERROR_MAX)
		if (slice_eq(slice_of(error_row((enum error)error)->code), code))
			return (enum error)error;
	return ERROR_UNAVAILABLE;
}

void question_restore_decided(
	struct question *question, uint8_t decided, struct slice error, struct slice said)
{
	uint8_t ruling = decided <= HANDLER_RULINGS ? (uint8_t)(decided - 1) : RULING_REFUSE;

	buf_put(&question->said, said);
	question_decide(question, (enum handler_ruling)ruling, error_of(error));
	list_remove(&question->by_dirty);
	if (!question->lane)
		question_keep(question);
}

static void unkeep(struct question *question)
{
	if (question->kept == 0)
		return;
	question->desk->kept--;
	question->desk->kept_bytes -= question->kept;
	question->desk->questions->kept--;
}

static void leave_lane(struct question *question)
{
	struct questions *questions = question->desk->questions;
	struct lane *lane = question->lane;

	list_remove(&question->by_lane);
	if (question->key)
		HASH_DELETE(hh_mid, questions->by_mid, question);
	if (!lane || !list_empty(&lane->questions))
		return;
	HASH_DELETE(hh, questions->lanes, lane);
	mem_free(lane);
}

static bool is_asked(const struct question *question)
{
	return question->state == QUESTION_FRESH || question->state == QUESTION_OUT;
}

void question_free(struct question *question)
{
	struct questions *questions = question->desk->questions;

	question_set_state(question, QUESTION_DECIDED);
	unkeep(question);
	leave_lane(question);
	if (question->stored)
		buf_add(&questions->removed, &question->id, sizeof(question->id));
	HASH_DELETE(hh, questions->by_id, question);
	question->desk->count--;
	questions->count--;
	count(questions);
	list_remove(&question->by_desk);
	list_remove(&question->by_conn);
	list_remove(&question->by_dirty);
	mem_free((void *)question->sender.ptr);
	mem_free((void *)question->nickname.ptr);
	mem_free((void *)question->user.ptr);
	mem_free(question->key);
	buf_done(&question->said);
	buf_done(&question->message);
	mem_free(question);
}

struct question *question_find(const struct questions *questions, uint64_t id)
{
	struct question *question;

	HASH_FIND(hh, questions->by_id, &id, sizeof(id), question);
	return question;
}

/* It was encoded here, or looked at when the journal gave it. */
void question_message(const struct question *question, struct msg *ret_msg)
{
	struct slice bytes = buf_slice(&question->message);
	int r = msg_decode(&bytes, ret_msg);

	assert(r == 0);
}

void question_set_message(struct question *question, const struct msg *msg)
{
	struct buf before = question->message;

	question->message = (struct buf){ .cap = 0 };
	msg_encode(&question->message, msg);
	if (is_asked(question))
		question->desk->out += question->message.len - before.len;
	buf_done(&before);
	touch(question);
}

void question_set_state(struct question *question, enum question_state state)
{
	struct desk *desk = question->desk;

	if (is_asked(question))
		desk->out -= question->message.len;
	list_remove(&question->by_state);
	question->state = state;
	if (is_asked(question))
		desk->out += question->message.len;
	if (state == QUESTION_DECIDED)
		list_remove(&question->by_due);
	else
		insert_state(question);
}

void question_decide(struct question *question, enum handler_ruling ruling, enum error error)
{
	question->ruling = ruling;
	question->error = error;
	question_set_state(question, QUESTION_DECIDED);
	touch(question);
}

uint8_t question_decided(const struct question *question)
{
	return question->state == QUESTION_DECIDED ? (uint8_t)(question->ruling + 1) : 0;
}

struct slice question_error(const struct question *question)
{
	return question->state == QUESTION_DECIDED && question->error != ERROR_NONE
		? slice_of(error_row(question->error)->code)
		: (struct slice){ NULL, 0 };
}

size_t question_bytes(const struct question *question)
{
	return sizeof(*question) + question->sender.len + question->nickname.len +
		question->user.len + question->message.len + question->said.len;
}

void question_keep(struct question *question)
{
	question->kept = question_bytes(question);
	question->desk->kept++;
	question->desk->kept_bytes += question->kept;
	question->desk->questions->kept++;
	count(question->desk->questions);
}

static void take_back(struct desk *desk, enum question_state state)
{
	struct list *head = &desk->open[state];

	while (!list_empty(head)) {
		struct question *question = by_state(head->prev);

		question->again = true;
		question_set_state(question, QUESTION_WAITING);
	}
}

void desk_rewind(struct desk *desk)
{
	take_back(desk, QUESTION_FRESH);
	take_back(desk, QUESTION_OUT);
}

void question_move(struct question *question, struct desk *desk)
{
	struct mono due = question->due;

	question_set_state(question, QUESTION_WAITING);
	list_remove(&question->by_state);
	list_remove(&question->by_due);
	list_remove(&question->by_desk);
	question->desk->count--;
	question->desk = desk;
	question->again = false;
	insert_desk(question);
	insert_state(question);
	question_set_due(question, due);
	touch(question);
}

void question_set_due(struct question *question, struct mono due)
{
	struct list *head = &question->desk->due, *at = head;

	question->due = due;
	list_remove(&question->by_due);
	if (due.ns == UINT64_MAX)
		return;
	while (at->prev != head && mono_before(due, by_due(at->prev)->due))
		at = at->prev;
	list_append(at, &question->by_due);
}

struct question *desk_first(const struct desk *desk, enum question_state state)
{
	const struct list *head = &desk->open[state];

	return list_empty(head) ? NULL : by_state(head->next);
}

struct question *desk_soonest(const struct desk *desk)
{
	return list_empty(&desk->due) ? NULL : by_due(desk->due.next);
}
