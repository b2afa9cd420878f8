/* main.c - atrium-hub: rooms, who is in them, and what is said there */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	atrium-hub - rooms: membership, presence, order, routing
 *
 * SYNOPSIS
 *	atrium-hub [-c FILE] [-n] [-v] [--version] [--help]
 *
 * DESCRIPTION
 *	Gateways tell the hub which clients came and went, and what they ask for; it tells each
 *	gateway once what is for the clients there. It knows no tokens, no JSON and no network.
 *
 *	What a turn of its loop has changed is committed to a journal, in one transaction, before
 *	anyone is told. A hub that was killed goes on where it was. While the journal cannot be
 *	written, what needs it is refused; that ends by itself when it can be written again.
 *
 * SOCKETS
 *	hub.sock	bound; gateways and metrics connect
 *	handlers.sock	bound; handlers, processes of the users' own, connect
 *	metrics.sock	connected; the counters of this process, each second
 *
 * SIGNALS
 *	SIGTERM, SIGINT	end; what was taken from gateways has been dealt with
 *	SIGHUP		read the settings again
 *
 * FILES
 *	/etc/atrium/atrium.conf	sections [hub] and [room "pattern"]: `atrium-hub -n` prints the
 *			settings in force
 *	$STATE_DIRECTORY/hub.journal	the journal, with files -wal and -shm beside it; or in
 *			[atrium] state_dir. One that is damaged is renamed to
 *			hub.journal.damaged-TIME, and another is begun. Without a state directory
 *			all is in memory.
 *
 * ENVIRONMENT
 *	ATRIUM_HUB_FAULT=received|applied|committed|acked|half	for tests: the process dies
 *			(status 70) after this step of a turn: gateways' messages were taken; they
 *			are in the transaction; it is committed; gateways were acknowledged; the
 *			first gateway was sent what is for it
 *	ATRIUM_HUB_FAULT_AFTER=N	not the first time, but the N-th
 *
 * EXIT STATUS
 *	0 ended by a signal; 1 could not start (the journal is of a newer version, or its directory
 *	cannot be written); 2 wrong options or settings
 *
 * BUGS
 *	With journal = memory a hub that is killed learns rooms and members from the gateways
 *	again, but not who had lost the connection and was still within the grace time, nor what
 *	was said, nor what waited for a handler's answer.
 */
#include "hub/fault.h"
#include "hub/wire.h"

#define KEY(type, member, ...) CONF_KEY(type, struct hub_settings, member, __VA_ARGS__)
#define HANDLER_KEY(type, member, ...) \
	CONF_KEY(type, struct handler_settings, member, .reload = true, __VA_ARGS__)
#define ROOM_KEY(type, member, ...) \
	CONF_KEY(type, struct room_settings, member, .reload = true, __VA_ARGS__)

enum { HISTORY_MAX = 10000, STATE_BYTES_MAX = 4 << 20, STATE_KEYS_MAX = 100000 };
#define HISTORY_TTL_MAX 31536000000 /* a year */

