/* upgrade.c - a request to become a WebSocket is answered, and its socket becomes a client's */
/* SPDX-License-Identifier: MIT */
#include "gateway/upgrade.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/client.h"
#include "gateway/door.h"
#include "gateway/http_handshake.h"
#include "gateway/listen.h"
#include "gateway/tls_pump.h"
#include "proto/base/clock.h"
#include "proto/base/mem.h"

/*
 * libwebsockets would take 25 us for a handshake, most of it for tables of its own, and the socket
 * would have to be taken away from it again: it takes unmasked frames, answers one ping of ten,
 * closes without a word, and holds 2 KB for each connection.
 */

static struct address peer_of(int fd)
{
	struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(from);

	(void)getpeername(fd, (struct sockaddr *)&from, &len);
	return listen_peer(&from);
}

/* Numbers below low_files are for lws. */
static int move_up(const struct gateway *gateway, int fd)
{
	int high;

	if (fd >= gateway->low_files)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, gateway->low_files);
	close(fd);
	return high;
}

/* A socket that has nothing to send takes the answer whole, or is broken. */
static bool send_whole(int fd, struct slice answer)
{
	return send(fd, answer.ptr, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)answer.len;
}

/* Of what comes through a pair of sockets, the peer's own is the client's. */
static void begin(struct gateway *gateway, int fd, struct tls_pump *pump,
	const struct handshake *handshake, bool valid, struct slice behind)
{
	_cleanup_(buf_done) struct buf unread = { .cap = 0 };
	struct tls_stream *tls = NULL;

	if (pump) {
		buf_put(&unread, behind);
		fd = tls_pump_dissolve(pump, fd, &tls, &unread);
		behind = buf_slice(&unread);
	} else {
		fd = move_up(gateway, fd);
	}
	if (fd >= 0)
		client_enter(gateway, fd, tls, handshake, valid, behind);
}

static void answer(struct gateway *gateway, int fd, struct tls_pump *pump,
	const struct ws_request *request, struct slice behind, struct buf *memory)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct handshake handshake;
	struct extensions extensions;
	enum refusal refusal = handshake_check(gateway, request, memory, &extensions);
	bool valid;

	if (refusal != REFUSAL_NONE) {
		reply_refusal(&(struct reply){ .out = &out, .wall_ms = clock_wall_ms() }, refusal);
		door_answer(fd, buf_slice(&out));
		return;
	}
	handshake_answer(gateway, request, &extensions, &out);
	/* through a pair of sockets it goes now, while they are one */
	if (pump && !send_whole(fd, buf_slice(&out))) {
		close(fd);
		return;
	}
	valid = handshake_read(gateway, request, memory, &handshake);
	handshake.deflate_bits = extensions.deflate_bits;
	if (!pump)
		handshake.answer = buf_slice(&out);
	begin(gateway, fd, pump, &handshake, valid, behind);
}

void upgrade(struct gateway *gateway, int fd, struct tls_pump *pump, const struct address *peer,
	struct slice head, struct slice behind)
{
	_cleanup_(buf_done) struct buf memory = { .cap = 0 };
	struct ws_request request;

	/* it is not moved: what is in the head, and twice a room's name, has room */
	buf_reserve(&memory, 4 * head.len + ADDRESS_TEXT);
	ws_request_read(head, &memory, &request);
	request.peer = peer ? *peer : peer_of(pump ? tls_pump_fd(pump) : fd);
	answer(gateway, fd, pump, &request, behind, &memory);
	tls_pump_let_go(pump);
	explicit_bzero(memory.data, memory.len);
}
