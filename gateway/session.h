/* session.h - what the hub knows of each connection, so that it can be told to another hub */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/roster.h"
#include "proto/base/list.h"
#include "proto/msg.h"

enum session_text {
	SESSION_ID,
	SESSION_RESUME, /* never logged */
	SESSION_NICKNAME,
	SESSION_USER,
	SESSION_ADDRESS,
	SESSION_GRANTS,
	SESSION_META, /* meta.h; empty: its token has none. No client is told it */
	SESSION_JTI, /* of its token; empty: it has none */
	SESSION_ROOM, /* what it came for: meant where a message names none */
	SESSION_TEXTS,
};

/* From CONNECT until DISCONNECT is acknowledged; its client may be gone before. */
struct session {
	struct roster_member member;
	uint64_t conn;
	uint64_t connect_seq; /* of CONNECT */
	uint64_t gone_seq; /* of DISCONNECT; 0: the client is there */
	uint64_t came; /* ms since 1970 */
	int64_t expires; /* of its token, s since 1970; 0: never */
	int64_t until; /* the same and auth's leeway */
	int64_t issued; /* 0: its token does not say */
	char *texts; /* all of them, each with a NUL */
	bool connected; /* the hub has answered CONNECT, and not closed it */
	bool admin;
	struct list link;
	struct list gone_link;
};

struct sessions;
struct sessions *sessions_new(struct roster *roster);
void sessions_free(struct sessions *sessions); /* takes NULL; frees what is in it */
size_t sessions_count(const struct sessions *sessions);

/* With a number that no other had or will have. */
struct session *session_new(
	struct sessions *sessions, struct client *client, enum dialect_id dialect);
/* NULL: there is none */
struct session *session_find(const struct sessions *sessions, uint64_t conn);

/* Lives until the next set. */
struct slice session_get(const struct session *session, enum session_text which);
/* A text ends at its first NUL. */
void session_set(struct session *session, enum session_text which, struct slice text);

/* Several at once; what has no pointer stays as it is. */
void session_set_all(struct session *session, const struct slice texts[SESSION_TEXTS]);

/* The client is gone; `seq` is that of its DISCONNECT. */
void session_gone(struct sessions *sessions, struct session *session, uint64_t seq);
/* The hub has applied all up to `seq`: sessions whose DISCONNECT is among them are freed. */
void sessions_acked(struct sessions *sessions, uint64_t seq);

/*
 * Walks those that the hub knew, oldest first: start with a rewind; it is fine if sessions come
 * and go meanwhile. `raw` is the memory behind the list of rooms. False: that was all.
 */
void sessions_rewind(struct sessions *sessions);
bool sessions_next(struct sessions *sessions, struct buf *raw, struct msg_restate *ret_restate);
void sessions_again(struct sessions *sessions); /* the one that was given last is given again */

#endif
