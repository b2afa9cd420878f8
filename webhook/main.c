/* main.c - atrium-webhook: tells HTTP servers what happens in rooms */
/* SPDX-License-Identifier: MIT */
/*
 * NAME
 *	atrium-webhook - tells HTTP servers what happens in rooms
 *
 * SYNOPSIS
 *	atrium-webhook [-c FILE] [-n] [-v] [--version] [--help]
 *
 * DESCRIPTION
 *	Each section [webhook "NAME"] is an endpoint: a URL that is sent, by POST, who comes into
 *	rooms and leaves them, and what is said there, as JSON. To the hub an endpoint is a handler
 *	of the name webhook-NAME, for which there has to be a section [handler "webhook-NAME"],
 *	unless [hub] handlers is open.
 *
 *	Requests are signed as the Standard Webhooks are: webhook-id, webhook-timestamp, and
 *	webhook-signature, which has HMAC-SHA256 of them and the body, one for each secret. An
 *	event comes at least once, under an id that stays the same; those of a room come in their
 *	order, and rooms do not wait for each other. The hub keeps an event until it was answered
 *	with 2xx: it survives a restart of either.
 *
 *	What is not answered with 2xx is sent again, first soon, then more and more seldom, until
 *	`give_up` is over; what is answered with another 4xx or a redirect at most `refusals`
 *	times. After no connection, 429, 502, 503 and 504 all rooms of the endpoint wait, for as
 *	long as Retry-After says. After 410 it is sent nothing more until SIGHUP.
 *
 * SOCKETS
 *	RUNTIME_DIR/handlers.sock	where the hub tells of events
 *	RUNTIME_DIR/metrics.sock	where counters go
 *
 * SIGNALS
 *	HUP	read settings, secrets and headers again; go on with what was paused
 *	TERM, INT	end when the requests under way are answered
 *
 * FILES
 *	SECRET_FILES: a secret each, of 24 bytes or more, as it is, or after whsec_ in base64.
 *	HEADERS_FILE: lines Name: value. Others may read neither. What is named without a slash is
 *	in $CREDENTIALS_DIRECTORY.
 *
 * ENVIRONMENT
 *	CREDENTIALS_DIRECTORY	see above
 *	http_proxy, https_proxy, no_proxy	of libcurl
 *
 * EXIT STATUS
 *	0 when it was told to end, 1 when it could not start, 2 for wrong options or settings
 *
 * BUGS
 *	While one room waits for an answer, the hub keeps all later events of the endpoint, also
 *	those of other rooms that were delivered: after a restart they come again. And when the
 *	events of rooms that cannot be delivered fill half of `memory`, other rooms wait for them.
 */
#include "webhook/webhook.h"

#define KEY(type, member, ...) \
	CONF_KEY(type, struct webhook_conf, member, .reload = true, __VA_ARGS__)

/* clang-format off */
static const struct conf_key keys[] = {
	KEY(CONF_STRING, url, .def = "", .check = conf_url_check,
		.help = "where to: http:// or https://; redirects are not followed; empty: there is no such endpoint"),
	KEY(CONF_LIST, rooms, .def = "*", .check = event_room_check,
		.help = "patterns of the rooms it is told of, among those that its [handler] section allows"),
	KEY(CONF_LIST, events, .def = "message connect disconnect occupied vacated",
		.check = conf_event_check, .help = "what it is told of"),
	KEY(CONF_LIST, types, .def = "", .check = conf_type_check,
		.help = "of messages those of these types only; empty: all, but for those of the moment"),
	KEY(CONF_LIST, secret_files, .def = "",
		.help = "file of the secret that requests are signed with; two while it is changed; without a slash: in $CREDENTIALS_DIRECTORY"),
	KEY(CONF_STRING, headers_file, .def = "",
		.help = "file of lines `Name: value` that go with each request, Authorization for example; likewise"),
	KEY(CONF_STRING, ca_file, .def = "",
		.help = "PEM file of the authorities whose certificates it may have; empty: those that the system trusts"),
	KEY(CONF_DURATION, timeout, .def = "10s", .min = 100, .max = 300000,
		.help = "how long a request may take until it is answered"),
	KEY(CONF_DURATION, retry_first, .def = "1s", .min = 10, .max = 3600000,
		.help = "how long after a failure it is tried again; twice as long after each further one"),
	KEY(CONF_DURATION, retry_most, .def = "5m", .min = 10, .max = 86400000,
		.help = "up to this"),
	KEY(CONF_DURATION, give_up, .def = "1d", .max = 2592000000,
		.help = "an event that failed and is so old is not tried again; 0: it is for ever"),
	KEY(CONF_INT, refusals, .def = "5", .min = 1, .max = 1000000,
		.help = "nor is one that was answered so often with 3xx or 4xx, but for 408, 410, 425, 429"),
	KEY(CONF_INT, batch, .def = "1", .min = 1, .max = 1000,
		.help = "events of one room in a request; over 1 the body is {\"events\":[...]}"),
	KEY(CONF_INT, concurrency, .def = "8", .min = 1, .max = 256,
		.help = "requests at a time, of different rooms"),
	KEY(CONF_SIZE, memory, .def = "16M", .min = 64 << 10, .max = 1 << 30,
		.help = "bytes of events that wait here; while there are more, the hub keeps the rest, up to [handler] backlog"),
	{ .name = NULL },
};
/* clang-format on */

static const struct conf_section sections[] = {
	{ .name = "webhook",
		.keys = keys,
		.size = sizeof(struct webhook_conf),
		.named = true,
		.check = conf_label_check,
		.most = WEBHOOK_ENDPOINTS_MAX,
		.help = "an HTTP server that is told what happens in rooms; to the hub it is the handler webhook-NAME" },
	{ .name = NULL },
};

int main(int argc, char **argv)
{
	static const struct service_def def = {
		.process = PROCESS_WEBHOOK,
		.summary = "tells HTTP servers what happens in rooms",
		.sections = sections,
		.start = webhook_start,
		.reload = webhook_reload,
		.drain = webhook_drain,
		.drain_ms = webhook_drain_ms,
		.stop = webhook_stop,
	};

	return service_run(&def, argc, argv);
}
