/* websocket.c - a WebSocket client that waits: one connection, messages of text, RFC 6455 */
/* SPDX-License-Identifier: MIT */
#include "ctl/websocket.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "ctl/wsframe.h"
#include "proto/base/mem.h"

/* A server asks a silent client for a sign of life each 25 s: who hears nothing is alone. */
enum { CONNECT_MS = 5000, SILENCE_MS = 60000, HEAD_MAX = 16 << 10, MESSAGE_MAX = 32 << 20 };

struct websocket {
	CURL *curl;
	curl_socket_t fd;
	struct buf in; /* bytes that have come and were not looked at */
	struct buf message; /* the frames of one that is not whole */
};

static int over(struct websocket_end *end, int code, const char *reason)
{
	end->code = code;
	snprintf(end->reason, sizeof(end->reason), "%s", reason);
	return -EIO;
}

static int wait_for(struct websocket *websocket, short events, struct websocket_end *end)
{
	struct pollfd poller = { .fd = websocket->fd, .events = events };
	int r = poll(&poller, 1, SILENCE_MS);

	if (r == 0)
		return over(end, 1006, "the server is silent");
	return r < 0 && errno != EINTR ? over(end, 1006, strerror(errno)) : 0;
}

static int send_all(struct websocket *websocket, struct slice bytes, struct websocket_end *end)
{
	while (bytes.len) {
		size_t n = 0;
		CURLcode r = curl_easy_send(websocket->curl, bytes.ptr, bytes.len, &n);

		if (r == CURLE_AGAIN && wait_for(websocket, POLLOUT, end) < 0)
			return -EIO;
		if (r != CURLE_OK && r != CURLE_AGAIN)
			return over(end, 1006, curl_easy_strerror(r));
		bytes = slice_make(bytes.ptr + n, bytes.len - n);
	}
	return 0;
}

/* Some more bytes. */
static int receive(struct websocket *websocket, struct websocket_end *end)
{
	for (;;) {
		char *room = buf_reserve(&websocket->in, 16384);
		size_t n = 0;
		CURLcode r = curl_easy_recv(websocket->curl, room, 16384, &n);

		if (r == CURLE_OK && n == 0)
			return over(end, 1006, "the connection has ended");
		websocket->in.len += n;
		if (r == CURLE_OK)
			return 0;
		if (r != CURLE_AGAIN)
			return over(end, 1006, curl_easy_strerror(r));
		if (wait_for(websocket, POLLIN, end) < 0)
			return -EIO;
	}
}

/* ---- the handshake ---- */

static void make_key(char ret_key[32], char ret_accept[32])
{
	unsigned char nonce[16], digest[SHA_DIGEST_LENGTH];
	char text[96];

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		abort();
	EVP_EncodeBlock((unsigned char *)ret_key, nonce, sizeof(nonce));
	snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", ret_key);
	SHA1((const unsigned char *)text, strlen(text), digest);
	EVP_EncodeBlock((unsigned char *)ret_accept, digest, sizeof(digest));
}

/* HOST:PORT as it stands in the URL. */
static char *host_of(const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return mem_strndup(host, strcspn(host, "/?#"));
}

static int connect_to(struct websocket *websocket, const char *url, struct websocket_end *end)
{
	CURL *curl = websocket->curl = curl_easy_init();
	CURLcode r;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	r = curl_easy_perform(curl);
	if (r == CURLE_OK)
		r = curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &websocket->fd);
	end->unreached = r == CURLE_COULDNT_CONNECT;
	return r == CURLE_OK ? 0 : over(end, 1006, curl_easy_strerror(r));
}

