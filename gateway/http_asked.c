/* http_asked.c - what a request's head says, as libwebsockets has read it */
/* SPDX-License-Identifier: MIT */
#include "gateway/http_asked.h"

#include "gateway/address.h"
#include "gateway/httpval.h"
#include "gateway/origin.h"
#include "gateway/tls_pump.h"

/* All that libwebsockets can keep of a head is less than 64 KiB; no value is asked for twice. */
enum { MEMORY = 72 * 1024, BODY_MAX = 64 * 1024 };

void asked_memory(struct buf *memory)
{
	buf_clear(memory);
	buf_reserve(memory, MEMORY);
}

/* Room for `len` bytes and the NUL that libwebsockets adds, or NULL. */
static char *room_for(struct buf *memory, int len)
{
	if (len < 0 || memory->cap - memory->len < (size_t)len + 1)
		return NULL;
	return memory->data + memory->len;
}

static struct slice taken(struct buf *memory, int len)
{
	struct slice value = slice_make(memory->data + memory->len, (size_t)len);

	memory->len += (size_t)len + 1;
	return value;
}

struct slice asked_field(struct lws *wsi, enum lws_token_indexes field, struct buf *memory)
{
	int len = lws_hdr_total_length(wsi, field);
	char *to = len > 0 ? room_for(memory, len) : NULL;

	if (!to || lws_hdr_copy(wsi, to, len + 1, field) != len)
		return (struct slice){ NULL, 0 };
	return taken(memory, len);
}

/*
 * libwebsockets decodes the path, and takes a decoded NUL for its end, a decoded CR or LF for that
 * of the line, and `&` or `;` for the beginning of another: what is left is not what was asked for.
 */
static bool read_path(struct lws *wsi, struct buf *memory, struct asked *asked)
{
	char *path = NULL, *to;
	int len = 0;

	asked->method = lws_http_get_uri_and_method(wsi, &path, &len);
	if (asked->method < 0 || !path || len <= 0 || strlen(path) != (size_t)len)
		return false;
	to = room_for(memory, len);
	if (!to)
		return false;
	memcpy(to, path, (size_t)len + 1);
	asked->path = taken(memory, len);
	return true;
}

static bool read_version(struct lws *wsi, struct buf *memory, struct asked *asked)
{
	struct slice version = asked_field(wsi, WSI_TOKEN_HTTP, memory);
	struct slice connection = asked_field(wsi, WSI_TOKEN_CONNECTION, memory);

	asked->old = slice_eq(version, SLICE("HTTP/1.0"));
	if (!asked->old && !slice_eq(version, SLICE("HTTP/1.1")))
		return false;
	if (asked->old)
		asked->keep = httpval_list_has(connection, "keep-alive");
	else
		asked->keep = !httpval_list_has(connection, "close");
	return true;
}

static enum refusal read_body(struct lws *wsi, struct buf *memory, struct asked *asked)
{
	struct slice length = asked_field(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, memory);

	asked->chunked = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
	if (asked->chunked)
		return REFUSAL_CHUNKED;
	if (length.len && !httpval_length(length, &asked->body))
		return REFUSAL_BAD_REQUEST;
	return asked->body > BODY_MAX ? REFUSAL_TOO_LARGE : REFUSAL_NONE;
}

enum refusal asked_read(struct lws *wsi, struct buf *memory, struct asked *ret_asked)
{
	struct asked asked = { .body = 0 };
	enum refusal refusal;

	if (!read_path(wsi, memory, &asked) || !read_version(wsi, memory, &asked)) {
		*ret_asked = (struct asked){ .method = -1 };
		return REFUSAL_BAD_REQUEST;
	}
	refusal = read_body(wsi, memory, &asked);
	asked.host = asked_field(wsi, WSI_TOKEN_HOST, memory);
	if (asked.host.len ? !origin_host_valid(asked.host) : !asked.old)
		refusal = REFUSAL_NO_HOST;
	*ret_asked = asked;
	return refusal;
}

/* All-zero for a Unix socket. */
struct slice asked_address(const struct gateway *gateway, struct lws *wsi, struct buf *memory)
{
	const struct tls_pump *pump = lws_get_opaque_user_data(wsi);
	int fd = pump ? tls_pump_fd(pump) : lws_get_socket_fd(wsi);
	struct address peer = { .bytes = { 0 } };
	char text[ADDRESS_TEXT] = "";
	size_t start;

	lws_get_peer_simple_fd(fd, text, sizeof(text));
	(void)address_parse(slice_of(text), &peer);
	peer = address_of_client(&peer, asked_field(wsi, WSI_TOKEN_X_FORWARDED_FOR, memory),
		gateway->conf->trusted_proxies);
	address_text(&peer, text);
	start = memory->len;
	buf_put(memory, slice_of(text));
	return slice_make(memory->data + start, memory->len - start);
}
