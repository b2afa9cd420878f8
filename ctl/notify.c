/* notify.c - what a daemon tells its supervisor (sd_notify's datagrams) */
/* SPDX-License-Identifier: MIT */
#include "ctl/notify.h"

/* 1 to 65535, or 0 if it is no port. */
static int parse_port(struct slice text)
{
	int port = 0;

	if (text.len == 0 || text.len > 5)
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return 0;
		port = port * 10 + (text.ptr[i] - '0');
	}
	return port <= 65535 ? port : 0;
}

static void take_line(struct slice line, struct notify *notify)
{
	const struct slice port = SLICE("X_ATRIUM_PORT="), tls_port = SLICE("X_ATRIUM_TLS_PORT=");

	if (slice_eq(line, SLICE("READY=1")))
		notify->ready = true;
	else if (slice_starts(line, port))
		notify->port = parse_port(slice_make(line.ptr + port.len, line.len - port.len));
	else if (slice_starts(line, tls_port))
		notify->tls_port = parse_port(
			slice_make(line.ptr + tls_port.len, line.len - tls_port.len));
}

void notify_parse(struct slice datagram, struct notify *ret_notify)
{
	while (datagram.len) {
		const char *newline = memchr(datagram.ptr, '\n', datagram.len);
		size_t len = newline ? (size_t)(newline - datagram.ptr) : datagram.len;

		take_line(slice_make(datagram.ptr, len), ret_notify);
		len += newline != NULL;
		datagram = slice_make(datagram.ptr + len, datagram.len - len);
	}
}