/* clang-format off */
static const struct conf_key keys[] = {
	KEY(CONF_DURATION, grace, .def = "5s", .max = 3600000, .reload = true,
		.help = "how long a client that lost its connection may take to come back before it has left"),
	KEY(CONF_DURATION, settle, .def = "250ms", .max = 60000,
		.help = "how long after a start to wait for all gateways to be here"),
	KEY(CONF_DURATION, presence_interval, .def = "200ms", .max = 60000, .reload = true,
		.help = "a room is told at most once in this time who is there"),
	KEY(CONF_DURATION, presence_interval_max, .def = "1s", .max = 60000, .reload = true,
		.help = "while a room goes on changing, that time grows fourfold, up to this one"),
	KEY(CONF_INT, presence_busy, .def = "1000", .max = 1000000000, .reload = true,
		.help = "while more come and go in a second, that time is the longest at once; 0: never"),
	KEY(CONF_INT, presence_max, .def = "100", .max = 10000, .reload = true,
		.help = "in a larger room only so many are listed, and no one is announced"),
	KEY(CONF_DURATION, rooms_interval, .def = "500ms", .max = 60000, .reload = true,
		.help = "clients are told at most once in this time which rooms there are"),
	KEY(CONF_INT, rooms_max, .def = "500", .max = 100000, .reload = true,
		.help = "at most so many rooms are listed"),
	KEY(CONF_INT, rooms_announced, .def = "100", .max = 100000, .reload = true,
		.help = "with more rooms than this their coming and going is not told to all"),
	KEY(CONF_CHOICE, journal, .def = "process", .choices = "memory|process|disk",
		.help = "what an acknowledgement survives: nothing, the death of the process, a power cut"),
	KEY(CONF_INT, history, .def = "100", .max = HISTORY_MAX, .reload = true,
		.help = "so many messages of a room are kept; 0: none"),
	KEY(CONF_DURATION, history_ttl, .def = "24h", .min = 1, .max = HISTORY_TTL_MAX,
		.reload = true, .help = "and for this time"),
	KEY(CONF_INT, max_rooms, .def = "100000", .min = 1, .max = 10000000, .reload = true,
		.help = "at most so many rooms; unused ones go first"),
	KEY(CONF_SIZE, state_bytes, .def = "4M", .max = STATE_BYTES_MAX, .reload = true,
		.help = "so many bytes a room's state may have, keys and values (state_full); 0: none"),
	KEY(CONF_INT, state_keys, .def = "10000", .max = STATE_KEYS_MAX, .reload = true,
		.help = "and so many keys (state_full)"),
	KEY(CONF_DURATION, state_ttl, .def = "0", .max = HISTORY_TTL_MAX, .reload = true,
		.help = "how long the state of an empty room is kept after it was last of use; 0: for ever"),
	KEY(CONF_SIZE, state_memory, .def = "256M", .max = 1LL << 40, .reload = true,
		.help = "bytes of memory that the states of all rooms may take (state_full)"),
	KEY(CONF_INT, closed, .def = "1000", .max = 100000, .reload = true,
		.help = "of so many connections that ended it is known how: `atrium connections --closed`"),
	KEY(CONF_LIST, ephemeral, .def = "cursor_move cursor_update typing", .reload = true,
		.help = "types of messages that are of the moment only: neither numbered nor kept"),
	KEY(CONF_LIST, conflate, .def = "cursor_move cursor_update", .reload = true,
		.help = "types of which a client that reads too slowly is sent the latest of each sender only"),
	KEY(CONF_INT, max_taps, .def = "8", .max = 1000, .reload = true,
		.help = "administrators who may look at all that is said at a time (too_many_taps); 0: no one"),
	KEY(CONF_INT, tap_rate, .def = "100", .min = 1, .max = 100000, .reload = true,
		.help = "messages a second that each is shown; of what is left out the number is told"),
	KEY(CONF_SIZE, tap_bytes, .def = "256K", .min = 1 << 10, .max = 64 << 20, .reload = true,
		.help = "bytes a second that each is shown, likewise"),
	KEY(CONF_CHOICE, handlers, .def = "closed", .choices = HANDLERS_MODES, .reload = true,
		.help = "open: a handler without a section of its own may serve all rooms, if its process "
			"is root's or of the hub's user; `atrium up` sets it"),
	KEY(CONF_SIZE, handler_message, .def = "256K", .min = 128, .max = 16 << 20, .reload = true,
		.help = "largest message, or answer, of a handler (bad_message)"),
	KEY(CONF_STRING, handlers_group, .def = "",
		.help = "group of handlers.sock, which its members may use; empty: as its directory gives"),
	{ .name = NULL },
};

static const struct conf_key handler_keys[] = {
	HANDLER_KEY(CONF_LIST, rooms, .def = "", .check = event_room_check,
		.help = "patterns of rooms that it may serve, and act in; *: all, and broadcasts"),
	HANDLER_KEY(CONF_LIST, guard, .def = "", .check = event_room_check,
		.help = "patterns of rooms where clients say nothing but by its ruling; it may serve them too"),
	HANDLER_KEY(CONF_LIST, guard_types, .def = "",
		.help = "types of messages that need its ruling there; empty: all"),
	HANDLER_KEY(CONF_CHOICE, absent, .def = "refuse", .choices = HANDLER_ABSENT,
		.help = "what becomes of them when it is away, or does not rule in time"),
	HANDLER_KEY(CONF_DURATION, deadline, .def = "2s", .min = 1, .max = 3600000,
		.help = "how long it may take for a ruling, or the answer to a call (handler_timeout)"),
	HANDLER_KEY(CONF_INT, pending, .def = "1000", .min = 1, .max = 100000,
		.help = "so many messages and calls may wait for it (unavailable)"),
	HANDLER_KEY(CONF_SIZE, results, .def = "4M", .min = 0, .max = 1LL << 30,
		.help = "bytes of its answers kept for callers who are away and may come back (unavailable)"),
	HANDLER_KEY(CONF_LIST, user, .def = "",
		.help = "users whose processes may be it; if group is empty too: root, and the hub's own"),
	HANDLER_KEY(CONF_LIST, group, .def = "", .help = "groups, likewise"),
	HANDLER_KEY(CONF_SIZE, backlog, .def = "16M", .min = 64 << 10, .max = 1LL << 30,
		.help = "bytes of events that may wait for it; the oldest go then, and it is told how many"),
	HANDLER_KEY(CONF_DURATION, keep, .def = "1h", .max = HISTORY_TTL_MAX,
		.help = "how long events are kept for it while it is away; then it begins anew"),
	{ .name = NULL },
};

