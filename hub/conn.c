/* conn.c - connections of clients: by gateway and number, by id, by user; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/conn.h"

#include <assert.h>

#include "proto/base/utf8.h"
#include "proto/counters.h"

/* The slice becomes a copy of the text. */
static void own(struct slice *slice, struct slice text)
{
	char *copy = text.len ? slice_dup(text) : NULL;

	mem_free((void *)slice->ptr);
	*slice = slice_make(copy, text.len);
}

static void disown(struct slice *slice)
{
	own(slice, (struct slice){ NULL, 0 });
}

void conns_init(struct conns *conns)
{
	*conns = (struct conns){ .serial = 0 };
	list_init(&conns->grace);
	list_init(&conns->rejoin);
	list_init(&conns->dirty);
}

void conns_done(struct conns *conns)
{
	struct conn *conn, *next;

	HASH_ITER(hh_key, conns->by_key, conn, next)
	conn_free(conns, conn);
	assert(!conns->by_id && !conns->users);
	buf_done(&conns->removed);
}

struct conn *conn_find(struct conns *conns, struct gateway *gateway, uint64_t number)
{
	struct conn_key key = { .gateway = gateway, .number = number };
	struct conn *conn = NULL;

	/* each that comes has a higher one than those before: it need not be looked for */
	if (number <= gateway->highest)
		HASH_FIND(hh_key, conns->by_key, &key, sizeof(key), conn);
	return conn;
}

struct conn *conn_by_id(struct conns *conns, struct slice id)
{
	struct conn *conn = NULL;

	if (id.len)
		HASH_FIND(hh_id, conns->by_id, id.ptr, id.len, conn);
	return conn;
}

struct user *conn_user(struct conns *conns, struct slice name)
{
	struct user *user = NULL;

	if (name.len)
		HASH_FIND(hh, conns->users, name.ptr, name.len, user);
	return user;
}

static void touch(struct conns *conns, struct conn *conn)
{
	if (conn->state != CONN_CLOSING)
		list_append(&conns->dirty, &conn->by_dirty);
}

static void place(struct conns *conns, struct conn *conn, struct gateway *gateway, uint64_t number)
{
	conn->key.gateway = gateway;
	conn->key.number = number;
	if (number > gateway->highest)
		gateway->highest = number;
	HASH_ADD(hh_key, conns->by_key, key, sizeof(conn->key), conn);
	list_append(&gateway->conns, &conn->by_gateway);
}

static struct conn *add(
	struct conns *conns, struct gateway *gateway, uint64_t number, enum conn_state state)
{
	struct conn *conn = mem_alloc(sizeof(*conn));

	conn->state = state;
	list_init(&conn->members);
	list_init(&conn->by_gateway);
	list_init(&conn->by_user);
	list_init(&conn->by_grace);
	list_init(&conn->by_rejoin);
	list_init(&conn->by_dirty);
	list_init(&conn->calls);
	place(conns, conn, gateway, number);
	return conn;
}

struct conn *conn_new(struct conns *conns, struct gateway *gateway, uint64_t number,
	struct slice id, const char *resume)
{
	struct conn *conn = conn_restore(conns, gateway, number, conns->serial + 1, id, resume);

	touch(conns, conn);
	return conn;
}

struct conn *conn_restore(struct conns *conns, struct gateway *gateway, uint64_t number,
	uint64_t serial, struct slice id, const char *resume)
{
	struct conn *conn = add(conns, gateway, number, CONN_LIVE);

	conn->serial = serial;
	if (serial > conns->serial)
		conns->serial = serial;
	own(&conn->id, id);
	memcpy(conn->resume, resume, CONN_RESUME_LEN);
	HASH_ADD_KEYPTR(hh_id, conns->by_id, conn->id.ptr, conn->id.len, conn);
	counter_add(COUNTER_HUB_CONNECTIONS, 1);
	return conn;
}

void conn_new_closing(
	struct conns *conns, struct gateway *gateway, uint64_t number, uint64_t closed)
{
	add(conns, gateway, number, CONN_CLOSING)->closed = closed;
}