static int ask(struct websocket *websocket, const char *host, const char *path, const char *token,
	const char *key, struct websocket_end *end)
{
	_cleanup_(buf_done) struct buf head = { .cap = 0 };

	buf_printf(&head, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n", path, host);
	buf_printf(&head, "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
	buf_printf(&head, "Sec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n\r\n", key, token);
	return send_all(websocket, buf_slice(&head), end);
}

static bool has_accept(const char *head, const char *accept)
{
	const char *line = strcasestr(head, "\r\nSec-WebSocket-Accept:");

	if (!line)
		return false;
	line += strlen("\r\nSec-WebSocket-Accept:");
	line += strspn(line, " \t");
	return strncmp(line, accept, strlen(accept)) == 0;
}

static int read_head(struct websocket *websocket, const char *accept, struct websocket_end *end)
{
	const char *blank;

	while (!(blank = strstr(buf_cstr(&websocket->in), "\r\n\r\n"))) {
		if (websocket->in.len > HEAD_MAX)
			return over(end, 1006, "what answers is no WebSocket server");
		if (receive(websocket, end) < 0)
			return -EIO;
	}
	if (sscanf(websocket->in.data, "HTTP/1.1 %d", &end->status) != 1)
		return over(end, 1006, "what answers is no HTTP server");
	if (end->status != 101)
		return over(end, 1006, "the WebSocket was refused");
	if (!has_accept(websocket->in.data, accept))
		return over(end, 1006, "what answers is no WebSocket server");
	buf_drop(&websocket->in, (size_t)(blank + 4 - websocket->in.data));
	return 0;
}

int websocket_open(const char *url, const char *path, const char *token,
	struct websocket **ret_websocket, struct websocket_end *ret_end)
{
	struct websocket *websocket = mem_alloc(sizeof(*websocket));
	_cleanup_(mem_freep) char *host = host_of(url);
	char key[32], accept[32];
	int r;

	*ret_end = (struct websocket_end){ .status = 0 };
	make_key(key, accept);
	r = connect_to(websocket, url, ret_end);
	if (r == 0)
		r = ask(websocket, host, path, token, key, ret_end);
	if (r == 0)
		r = read_head(websocket, accept, ret_end);
	if (r < 0)
		websocket_free(websocket);
	else
		*ret_websocket = websocket;
	return r;
}

void websocket_free(struct websocket *websocket)
{
	if (!websocket)
		return;
	curl_easy_cleanup(websocket->curl);
	buf_done(&websocket->in);
	buf_done(&websocket->message);
	mem_free(websocket);
}

/* ---- frames ---- */

static int next_frame(struct websocket *websocket, struct wsframe *ret, struct websocket_end *end)
{
	int r = wsframe_next(buf_slice(&websocket->in), MESSAGE_MAX - websocket->message.len, ret);

	if (r == -EMSGSIZE)
		return over(end, 1006, "a message that is too large");
	if (r < 0)
		return over(end, 1006, "a frame that is not as RFC 6455 wants it");
	return r;
}

static int on_close(struct slice payload, struct websocket_end *end)
{
	const unsigned char *bytes = (const unsigned char *)payload.ptr;
	_cleanup_(mem_freep) char *reason = NULL;

	if (payload.len < 2)
		return over(end, 1005, "closed");
	reason = mem_strndup(payload.ptr + 2, payload.len - 2);
	return over(end, bytes[0] << 8 | bytes[1], reason);
}

/* A mask of zeros is one: what is given back here is the server's own. */
static int pong(struct websocket *websocket, struct slice payload, struct websocket_end *end)
{
	_cleanup_(buf_done) struct buf frame = { .cap = 0 };

	if (payload.len > 125)
		return over(end, 1006, "a ping that is too long");
	buf_putc(&frame, (char)0x8a);
	buf_putc(&frame, (char)(0x80 | payload.len));
	buf_add(&frame, "\0\0\0\0", 4);
	buf_put(&frame, payload);
	return send_all(websocket, buf_slice(&frame), end);
}

int websocket_write(struct websocket *websocket, struct slice text, struct websocket_end *ret_end)
{
	_cleanup_(buf_done) struct buf frame = { .cap = 0 };
	char mask[4];

	if (text.len > UINT16_MAX)
		return over(ret_end, 1009, "what is to be said is too long");
	if (getrandom(mask, sizeof(mask), 0) != (ssize_t)sizeof(mask))
		abort();
	buf_putc(&frame, (char)0x81);
	buf_putc(&frame, (char)(0x80 | (text.len < 126 ? text.len : 126)));
	if (text.len >= 126) {
		buf_putc(&frame, (char)(text.len >> 8));
		buf_putc(&frame, (char)text.len);
	}
	buf_add(&frame, mask, sizeof(mask));
	for (size_t i = 0; i < text.len; i++)
		buf_putc(&frame, (char)(text.ptr[i] ^ mask[i % sizeof(mask)]));
	return send_all(websocket, buf_slice(&frame), ret_end);
}

/* 1: *ret_message is whole; 0: not yet; -EIO. */
static int on_frame(struct websocket *websocket, const struct wsframe *frame,
	struct buf *ret_message, struct websocket_end *end)
{
	int r = 0;

	if (frame->op == WSFRAME_CLOSE)
		return on_close(frame->payload, end);
	if (frame->op == WSFRAME_PING)
		r = pong(websocket, frame->payload, end);
	if (frame->op == WSFRAME_TEXT || frame->op == WSFRAME_CONTINUE) {
		buf_put(&websocket->message, frame->payload);
		if (frame->last) {
			buf_clear(ret_message);
			buf_put(ret_message, buf_slice(&websocket->message));
			buf_clear(&websocket->message);
			r = 1;
		}
	}
	return r;
}

int websocket_read(
	struct websocket *websocket, struct buf *ret_message, struct websocket_end *ret_end)
{
	struct wsframe frame;
	int r;

	*ret_end = (struct websocket_end){ .status = 0 };
	for (;;) {
		r = next_frame(websocket, &frame, ret_end);
		if (r < 0)
			return r;
		if (r == 0 && receive(websocket, ret_end) < 0)
			return -EIO;
		if (r == 0)
			continue;
		r = on_frame(websocket, &frame, ret_message, ret_end);
		buf_drop(&websocket->in, frame.size);
		if (r != 0)
			return r < 0 ? r : 0;
	}
}
