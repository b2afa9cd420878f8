/* atrium.h - libatrium: write handlers, processes of your own that serve the rooms of Atrium */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_ATRIUM_H
#define PROTO_ATRIUM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
#pragma GCC visibility push(default)

/*
 * A handler is a process of yours that the hub tells what happens in the rooms it serves, and that
 * acts there. It is known by its name, under which the server's settings say what it may:
 *
 *	static void greet(struct atrium *atrium, struct atrium_event *event, void *user)
 *	{
 *		char body[512];
 *
 *		if (atrium_json(body, sizeof(body), "{\"hello\":%s}", event->nickname) > 0)
 *			atrium_say(atrium, event->room, "greeting", body);
 *	}
 *
 *	int main(void)
 *	{
 *		struct atrium *atrium;
 *
 *		if (atrium_new("greeter", NULL, NULL, &atrium) < 0)
 *			return 1;
 *		atrium_serve(atrium, "lobby", ATRIUM_PEOPLE);
 *		atrium_on_connect(atrium, greet);
 *		atrium_run(atrium);
 *		atrium_free(atrium);
 *	}
 *
 * Errors. What returns an int returns 0 or more, or a negative errno value: -EINVAL for what can
 * never be right, -ENOMEM, and what is named at the function. ret_ parameters are untouched on
 * failure. Nothing here writes to stderr, installs signal handlers or ends the process, except
 * that ZeroMQ itself ends it when its own small allocations fail.
 *
 * Strings. All are UTF-8 and end with a NUL. What is passed in is copied. What comes out belongs
 * to the event or result it is a part of, and is never NULL unless that is said; a string that is
 * not known is "". Times are milliseconds since 1970.
 *
 * Threads. A struct atrium belongs to one thread at a time; only atrium_stop() may be called by
 * others, and by signal handlers. Two of them may be used by two threads. After fork(), the child
 * may use none that were made before.
 *
 * Callbacks are called within atrium_run(), atrium_wait() and atrium_process() only. They may call
 * all but these three.
 *
 * Growth. Structs that the library hands out get new members at their end: do not copy them or
 * take their size. Those that you fill in have members that are reserved: initialise the whole
 * struct with { 0 }.
 */
struct atrium;

/* ---- versions ---- */

/* Raised when something is added; nothing is taken away while the library is libatrium.so.0. */
#define ATRIUM_API_VERSION 2

/* ATRIUM_API_VERSION of the library that is loaded, which may be newer than this header. */
unsigned atrium_version(void);

/* Of the release, as "0.1.0". */
const char *atrium_release(void);

/* ---- a handler ---- */

/*
 * Makes a handler; it connects once it runs. `name`: 1 to 64 of a-z A-Z 0-9 . _ - as in the
 * server's settings: [handler "name"]. `socket`: the path of handlers.sock; NULL:
 * $ATRIUM_HANDLERS, else handlers.sock in $RUNTIME_DIRECTORY, /run/atrium or
 * $XDG_RUNTIME_DIR/atrium, the first of them that there is. `user` is handed to each callback.
 * -ENAMETOOLONG: the path is too long for a socket; -EMFILE.
 */
int atrium_new(const char *name, const char *socket, void *user, struct atrium **ret_atrium);

/*
 * Sends what can be sent at once, and ends it. Actions that are not answered yet get their
 * callback, with the error "canceled"; events that are deferred are freed, and the hub sends them
 * to the next process of this name. Within a callback it takes effect when the library is left; but
 * for those of actions no callback is called after it. Takes NULL.
 */
void atrium_free(struct atrium *atrium);

void *atrium_user(const struct atrium *atrium);
const char *atrium_name(const struct atrium *atrium);

/* What a handler wants of the rooms it serves; added up. */
enum atrium_what {
	ATRIUM_PEOPLE = 1, /* on_connect and on_disconnect */
	ATRIUM_MESSAGES = 2, /* on_message */
	ATRIUM_CALLS = 4, /* on_command */
	ATRIUM_GUARD = 8, /* on_guard: clients' messages reach the room only by its ruling */
	ATRIUM_STATE = 16 /* on_state; needs a server of API version 2 */
};

/*
 * Serves the rooms whose names match `pattern`, as in the server's settings: `*` any characters,
 * `?` one. Again with the same pattern: in place of what it was; `what` 0: no longer. It may be
 * called at any time. What the settings do not allow is told to on_error. -ENOSPC: more than 256
 * patterns.
 */
int atrium_serve(struct atrium *atrium, const char *pattern, unsigned what);