static void set_user(struct conns *conns, struct conn *conn, struct slice name)
{
	struct user *before = conn->user;
	struct user *user = conn_user(conns, name);

	if (name.len && !user) {
		user = mem_alloc(sizeof(*user));
		own(&user->name, name);
		list_init(&user->conns);
		HASH_ADD_KEYPTR(hh, conns->users, user->name.ptr, user->name.len, user);
	}
	if (user == before)
		return;
	conn->user = user;
	list_remove(&conn->by_user);
	if (user)
		list_append(&user->conns, &conn->by_user);
	if (before && list_empty(&before->conns)) {
		HASH_DELETE(hh, conns->users, before);
		disown(&before->name);
		mem_free(before);
	}
}

void conn_free(struct conns *conns, struct conn *conn)
{
	assert(list_empty(&conn->members) && list_empty(&conn->calls));
	set_user(conns, conn, (struct slice){ NULL, 0 });
	HASH_DELETE(hh_key, conns->by_key, conn);
	if (conn->state != CONN_CLOSING) {
		HASH_DELETE(hh_id, conns->by_id, conn);
		counter_sub(COUNTER_HUB_CONNECTIONS, 1);
	}
	if (conn->stored)
		buf_add(&conns->removed, &conn->serial, sizeof(conn->serial));
	list_remove(&conn->by_gateway);
	list_remove(&conn->by_grace);
	list_remove(&conn->by_rejoin);
	list_remove(&conn->by_dirty);
	disown(&conn->id);
	disown(&conn->nickname);
	disown(&conn->address);
	disown(&conn->grants);
	disown(&conn->meta);
	mem_free(conn);
}

bool conn_identify(struct conns *conns, struct conn *conn, const struct identity *identity)
{
	bool renamed = identity->nickname.len && !slice_eq(identity->nickname, conn->nickname);
	bool other = !slice_eq(identity->user, conn_user_name(conn));

	if (renamed)
		own(&conn->nickname, identity->nickname);
	if (other)
		set_user(conns, conn, identity->user);
	if (identity->address.len)
		own(&conn->address, identity->address);
	own(&conn->grants, identity->grants);
	own(&conn->meta, identity->meta);
	conn->expires = identity->expires;
	conn->admin = identity->admin;
	touch(conns, conn);
	return renamed || other;
}

bool conn_user_valid(struct slice name)
{
	return name.len <= CONN_USER_MAX && utf8_printable(name);
}

struct slice conn_user_name(const struct conn *conn)
{
	return conn->user ? conn->user->name : (struct slice){ NULL, 0 };
}

struct asker conn_asker(const struct conn *conn)
{
	return (struct asker){
		.user = conn_user_name(conn), .grants = conn->grants, .admin = conn->admin
	};
}

bool conn_resume_matches(const struct conn *conn, struct slice resume)
{
	volatile unsigned differences = 0;

	if (resume.len != CONN_RESUME_LEN)
		return false;
	for (size_t i = 0; i < CONN_RESUME_LEN; i++)
		differences |= (unsigned char)conn->resume[i] ^ (unsigned char)resume.ptr[i];
	return differences == 0;
}

void conn_grace(struct conns *conns, struct conn *conn, struct mono now)
{
	assert(conn->state == CONN_LIVE);
	conn->state = CONN_GRACE;
	conn->since = now;
	list_append(&conns->grace, &conn->by_grace);
	list_remove(&conn->by_rejoin);
	touch(conns, conn);
}

void conn_move(struct conns *conns, struct conn *conn, struct gateway *gateway, uint64_t number)
{
	HASH_DELETE(hh_key, conns->by_key, conn);
	place(conns, conn, gateway, number);
	conn->state = CONN_LIVE;
	list_remove(&conn->by_grace);
	touch(conns, conn);
}

struct conn *conn_longest_gone(const struct conns *conns)
{
	return list_empty(&conns->grace) ? NULL
					 : LIST_ENTRY(conns->grace.next, struct conn, by_grace);
}

void conn_await(struct conns *conns, struct conn *conn, struct mono now)
{
	conn->taken = now;
	list_append(&conns->rejoin, &conn->by_rejoin);
}

struct conn *conn_longest_awaited(const struct conns *conns)
{
	return list_empty(&conns->rejoin) ? NULL
					  : LIST_ENTRY(conns->rejoin.next, struct conn, by_rejoin);
}
