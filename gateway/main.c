/* main.c - atrium-gateway: WebSockets and HTTP on one side, the hub and auth on the other */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	atrium-gateway - serves browsers and applications over WebSocket and HTTP
 *
 * SYNOPSIS
 *	atrium-gateway [-c FILE] [-n] [-v] [--instance N] [--version] [--help]
 *
 * SOCKETS
 *	LISTEN:PORT	HTTP and WebSocket; or a listening socket that systemd hands down
 *	LISTEN:TLS_PORT	TLS 1.2 and 1.3, where [gateway] tls_certificate names a certificate; or one
 *			that is handed down under the name `tls`
 *	RUNTIME_DIR/hub.sock, auth.sock, metrics.sock	to the other processes, which may come
 *			and go
 *
 * SIGNALS
 *	SIGTERM, SIGINT	no one is accepted any more; one client after the other is closed with
 *			1012 when what it has said is answered, each with a slot of its own to
 *			come back; ends when all are gone, at the latest after [gateway] drain
 *	SIGHUP		reads the settings again; `-n -v` shows them, and which need a restart;
 *			and certificate and key, for connections that begin from then on; those
 *			before stay where the new ones cannot be used
 *
 * FILES
 *	/etc/atrium/atrium.conf	settings, if -c and $ATRIUM_CONF are not given
 *
 * ENVIRONMENT
 *	WS_ENABLED=false	turns WebSockets off, as `websocket = no` does: then only files are
 *				served, and neither the hub nor auth is needed
 *	ATRIUM_<SECTION>_<KEY>	overrides a setting
 *	CREDENTIALS_DIRECTORY	where certificate and key are, if they are named without a slash
 *	LISTEN_FDS, LISTEN_FDNAMES, NOTIFY_SOCKET, WATCHDOG_USEC	systemd's
 *
 * EXIT STATUS
 *	0 ended in order; 1 could not start; 2 the options or settings are wrong
 */
#include "gateway/address.h"
#include "gateway/gateway.h"
#include "proto/event.h"

#define KEY(type, member, ...) CONF_KEY(type, struct gateway_conf, member, __VA_ARGS__)