/*
 * What the hub lets it serve, once it is up: the pattern number `index` (0, 1, ...) into
 * ret_pattern, which lives until the library runs again, or the callback returns; returns enum
 * atrium_what, added up. -ENOENT: there are no more.
 */
int atrium_allowed(const struct atrium *atrium, size_t index, const char **ret_pattern);

/* ---- running it ---- */

/*
 * Runs until atrium_stop(); then 0. It connects, and again whenever the hub was away. -EEXIST: a
 * newer process of this name has taken its place; -EBUSY: called by a callback.
 */
int atrium_run(struct atrium *atrium);

/*
 * Makes atrium_run() return, once what it has to send is sent, as far as that can be done at once.
 * May be called by any thread, and by a signal handler. Takes NULL.
 */
void atrium_stop(struct atrium *atrium);

/*
 * For a loop of your own: waits up to timeout_ms (-1: without end) and does what there is to do.
 * 0, or as atrium_run().
 */
int atrium_wait(struct atrium *atrium, int timeout_ms);

/*
 * Or, for the loop of another library: when this is readable (poll, epoll, level-triggered) call
 * atrium_process(). It is the same for the life of the handler; its timers are in it. Never read
 * it or close it. -EBADF: it is being freed.
 */
int atrium_fd(const struct atrium *atrium);

/*
 * Does what there is to do, and never blocks. 0, or as atrium_run(); -ECANCELED: atrium_stop() was
 * called.
 */
int atrium_process(struct atrium *atrium);

/* 1: the hub is there, and knows what this handler serves. */
int atrium_is_up(const struct atrium *atrium);

/* ---- what happens ---- */

enum atrium_kind {
	ATRIUM_CONNECT = 1, /* a connection came into a room */
	ATRIUM_DISCONNECT = 2, /* it has left it */
	ATRIUM_MESSAGE = 3, /* something was said in a room */
	ATRIUM_MISSED = 4, /* events are lost to this handler */
	ATRIUM_COMMAND = 5, /* a client calls: a question */
	ATRIUM_GUARDED = 6, /* a client wants to say this: a question */
	ATRIUM_CHANGED = 7 /* the room's state was changed */
};

enum atrium_format {
	ATRIUM_JSON = 0, /* the text of a JSON object */
	ATRIUM_TEXT = 1, /* UTF-8 text, of or for raw clients */
	ATRIUM_BINARY = 2 /* bytes, likewise */
};

/*
 * What a callback is told. Numbered events (`seq` is not 0) are kept by the hub until they are
 * acknowledged, and sent again, in order, to a handler that comes back: each comes at least once.
 * Within one process none comes twice. After a restart `seq` tells which it is: it is the same for
 * the same event.
 *
 * An event is acknowledged and freed when the callback returns, unless it was deferred.
 */
struct atrium_event {
	enum atrium_kind kind;
	/*
	 * grows by one for each event of this handler's name; 0: of the moment only, or a question
	 */
	uint64_t seq;
	/* which journal of the hub `seq` or `ask` belongs to: together they are unique */
	uint64_t journal;
	uint64_t ask; /* of a question: its number, the same when it is asked again */
	int again; /* of a question: it was asked before, maybe of another process of this name */
	uint32_t deadline_ms; /* of a question: how long the hub waits for the answer */
	uint64_t time; /* CONNECT, DISCONNECT, MESSAGE, CHANGED */
	const char *room; /* all but MISSED */
	const char *id; /* of the connection it is about, or that said it, as are these: */
	const char *nickname;
	const char *user; /* "": not signed in */
	uint32_t count; /* CONNECT, DISCONNECT: connections that are in the room now */
	const char *type; /* MESSAGE, GUARDED */
	const char *command; /* COMMAND */
	enum atrium_format format; /* MESSAGE, GUARDED; of a COMMAND always ATRIUM_JSON */
	const char *body; /* a NUL follows it */
	size_t body_len;
	uint64_t epoch; /* MESSAGE, CHANGED: of the room */
	/* MESSAGE: of the message in the room; 0: it is not kept; CHANGED: of the one before it */
	uint64_t offset;
	uint64_t missed; /* MISSED: how many */
	void *data; /* yours; NULL at first */
	/* CHANGED: all that was changed at once; none: all keys are gone, no one being there */
	const struct atrium_entry *changes;
	uint64_t rev; /* CHANGED: the state's revision now */
};

typedef void atrium_event_fn(struct atrium *atrium, struct atrium_event *event, void *user);

