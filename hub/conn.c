/* conn.c - connections of clients: by gateway and number, by id, by user; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/conn.h"

#include <assert.h>

#include "proto/base/utf8.h"
#include "proto/counters.h"

/* A gateway counts its own, so that these are spread as well as can be. */
static uint32_t hash_number(const struct gateway *gateway, uint64_t number)
{
	return (uint32_t)(gateway->epoch + number);
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
	assert(conns->by_key.count == 0 && conns->by_id.count == 0 && !conns->users);
	table_done(&conns->by_key);
	table_done(&conns->by_id);
	buf_done(&conns->removed);
}

struct conn *conn_find(struct conns *conns, struct gateway *gateway, uint64_t number)
{
	struct table_link *link = NULL;

	/* each that comes has a higher one than those before: it need not be looked for */
	if (number <= gateway->highest)
		link = table_first(&conns->by_key, hash_number(gateway, number));
	for (; link; link = table_next(link)) {
		struct conn *conn = LIST_ENTRY(link, struct conn, hash_key);

		if (conn->key.number == number && conn->key.gateway == gateway)
			return conn;
	}
	return NULL;
}

struct conn *conn_by_id(struct conns *conns, struct slice id)
{
	struct table_link *link = id.len ? table_first(&conns->by_id, hash_bytes(id.ptr, id.len))
					 : NULL;

	while (link && !slice_eq(LIST_ENTRY(link, struct conn, hash_id)->id, id))
		link = table_next(link);
	return link ? LIST_ENTRY(link, struct conn, hash_id) : NULL;
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
	table_add(&conns->by_key, &conn->hash_key, hash_number(gateway, number));
	list_append(&gateway->conns, &conn->by_gateway);
}

static struct conn *add(struct conns *conns, struct gateway *gateway, uint64_t number,
	enum conn_state state, struct slice id)
{
	struct conn *conn = mem_alloc(sizeof(*conn) + id.len);

	conn->state = state;
	conn->id = slice_make(conn + 1, id.len);
	if (id.len)
		memcpy(conn + 1, id.ptr, id.len);
	list_init(&conn->members);
	list_init(&conn->by_gateway);
	list_init(&conn->by_user);
	list_init(&conn->by_dirty);
	list_init(&conn->by_wait);
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
	struct conn *conn = add(conns, gateway, number, CONN_LIVE, id);

	conn->serial = serial;
	if (serial > conns->serial)
		conns->serial = serial;
	memcpy(conn->resume, resume, CONN_RESUME_LEN);
	table_add(&conns->by_id, &conn->hash_id, hash_bytes(id.ptr, id.len));
	counter_add(COUNTER_HUB_CONNECTIONS, 1);
	return conn;
}

void conn_new_closing(
	struct conns *conns, struct gateway *gateway, uint64_t number, uint64_t closed)
{
	const struct slice none = { NULL, 0 };

	add(conns, gateway, number, CONN_CLOSING, none)->closed = closed;
}

static void set_user(struct conns *conns, struct conn *conn, struct slice name)
{
	struct user *before = conn->user;
	struct user *user = conn_user(conns, name);

	if (name.len && !user) {
		user = mem_alloc(sizeof(*user));
		user->name = slice_make(slice_dup(name), name.len);
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
		mem_free((void *)before->name.ptr);
		mem_free(before);
	}
}

void conn_free(struct conns *conns, struct conn *conn)
{
	assert(list_empty(&conn->members) && list_empty(&conn->calls));
	set_user(conns, conn, (struct slice){ NULL, 0 });
	table_remove(&conns->by_key, &conn->hash_key);
	if (conn->state != CONN_CLOSING) {
		table_remove(&conns->by_id, &conn->hash_id);
		counter_sub(COUNTER_HUB_CONNECTIONS, 1);
	}
	if (conn->stored)
		buf_add(&conns->removed, &conn->serial, sizeof(conn->serial));
	list_remove(&conn->by_gateway);
	list_remove(&conn->by_wait);
	list_remove(&conn->by_dirty);
	mem_free((void *)conn->nickname.ptr);
	mem_free(conn);
}

/* The nickname is the first of the piece of memory. */
static void set_texts(struct conn *conn, const struct identity *identity)
{
	char *before = (char *)conn->nickname.ptr, *at;
	struct slice *texts[] = { &conn->nickname, &conn->address, &conn->grants, &conn->meta };
	const struct slice now[] = {
		identity->nickname.len ? identity->nickname : conn->nickname,
		identity->address.len ? identity->address : conn->address,
		identity->grants,
		identity->meta,
	};
	size_t size = 0;

	for (size_t i = 0; i < sizeof(now) / sizeof(*now); i++)
		size += now[i].len;
	at = mem_alloc(size);
	for (size_t i = 0; i < sizeof(now) / sizeof(*now); i++) {
		if (now[i].len)
			memcpy(at, now[i].ptr, now[i].len);
		*texts[i] = slice_make(at, now[i].len);
		at += now[i].len;
	}
	mem_free(before);
}

bool conn_identify(struct conns *conns, struct conn *conn, const struct identity *identity)
{
	bool renamed = identity->nickname.len && !slice_eq(identity->nickname, conn->nickname);
	bool other = !slice_eq(identity->user, conn_user_name(conn));

	if (other)
		set_user(conns, conn, identity->user);
	set_texts(conn, identity);
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
	list_append(&conns->grace, &conn->by_wait);
	touch(conns, conn);
}

void conn_move(struct conns *conns, struct conn *conn, struct gateway *gateway, uint64_t number)
{
	table_remove(&conns->by_key, &conn->hash_key);
	place(conns, conn, gateway, number);
	conn->state = CONN_LIVE;
	list_remove(&conn->by_wait);
	touch(conns, conn);
}

struct conn *conn_longest_gone(const struct conns *conns)
{
	return list_empty(&conns->grace) ? NULL
					 : LIST_ENTRY(conns->grace.next, struct conn, by_wait);
}

void conn_await(struct conns *conns, struct conn *conn, struct mono now)
{
	conn->since = now;
	list_append(&conns->rejoin, &conn->by_wait);
}

struct conn *conn_longest_awaited(const struct conns *conns)
{
	return list_empty(&conns->rejoin) ? NULL
					  : LIST_ENTRY(conns->rejoin.next, struct conn, by_wait);
}