static const struct conf_key room_keys[] = {
	ROOM_KEY(CONF_INT, history, .def = "100", .inherit = "hub", .max = HISTORY_MAX,
		.help = "so many messages of the room are kept; 0: none"),
	ROOM_KEY(CONF_DURATION, history_ttl, .def = "24h", .inherit = "hub", .min = 1,
		.max = HISTORY_TTL_MAX, .help = "and for this time"),
	ROOM_KEY(CONF_LIST, ephemeral, .def = "", .inherit = "hub",
		.help = "types of messages that are of the moment only: neither numbered nor kept"),
	ROOM_KEY(CONF_LIST, conflate, .def = "", .inherit = "hub",
		.help = "types of which a client that reads too slowly is sent the latest of each sender only"),
	ROOM_KEY(CONF_BOOL, presence, .def = "yes",
		.help = "whether the room is told who comes, who goes and who is there"),
	ROOM_KEY(CONF_INT, max_members, .def = "0", .max = 10000000,
		.help = "connections that may be in the room (room_full); 0: any number"),
	ROOM_KEY(CONF_CHOICE, join, .def = "anyone", .choices = POLICY_ACCESS,
		.help = "who may be in the room: anyone, who has a token, whose token grants it, nobody"),
	ROOM_KEY(CONF_CHOICE, publish, .def = "anyone", .choices = POLICY_ACCESS,
		.help = "who of them may say something there"),
	ROOM_KEY(CONF_CHOICE, history_access, .def = "anyone", .choices = POLICY_ACCESS,
		.help = "who of them may ask for what was said before"),
	ROOM_KEY(CONF_CHOICE, state_access, .def = "publish", .choices = POLICY_STATE_ACCESS,
		.help = "who of them may change its state; publish: who may say something"),
	ROOM_KEY(CONF_SIZE, state_bytes, .def = "4M", .inherit = "hub", .max = STATE_BYTES_MAX,
		.help = "so many bytes its state may have, keys and values (state_full); 0: none"),
	ROOM_KEY(CONF_INT, state_keys, .def = "10000", .inherit = "hub", .max = STATE_KEYS_MAX,
		.help = "and so many keys (state_full)"),
	ROOM_KEY(CONF_DURATION, state_ttl, .def = "0", .inherit = "hub", .max = HISTORY_TTL_MAX,
		.help = "how long it is kept in an empty room after it was last of use; 0: for ever"),
	ROOM_KEY(CONF_BOOL, private, .def = "no",
		.help = "all of it only by grant; the room is in no list"),
	{ .name = NULL },
};
/* clang-format on */

static const struct conf_section sections[] = {
	{ .name = "hub", .keys = keys, .size = sizeof(struct hub_settings) },
	{ .name = "room",
		.keys = room_keys,
		.size = sizeof(struct room_settings),
		.named = true,
		.help = "rules of rooms whose name matches: * stands for any run of characters, ? for one; "
			"the first section that matches counts" },
	{ .name = "handler",
		.keys = handler_keys,
		.size = sizeof(struct handler_settings),
		.named = true,
		.check = handler_name_check,
		.most = HANDLERS_MAX,
		.help = "a handler: a process of your own, by its name, and the rooms that are its" },
	{ .name = NULL },
};

int main(int argc, char **argv)
{
	static const struct service_def def = {
		.process = PROCESS_HUB,
		.summary = "rooms: membership, presence, order, routing",
		.sections = sections,
		.start = wire_start,
		.reload = wire_reload,
		.stop = wire_stop,
	};

	fault_init();
	return service_run(&def, argc, argv);
}