/*
 * What is called for which event; again: in place of the former; NULL: none. `type`, `command`:
 * only for this one; NULL: for all that have none of their own. Events without a callback are
 * acknowledged. A call without one is refused ("unsupported"), and so is a guarded message
 * ("refused").
 */
int atrium_on_connect(struct atrium *atrium, atrium_event_fn *fn);
int atrium_on_disconnect(struct atrium *atrium, atrium_event_fn *fn);
int atrium_on_message(struct atrium *atrium, const char *type, atrium_event_fn *fn);
int atrium_on_command(struct atrium *atrium, const char *command, atrium_event_fn *fn);
int atrium_on_guard(struct atrium *atrium, const char *type, atrium_event_fn *fn);

/*
 * What became of a room's state, but by this handler: in `changes` a value that is NULL is of a
 * key that was removed. In order with what is said in the room, and as messages it comes again.
 */
int atrium_on_state(struct atrium *atrium, atrium_event_fn *fn);

/*
 * Events were lost: more waited for this handler than its `backlog` in the server's settings. Who
 * must not miss anything looks at atrium_history() and atrium_members().
 */
int atrium_on_missed(struct atrium *atrium, atrium_event_fn *fn);

/*
 * No one waits any more for the answer to this question, which is deferred: the deadline is over,
 * or its room is no longer guarded. It is still to be handed back with atrium_done().
 */
int atrium_on_withdrawn(struct atrium *atrium, atrium_event_fn *fn);

/*
 * The link to the hub: up (also what it may serve is known; events that have waited may come
 * before it), down. The library connects again by itself.
 */
typedef void atrium_link_fn(struct atrium *atrium, void *user);
int atrium_on_up(struct atrium *atrium, atrium_link_fn *fn);
int atrium_on_down(struct atrium *atrium, atrium_link_fn *fn);

/*
 * What went wrong outside of any call: -EACCES: the hub does not let it serve this, or not in at
 * all; -EEXIST: another process of this name took its place; -EREMOTEIO: an action that had no
 * callback failed; -EBADMSG: the hub says what cannot be understood; -EPROTONOSUPPORT: it speaks
 * another version; -ECONNRESET: it ended the link for another reason; -ENOMEM: something was not
 * taken in, and the hub is asked again.
 */
typedef void atrium_error_fn(struct atrium *atrium, int error, const char *text, void *user);
int atrium_on_error(struct atrium *atrium, atrium_error_fn *fn);

/* Lines for a log of yours; `level` as of syslog(3): 3 error, 4 warning, 6 info, 7 debug. */
typedef void atrium_log_fn(struct atrium *atrium, int level, const char *text, void *user);
int atrium_on_log(struct atrium *atrium, atrium_log_fn *fn);

/* ---- deferring ---- */

/*
 * Within its callback: the event stays yours, and not acknowledged, until atrium_done(). Thousands
 * may be deferred, as long as they fit into the handler's `backlog` in the server's settings, and
 * be done in any order: the hub is told the lowest that is not done. Events of one room come in
 * their order, which is yours to keep. -EALREADY.
 */
int atrium_defer(struct atrium_event *event);

/*
 * Gives back an event that was deferred, once: it is acknowledged and freed. A question that was
 * not answered is refused ("unavailable"). NULL: nothing.
 */
void atrium_done(struct atrium_event *event);

/* ---- answering ---- */

/*
 * Each answers a question, in its callback or, if it was deferred, later, before atrium_done().
 * When the callback of a question that is neither answered nor deferred returns, it is refused
 * ("unavailable"). -EALREADY: it was answered; -ECANCELED: it was withdrawn; -EINVAL: it is not
 * such a question, or not JSON. An answer that got lost with the link is given again by itself.
 */

/* A call's result: `body` is the text of a JSON object; NULL: {}. */
int atrium_reply(struct atrium_event *event, const char *body);

/* A guarded message goes to the room as it is. */
int atrium_pass(struct atrium_event *event);

/* It goes to the room as this; its sender stays. `body_len` as of struct atrium_message. */
int atrium_change(struct atrium_event *event, const char *type, enum atrium_format format,
	const char *body, size_t body_len);

/*
 * Of both: the client gets an error with this code (1 to 64 bytes; NULL: refused) and text (at
 * most 1,024 bytes; NULL: that of the code).
 */
int atrium_refuse(struct atrium_event *event, const char *code, const char *text);

/* ---- acting ---- */

struct atrium_member {
	const struct atrium_member *next; /* NULL: the last; likewise of all lists here */
	const char *id;
	const char *nickname;
	const char *user;
};

