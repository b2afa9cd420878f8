/* question_mids.c - questions by what who asks calls them, so that none is asked twice */
/* SPDX-License-Identifier: MIT */
#include "hub/questions.h"

struct question *question_by_mid(
	const struct questions *questions, struct slice sender, struct slice mid)
{
	_cleanup_(buf_done) struct buf key = { .cap = 0 };
	struct question *question = NULL;

	if (mid.len == 0 || !questions->by_mid)
		return NULL;
	buf_put(&key, sender);
	buf_putc(&key, '\0');
	buf_put(&key, mid);
	HASH_FIND(hh_mid, questions->by_mid, key.data, key.len, question);
	return question;
}

/* No connection's id has such a character. */
static void put_owner(struct buf *out, const struct msg_api_call *call)
{
	buf_put(out, call->user);
	buf_putc(out, '\n');
	buf_put(out, call->room);
}

struct question *question_of_api(const struct questions *questions, const struct msg_api_call *call)
{
	_cleanup_(buf_done) struct buf owner = { .cap = 0 };

	put_owner(&owner, call);
	return question_by_mid(questions, buf_slice(&owner), call->mid);
}

/* By what the client calls it, so that it is not asked twice. */
static void index_mid(struct question *question, struct slice owner, struct slice mid)
{
	struct questions *questions = question->desk->questions;
	struct buf key = { .cap = 0 };

	if (mid.len == 0 || question_by_mid(questions, owner, mid))
		return;
	buf_put(&key, owner);
	buf_putc(&key, '\0');
	buf_put(&key, mid);
	question->key = key.data;
	question->key_len = key.len;
	HASH_ADD_KEYPTR(hh_mid, questions->by_mid, question->key, question->key_len, question);
}

static void index_call(struct question *question, const struct msg_api_call *call)
{
	_cleanup_(buf_done) struct buf owner = { .cap = 0 };

	put_owner(&owner, call);
	index_mid(question, buf_slice(&owner), call->mid);
}

void question_index(struct question *question, const struct msg *message)
{
	if (message->type == MSG_API_CALL)
		index_call(question, &message->api_call);
	else if (message->type == MSG_PUBLISH)
		index_mid(question, question->sender, message->publish.mid);
}
