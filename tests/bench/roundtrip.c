/* roundtrip.c - how long a question takes to come back as its answer, one after the other */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	roundtrip - of `make bench-handlers`
 *
 * SYNOPSIS
 *	roundtrip unix|zeromq|message|call COUNT [PORT ROOM]
 *
 * DESCRIPTION
 *	unix and zeromq: 128 bytes to a process that sends them back, over a Unix socket and over
 *	ZeroMQ (DEALER and ROUTER, ipc): what two processes on this machine can do at best. message:
 *	a WebSocket client publishes with `ref` and waits for `ack`; call: it calls, and waits for
 *	`result`. So COUNT times, after a tenth of that to warm up. Prints one JSON object.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { BYTES = 128, INPUT_MAX = 64 * 1024 };

static int sock = -1; /* to the echo, or the server */
static void *dealer;
static const char *room;
static char input[INPUT_MAX]; /* what has come and is not yet taken */
static size_t input_len;

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "roundtrip: %s\n", what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void read_all(int fd, char *out, size_t len)
{
	for (size_t have = 0; have < len;) {
		ssize_t got = read(fd, out + have, len - have);

		if (got <= 0)
			fail("the other end is gone");
		have += (size_t)got;
	}
}

static void write_all(int fd, const char *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t)len)
		fail("cannot write");
}

/* ---- the floors ---- */

/* A process that ends with this one. True in the new one. */
static int in_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid == 0;
}

static void unix_open(void)
{
	int pair[2];
	char bytes[BYTES];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		fail("no socket pair");
	if (in_child()) {
		close(pair[0]);
		for (ssize_t got; (got = read(pair[1], bytes, sizeof(bytes))) > 0;)
			write_all(pair[1], bytes, (size_t)got);
		_exit(0);
	}
	close(pair[1]);
	sock = pair[0];
}

static void unix_once(unsigned number)
{
	char bytes[BYTES] = { (char)number };

	write_all(sock, bytes, sizeof(bytes));
	read_all(sock, bytes, sizeof(bytes));
}

static void *zeromq_socket(int type)
{
	void *socket = zmq_socket(zmq_ctx_new(), type);

	if (!socket)
		fail("no ZeroMQ socket");
	return socket;
}

__attribute__((noreturn)) static void zeromq_echo(const char *address)
{
	void *router = zeromq_socket(ZMQ_ROUTER);
	char name[256], bytes[BYTES];

	if (zmq_bind(router, address) < 0)
		fail("cannot bind");
	for (;;) {
		int name_len = zmq_recv(router, name, sizeof(name), 0);
		int len = zmq_recv(router, bytes, sizeof(bytes), 0);

		if (name_len < 0 || len < 0)
			fail("cannot receive");
		(void)zmq_send(router, name, (size_t)name_len, ZMQ_SNDMORE);
		(void)zmq_send(router, bytes, (size_t)len, 0);
	}
}

static void zeromq_open(void)
{
	char directory[] = "/tmp/roundtrip-XXXXXX", address[64];

	if (!mkdtemp(directory))
		fail("no directory");
	snprintf(address, sizeof(address), "ipc://%s/s", directory);
	if (in_child())
		zeromq_echo(address);
	dealer = zeromq_socket(ZMQ_DEALER);
	if (zmq_connect(dealer, address) < 0)
		fail("cannot connect");
	(void)zmq_send(dealer, "", 0, 0); /* the first comes back when it has connected */
	(void)zmq_recv(dealer, input, sizeof(input), 0);
	unlink(address + strlen("ipc://"));
	rmdir(directory);
}

static void zeromq_once(unsigned number)
{
	char bytes[BYTES] = { (char)number };

	if (zmq_send(dealer, bytes, sizeof(bytes), 0) < 0 ||
		zmq_recv(dealer, bytes, sizeof(bytes), 0) != BYTES)
		fail("ZeroMQ does not send it back");
}

/* ---- a WebSocket client ---- */