struct atrium_entry {
	const struct atrium_entry *next;
	const char *key;
	uint64_t rev; /* its revision; 0: it is not there */
	const char *value; /* JSON text */
	size_t value_len;
};

struct atrium_kept {
	const struct atrium_kept *next;
	uint64_t offset;
	uint64_t time;
	const char *type;
	enum atrium_format format;
	const char *body;
	size_t body_len;
	const char *id;
	const char *nickname;
	const char *user;
};

struct atrium_room {
	const struct atrium_room *next;
	const char *name;
	uint32_t count; /* of a list of rooms, as are all that follow: connections in it */
	uint32_t users; /* the same, a user's count once */
	uint64_t epoch;
	uint64_t offset; /* of its last message */
	uint32_t kept; /* messages in its history */
};

struct atrium_connection {
	const char *id;
	const char *nickname;
	const char *user;
	const char *address;
	const char *dialect; /* room, command or raw */
	uint64_t since;
	int here; /* 0: it is gone, and may come back within its grace time */
	int admin;
	const char *meta; /* the claim `meta` of its token, JSON text; "": none */
	const struct atrium_room *rooms; /* by name: those that this handler may serve */
};

/* How an action ended. What is not of the action is 0 or NULL. */
struct atrium_result {
	/* NULL: done; else a code of docs/protocol.md ("forbidden", "conflict"), or "canceled" */
	const char *error;
	uint64_t epoch; /* of the room: publish, state, history */
	uint64_t offset; /* of the message, or of the room's last one: likewise; 0: not kept */
	uint64_t rev; /* state: of the room */
	/*
	 * join, leave, close: connections that it was done to; members: those there are; rooms:
	 * all
	 */
	uint32_t count;
	uint32_t users; /* members: count, a user's once */
	int more; /* members, rooms: there are others after these */
	const struct atrium_entry *entries; /* state_get; state_apply: the keys in conflict */
	const struct atrium_kept *messages; /* history, oldest first */
	const struct atrium_member *members; /* members, in the order of joining */
	const struct atrium_room *rooms; /* rooms, by name */
	const struct atrium_connection *connection;
};

/* `arg` is what was passed with it. `result` lives until it returns. */
typedef void atrium_result_fn(struct atrium *atrium, const struct atrium_result *result, void *arg);

/*
 * Each of these asks the hub for something, returns at once, and is done in the order it was
 * called; `fn` (may be NULL) is called exactly once when it is answered, unless the function has
 * failed. While the hub is away they wait, and what was not answered when the link broke is asked
 * again, but done once. What is asked (state_get, history, members, connection_get, rooms) while 16
 * MB of answers are on their way has the error "unavailable", and may be asked again. -EAGAIN: too
 * many wait (atrium_limit()); on_room tells when there is room again. -EMSGSIZE: a body over 16 MB
 * (of less, the hub's setting `handler_message` decides), or a name that is too long.
 *
 * `target`: the id of a connection, or user:NAME for all connections of a user.
 */
struct atrium_message {
	const char *type; /* 1 to 64 bytes */
	/*
	 * an object for ATRIUM_JSON (NULL: {}); a member of a name that is the server's own makes
	 * it arrive as `param`
	 */
	const char *body;
	size_t body_len; /* 0: up to its NUL; of ATRIUM_BINARY its length */
	enum atrium_format format;
	int ephemeral; /* 1: neither numbered nor kept */
	const char *except; /* not to the connection of this id; NULL: to all */
	/*
	 * your own id of the message, 1 to 128 bytes: said again within 5 minutes, also by another
	 * process of this name, it is not done again. NULL: the library makes one
	 */
	const char *mid;
	const void *reserved[4];
};

/* To all in a room. */
int atrium_publish(struct atrium *atrium, const char *room, const struct atrium_message *message,
	atrium_result_fn *fn, void *arg);

/* To one connection, or all of a user. `except` and `ephemeral` are not for it. */
int atrium_send(struct atrium *atrium, const char *target, const struct atrium_message *message,
	atrium_result_fn *fn, void *arg);

/* To every connection, whatever rooms it is in. */
int atrium_broadcast(struct atrium *atrium, const struct atrium_message *message,
	atrium_result_fn *fn, void *arg);

/* In short: JSON, without a callback. */
int atrium_say(struct atrium *atrium, const char *room, const char *type, const char *body);
int atrium_tell(struct atrium *atrium, const char *target, const char *type, const char *body);

/* Lets the target's connections into a room, or takes them out of it. */
int atrium_join(struct atrium *atrium, const char *target, const char *room, atrium_result_fn *fn,
	void *arg);
