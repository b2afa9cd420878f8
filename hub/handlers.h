/* handlers.h - users' own processes that serve rooms: who is there, what it is told */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_HANDLERS_H
#define HUB_HANDLERS_H

#include <sys/types.h>

#include "hub/peers.h"
#include "proto/event.h"

struct conn;
struct hub;
struct hub_settings;
struct room;

enum handlers_mode { HANDLERS_CLOSED, HANDLERS_OPEN };
#define HANDLERS_MODES "closed|open"

/* What becomes of guarded messages when the guard is not there. */
enum handler_absent { ABSENT_REFUSE, ABSENT_PASS, ABSENT_WAIT };
#define HANDLER_ABSENT "refuse|pass|wait"

enum {
	HANDLERS_MAX = 256, /* with those of sections that were never here */
	HANDLER_PATTERNS_MAX = 256, /* in a SERVE, as commands are */
	HANDLER_SAVE_MS = 200, /* what it has handled is in the journal by then */
	/*
	 * bytes of answers that wait for it, after which it is told no more; after twice as many
	 * its link is ended
	 */
	HANDLER_UNREAD_MAX = 16 * 1024 * 1024,
};
#define HANDLER_UNREAD "it does not read what it is answered"

/* [handler "NAME"] of the settings. */
struct handler_settings {
	char **rooms; /* patterns; as all lists here, ends with NULL */
	char **guard;
	char **guard_types; /* none: all */
	int64_t absent; /* enum handler_absent */
	int64_t deadline; /* ms */
	int64_t pending;
	int64_t results; /* bytes */
	char **user, **group; /* names */
	int64_t backlog; /* bytes */
	int64_t keep; /* ms */
};

struct handler_section {
	const char *name;
	const struct handler_settings *settings;
};

/*
 * A handler is a name, whatever process of that name is there. What it is sent is kept for it as
 * for a gateway (peers.h); `gateway` is that record, in peers of the handlers' own.
 */
struct handler {
	struct list all; /* in the order of the sections; those without one after them */
	char *name;
	const struct handler_settings *settings; /* borrowed */
	bool listed; /* it has a section */
	struct gateway *gateway; /* NULL: there is nothing to be kept for it */
	struct mono since; /* when it was welcomed, or when it was last here */
	bool welcomed; /* it is here */
	/* what it said in its last SERVE; of this it is told what it may */
	struct buf served;
	struct msg_list patterns, commands; /* in there */
	bool dirty; /* not as the journal has it */
	bool stored; /* it is there */
	uid_t uid; /* of the process that is here, or was last */
	gid_t gid;
	struct mono changed; /* since when what it has handled is not in the journal; 0: it is */
};

/* A handler that serves a room, and what of it: enum handler_what, added up. */
struct handler_seat {
	struct handler *handler;
	uint8_t what;
};

/* Of a room; NULL where there is none. */
struct room_handlers {
	struct handler *guard; /* by the settings, whether it is here or not; or NULL */
	unsigned count;
	struct handler_seat seats[];
};

struct handlers {
	struct list all; /* struct handler */
	unsigned count;
	struct peers peers;
	enum handlers_mode mode;
	size_t max_body; /* bytes of what one says */
	struct handler *acting; /* whose message is being dealt with; it is not told what it does */
	struct buf removed; /* keys of those that the journal has, and that were forgotten */
	uint64_t floor, floor_stored; /* who is new begins after this; as the journal has it */
	/* Called, if it is set, when one was welcomed: what it was asked is to be asked again. */
	void (*on_up)(struct hub *hub, struct handler *handler);
};

void handlers_init(struct handlers *handlers, const struct outlet *outlet, uint64_t epoch);
void handlers_configure(struct hub *hub, const struct hub_settings *settings);
void handlers_done(struct handlers *handlers);

/* 1 to 64 of a-z A-Z 0-9 . _ - ; what is wrong, or NULL. */
const char *handler_name_check(struct slice name);

/* ---- coming and going ---- */

struct handler *handlers_find(const struct handlers *handlers, struct slice name);
struct handler *handlers_by_key(const struct handlers *handlers, uint64_t key);

/* In handler_access.c: whether a process of this user may be it. NULL: yes; else why not. */
const char *handlers_refuse(
	const struct handlers *handlers, struct slice name, uid_t uid, gid_t gid);

/*
 * HELLO of one that may; NULL: there are too many. It is welcomed when its time has come.
 * `seen`: the last number that it has of this hub.
 */
struct handler *handlers_hello(
	struct hub *hub, struct slice name, uint64_t seen, uid_t uid, gid_t gid);
void handlers_down(struct hub *hub, struct handler *handler);
bool handler_linked(const struct handler *handler); /* and welcomed */
size_t handler_unread(const struct handler *handler); /* bytes of answers that wait for it, about */

/* At the end of each turn: welcomes, forgets, and keeps each within its bounds. */
void handlers_step(struct hub *hub);
struct mono handlers_deadline(const struct hub *hub);

struct journal_handler;
/* One that the journal had; if it may not be here any more it is forgotten. */
void handlers_restore(struct hub *hub, const struct journal_handler *row);
void handlers_loaded(struct hub *hub); /* all that the journal has is there */

/* ---- what it serves: handler_serve.c ---- */

/* It says SERVE, and is answered with SERVED. */
void handler_serve(struct hub *hub, struct handler *handler, const struct msg_serve *serve);
void handler_restore_serve(struct handler *handler, struct slice served);

/* The settings let it serve the room, or all of them. */
bool handler_may_serve(const struct handler *handler, struct slice room);
bool handler_may_all(const struct handler *handler);

/* It is in a room that the handler may serve; or that may serve all. */
bool handler_may_reach(const struct handler *handler, const struct conn *conn);

/* A room was opened; or what handlers serve, or may, has changed. */
void handlers_attach(struct hub *hub, struct room *room);
void handlers_attach_all(struct hub *hub);

/* Whose settings let it guard rooms of this name: the first; or NULL. */
struct handler *handlers_guarding(const struct handlers *handlers, struct slice room);
/* Who rules over messages of the type in the room, whether it is here or not; or NULL. */
struct handler *handlers_guard(const struct room *room, struct slice type);
/* It has said in its SERVE that it guards it. */
bool handler_guards(const struct handler *handler, const struct room *room);
/* It is linked, or was less than its deadline ago, and may come back in time. */
bool handler_expected(const struct handler *handler, struct mono now);
/* The first that answers calls of the command in the room: one that is linked, else expected. */
struct handler *handlers_answerer(const struct room *room, struct slice command, struct mono now);

/* ---- what it is told: handler_events.c ---- */

/* Call them if room->handlers is not NULL. */
void handlers_said(
	struct hub *hub, const struct room *room, const struct event *event, bool ephemeral);
void handlers_came(struct hub *hub, const struct room *room, const struct conn *conn);
/* `conn` is no longer counted. */
void handlers_went(struct hub *hub, const struct room *room, const struct conn *conn);

/* `ops` is empty: the state is gone. */
void handlers_changed(struct hub *hub, const struct room *room, const struct msg_stated *stated);

/* HANDLED. False: it was never told so much. */
bool handler_handled(struct hub *hub, struct handler *handler, uint64_t seen);
/* HANDLED_SOME, likewise; or these are no ranges. */
bool handler_handled_some(struct hub *hub, struct handler *handler, struct msg_list ranges);

/*
 * With its next number if it has one: it is kept until it is handled. Or loose: after this turn's
 * commit, and only to the process that is here now.
 */
void handler_send(struct handler *handler, struct msg *msg);
void handler_send_loose(struct handler *handler, struct msg *msg);

#endif