static void receive(void)
{
	ssize_t got = read(sock, input + input_len, sizeof(input) - input_len);

	if (got <= 0)
		fail("closed by the server");
	input_len += (size_t)got;
}

static void drop(size_t len)
{
	input_len -= len;
	memmove(input, input + len, input_len);
}

/* Takes one frame off the front, if it is whole; returns whether `words` are in it. */
static int take_frame(const char *words, int *ret_whole)
{
	const unsigned char *byte = (const unsigned char *)input;
	size_t head = 2, len;
	int found;

	*ret_whole = 0;
	if (input_len < 4)
		return 0;
	len = byte[1] & 127;
	if (len == 127)
		fail("a frame that is too long");
	if (len == 126) {
		len = (size_t)byte[2] << 8 | byte[3];
		head = 4;
	}
	if (input_len < head + len)
		return 0;
	found = memmem(input + head, len, words, strlen(words)) != NULL;
	drop(head + len);
	*ret_whole = 1;
	return found;
}

static void wait_for(const char *words)
{
	for (int whole = 0;;) {
		if (take_frame(words, &whole))
			return;
		if (!whole)
			receive();
	}
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	char text[512], frame[8 + sizeof(text)] = { (char)0x81 };
	va_list args;
	size_t head = 2;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	frame[1] = (char)(0x80 | (len < 126 ? len : 126));
	if (len >= 126) {
		frame[head++] = (char)(len >> 8);
		frame[head++] = (char)len;
	}
	head += 4; /* a mask of zeros */
	memcpy(frame + head, text, (size_t)len);
	write_all(sock, frame, head + (size_t)len);
}

static void websocket_open(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	char request[512], *end;
	int len, one = 1;

	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (sock < 0 || connect(sock, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("cannot connect");
	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	len = snprintf(request, sizeof(request),
		"GET /api/ws?room=%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
		"Sec-WebSocket-Version: 13\r\n\r\n",
		room, port);
	write_all(sock, request, (size_t)len);
	do
		receive();
	while (!(end = memmem(input, input_len, "\r\n\r\n", 4)));
	drop((size_t)(end + 4 - input));
	wait_for("\"type\":\"joined\"");
}

static void message_once(unsigned number)
{
	char answer[32];

	snprintf(answer, sizeof(answer), "\"ref\":%u", number);
	say("{\"type\":\"message\",\"echo\":false,\"content\":\"%064u\",\"ref\":%u}", number,
		number);
	wait_for(answer);
}

static void call_once(unsigned number)
{
	char answer[32];

	snprintf(answer, sizeof(answer), "\"ref\":%u", number);
	say("{\"type\":\"call\",\"cmd\":\"nothing\",\"content\":\"%064u\",\"ref\":%u}", number,
		number);
	wait_for(answer);
}

/* ---- the measure ---- */

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure(void (*once)(unsigned number), unsigned count)
{
	const unsigned warm = count / 10;
	uint64_t *times = calloc(count, sizeof(*times));

	if (!times)
		fail("no memory");
	for (unsigned i = 0; i < warm + count; i++) {
		uint64_t begin = now_ns();

		once(1000000 + i);
		if (i >= warm)
			times[i - warm] = now_ns() - begin;
	}
	qsort(times, count, sizeof(*times), by_size);
	printf("{\"p50_us\":%.2f,\"p99_us\":%.2f}\n", (double)times[count / 2] / 1000,
		(double)times[count * 99 / 100] / 1000);
	free(times);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 0;

	if (count == 0 || (argc != 3 && argc != 5))
		fail("unix|zeromq|message|call COUNT [PORT ROOM]");
	if (argc == 5) {
		room = argv[4];
		websocket_open((unsigned)atoi(argv[3]));
		measure(strcmp(what, "call") == 0 ? call_once : message_once, count);
	} else if (strcmp(what, "unix") == 0) {
		unix_open();
		measure(unix_once, count);
	} else {
		zeromq_open();
		measure(zeromq_once, count);
	}
	return 0;
}