int atrium_leave(struct atrium *atrium, const char *target, const char *room, atrium_result_fn *fn,
	void *arg);

/*
 * Closes them, with a code of docs/protocol.md (0: 4410, kicked) and a text (NULL: the code's
 * own).
 */
int atrium_close(struct atrium *atrium, const char *target, unsigned code, const char *text,
	atrium_result_fn *fn, void *arg);

/* A part of a change of a room's state. Its layout does not change. */
enum atrium_op_what {
	ATRIUM_SET = 0, /* `key` becomes `value`, JSON text */
	ATRIUM_DELETE = 1,
	ATRIUM_IF = 2 /* all is done only if `key` has the revision `rev`; 0: is not there */
};
struct atrium_op {
	enum atrium_op_what what;
	const char *key;
	const char *value;
	uint64_t rev;
};

/*
 * All of it, or nothing: then the error is "conflict", and `entries` are the keys that are in the
 * way. `mid` as of a message.
 */
int atrium_state_apply(struct atrium *atrium, const char *room, const struct atrium_op *ops,
	size_t count, const char *mid, atrium_result_fn *fn, void *arg);

/* The keys that begin with `prefix` (NULL: all). */
int atrium_state_get(struct atrium *atrium, const char *room, const char *prefix,
	atrium_result_fn *fn, void *arg);

/* Of these keys only; those that are not there are left out. */
int atrium_state_get_keys(struct atrium *atrium, const char *room, const char *const *keys,
	size_t count, atrium_result_fn *fn, void *arg);

/*
 * What was said after the offset `since`, the newest `limit` of it (0: as many as the hub gives).
 */
int atrium_history(struct atrium *atrium, const char *room, uint64_t since, uint32_t limit,
	atrium_result_fn *fn, void *arg);

/*
 * The same before the offset `before`, to go back page by page (0: to the last). Over 0 it needs a
 * server of API version 2.
 */
int atrium_history_page(struct atrium *atrium, const char *room, uint64_t since, uint64_t before,
	uint32_t limit, atrium_result_fn *fn, void *arg);

/*
 * Who is in a room: `limit` at most (0: none, only how many), after the connection `after` (NULL:
 * from the first).
 */
int atrium_members(struct atrium *atrium, const char *room, const char *after, uint32_t limit,
	atrium_result_fn *fn, void *arg);

/* How many are. */
int atrium_count(struct atrium *atrium, const char *room, atrium_result_fn *fn, void *arg);

/* A connection's attributes, `meta` and rooms. */
int atrium_connection_get(struct atrium *atrium, const char *id, atrium_result_fn *fn, void *arg);

/*
 * The rooms there are that match `pattern` (NULL: all) and that this handler may serve: `limit` at
 * most, after the name `after`.
 */
int atrium_rooms(struct atrium *atrium, const char *pattern, const char *after, uint32_t limit,
	atrium_result_fn *fn, void *arg);

/*
 * How many actions may wait to be answered (default 1,000), of how many bytes in all (default 16
 * MB).
 */
int atrium_limit(struct atrium *atrium, size_t actions, size_t bytes);

/* How many do. */
size_t atrium_pending(const struct atrium *atrium);

/* Something had to be told -EAGAIN, and half of the room is free again. */
int atrium_on_room(struct atrium *atrium, atrium_link_fn *fn);

/* ---- bodies ---- */

/*
 * A few members of a body are had with these; for more there is jansson. `key` is one of the
 * outermost object. -ENOENT: it is not there, or of another kind; -EINVAL: the body is no JSON
 * object.
 */

/*
 * A string, without its escapes, into out, with a NUL: returns its length. -ENOSPC: `size` is too
 * small.
 */
int atrium_get_string(const char *body, size_t body_len, const char *key, char *out, size_t size);

/* A whole number. */
int atrium_get_int(const char *body, size_t body_len, const char *key, int64_t *ret_number);

/* Any value, as it stands in the body. */
int atrium_get_json(const char *body, size_t body_len, const char *key, const char **ret_value,
	size_t *ret_len);

/*
 * Writes JSON as printf does, but that %s becomes a string with its quotes and escapes (NULL:
 * null), so that no name can break out of it. Besides it knows %d %u %ld %lu %lld %llu %zu %g %%
 * and nothing else, and takes %.*s. Returns the length. -ENOSPC: `size` is too small; -EINVAL: the
 * format, or a string that is not UTF-8.
 */
int atrium_json(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#pragma GCC visibility pop
__END_DECLS

#endif