/* clang-format off */
static const struct conf_key keys[] = {
	KEY(CONF_STRING, listen, .def = "127.0.0.1",
		.help = "address or host name to listen on; * for any"),
	KEY(CONF_INT, port, .def = "8100", .max = 65535,
		.help = "TCP port; 0 for any free one"),
	KEY(CONF_INT, tls_port, .def = "8443", .max = 65535,
		.help = "TCP port for https:// and wss://, where there is a certificate; 0 for any free one"),
	KEY(CONF_STRING, tls_certificate, .def = "", .reload = true,
		.help = "PEM file of the certificate and its chain; empty: no TLS; without a slash: in $CREDENTIALS_DIRECTORY"),
	KEY(CONF_STRING, tls_key, .def = "tls.key", .reload = true,
		.help = "PEM file of its private key, which others may not read; without a slash: in $CREDENTIALS_DIRECTORY"),
	KEY(CONF_STRING, static_dir, .def = "", .reload = true,
		.help = "directory of the pages; empty: ../share/atrium/static seen from the program"),
	KEY(CONF_BOOL, websocket, .def = "yes",
		.help = "whether WebSockets are served at all"),
	KEY(CONF_LIST, origins, .def = "", .reload = true,
		.help = "origins whose pages may connect, or *; empty: the same host, and any of this machine"),
	KEY(CONF_SIZE, max_message, .def = "64K", .min = 128, .max = 16 << 20, .reload = true,
		.help = "largest message of a client"),
	KEY(CONF_BOOL, compression, .def = "no", .reload = true,
		.help = "whether permessage-deflate is agreed to with clients that offer it"),
	KEY(CONF_SIZE, compression_min, .def = "256", .min = 1, .max = 16 << 20, .reload = true,
		.help = "messages that are shorter go out as they are, as do those over max_message"),
	KEY(CONF_INT, compression_level, .def = "1", .min = 1, .max = 9, .reload = true,
		.help = "how much is tried to make messages small: 1 is fast, 9 is slow"),
	KEY(CONF_SIZE, max_queue, .def = "1M", .min = 4 << 10, .max = 1 << 30, .reload = true,
		.help = "most that may wait for a client to read before it is closed (4508)"),
	KEY(CONF_INT, max_rooms, .def = "128", .min = 1, .max = 1024, .reload = true,
		.help = "rooms that a client may be in"),
	KEY(CONF_INT, max_connections, .def = "100000", .min = 1, .max = 10000000,
		.help = "WebSocket connections in all"),
	KEY(CONF_INT, max_waiting, .def = "1024", .min = 1, .max = 1000000, .reload = true,
		.help = "connections whose next request is not whole; the oldest makes room"),
	KEY(CONF_INT, max_accepts, .def = "16", .min = 1, .max = 4096, .reload = true,
		.help = "connections accepted in one turn; who is connected is served before the next"),
	KEY(CONF_SIZE, max_head, .def = "8K", .min = 1 << 10, .max = 32 << 10,
		.help = "largest head of a request"),
	KEY(CONF_SIZE, max_memory, .def = "1G", .min = 1 << 20, .max = INT64_C(1) << 40,
		.reload = true,
		.help = "bytes held for clients (a frame that waits counts once, however many it is for)"
			"; over it those with most waiting are closed (4508)"),
	KEY(CONF_SIZE, max_body, .def = "256K", .min = 1 << 10, .max = 16 << 20, .reload = true,
		.help = "largest body of a request"),
	KEY(CONF_INT, max_requests, .def = "256", .min = 1, .max = 100000, .reload = true,
		.help = "requests to the server API that may wait for an answer at a time; over it: 503"),
	KEY(CONF_INT, max_logins, .def = "256", .min = 1, .max = 100000, .reload = true,
		.help = "requests to sign in that may wait at a time; the oldest whose body has not come makes room (503)"),
	KEY(CONF_DURATION, api_timeout, .def = "5s", .min = 250, .max = 60000, .reload = true,
		.help = "time that the hub has to answer the server API before it is told so (503, 504)"),
	KEY(CONF_INT, api_rate, .def = "5000", .max = 1000000, .reload = true,
		.help = "requests a second to the server API, twice as many at once (429); 0: any number"),
	KEY(CONF_CHOICE, api_log, .def = "all", .choices = "all|steering", .reload = true,
		.help = "what the server API changes is logged with who did it: all, or all but messages to rooms and connections"),
	KEY(CONF_INT, max_per_address, .def = "1000", .max = 10000000, .reload = true,
		.help = "WebSocket connections of one address, or of one IPv6 /64; 0: any number"),
	KEY(CONF_LIST, trusted_proxies, .def = "", .reload = true, .check = address_net_check,
		.help = "addresses and nets (10.0.0.0/8) of proxies whose X-Forwarded-For is believed"),
	KEY(CONF_INT, rate_messages, .def = "200", .max = 1000000, .reload = true,
		.help = "messages and control frames a second of a client; 0: any number"),
	KEY(CONF_INT, rate_burst, .def = "400", .min = 1, .max = 10000000, .reload = true,
		.help = "messages that a client may send at once"),
	KEY(CONF_SIZE, rate_bytes, .def = "1M", .max = 1 << 30, .reload = true,
		.help = "bytes a second of a client, frames' headers included; 0: any number"),
	KEY(CONF_SIZE, rate_bytes_burst, .def = "2M", .min = 128, .max = 1 << 30, .reload = true,
		.help = "bytes that a client may send at once; a larger message is taken after a pause"),
	KEY(CONF_INT, rate_patience, .def = "400", .max = 1000000, .reload = true,
		.help = "messages over the rate that a client may go on sending before it is closed (4529)"),
	KEY(CONF_DURATION, ping_interval, .def = "25s", .min = 250, .max = 3600000, .reload = true,
		.help = "time between two pings to a client"),
	KEY(CONF_DURATION, pong_timeout, .def = "10s", .min = 250, .max = 3600000, .reload = true,
		.help = "time to answer a ping before the client is closed (4513)"),
	KEY(CONF_DURATION, answer_hold, .def = "200ms", .max = 10000, .reload = true,
		.help = "so long the answer to a handshake may wait, to be written with what follows it"),
	KEY(CONF_DURATION, write_timeout, .def = "30s", .min = 250, .max = 3600000, .reload = true,
		.help = "how long a client's socket may take nothing of what waits before it is closed (4508)"),
	KEY(CONF_DURATION, handshake_timeout, .def = "10s", .min = 1000, .max = 3600000,
		.help = "time to send the whole head of a request"),
	KEY(CONF_DURATION, auth_timeout, .def = "10s", .min = 250, .max = 3600000, .reload = true,
		.help = "time to send a token, where one is needed, before the client is closed (4401)"),
	KEY(CONF_DURATION, verdict_timeout, .def = "2s", .min = 100, .max = 60000, .reload = true,
		.help = "time that auth has to answer before the client is told to try later (1013)"),
	KEY(CONF_DURATION, drain, .def = "5s", .max = 3600000, .reload = true,
		.help = "time to end in at SIGTERM; clients are sent away over the first half of it"),
	KEY(CONF_SIZE, max_unacked, .def = "16M", .min = 64 << 10, .max = 1 << 30,
		.help = "most that may wait for the hub before clients are not read any more"),
	KEY(CONF_INT, json_depth, .def = "32", .min = 2, .max = 512, .reload = true,
		.help = "how deeply a client's JSON may be nested"),
	KEY(CONF_INT, max_nickname, .def = "64", .min = 1, .max = 64, .reload = true,
		.help = "characters of a nickname"),
	KEY(CONF_STRING, default_room, .def = "general", .reload = true, .check = event_room_check,
		.help = "room of a client who names none"),
	KEY(CONF_CHOICE, series, .def = "anyone", .choices = SERIES_ACCESS, .reload = true,
		.help = "who is answered at /api/series/..., which the monitor shows: anyone, who has a token or the cookie of one, administrators"),
	KEY(CONF_BOOL, cookie_secure, .def = "no", .reload = true,
		.help = "mark cookies as Secure also where TLS ends before this server"),
	{ .name = NULL },
};

const struct conf_section gateway_sections[] = {
	{ .name = "gateway", .keys = keys, .size = sizeof(struct gateway_conf) },
	{ .name = NULL },
};
/* clang-format on */

int main(int argc, char **argv)
{
	static const struct service_def def = {
		.process = PROCESS_GATEWAY,
		.summary = "serves browsers and applications over WebSocket and HTTP",
		.sections = gateway_sections,
		.instances = true,
		.start = gateway_start,
		.reload = gateway_reload,
		.drain = gateway_drain,
		.stop = gateway_stop,
		.drain_ms = gateway_drain_ms,
	};

	return service_run(&def, argc, argv);
}
