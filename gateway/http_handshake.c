/* http_handshake.c - may this request become a WebSocket, and what does it ask for? */
/* SPDX-License-Identifier: MIT */
#include "gateway/http_handshake.h"

#include <ctype.h>
#include <errno.h>

#include "gateway/clients.h"
#include "gateway/extensions.h"
#include "gateway/head.h"
#include "gateway/http.h"
#include "gateway/http_asked.h"
#include "gateway/httpval.h"
#include "gateway/memory.h"
#include "gateway/origin.h"
#include "gateway/pathname.h"
#include "gateway/route.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	KEY_LEN = 24,
	RESUME_MAX = 64,
	PROTOCOLS_MAX = 126, /* libwebsockets reads no longer list */
};

/* 16 bytes in base64. */
static bool is_key(struct slice key)
{
	if (key.len != KEY_LEN || !slice_eq(slice_make(key.ptr + KEY_LEN - 2, 2), SLICE("==")))
		return false;
	for (size_t i = 0; i < KEY_LEN - 2; i++)
		if (!isalnum((unsigned char)key.ptr[i]) && key.ptr[i] != '+' && key.ptr[i] != '/')
			return false;
	return true;
}

/* -EINVAL: the header is malformed, or longer than libwebsockets reads. */
static int agree(struct gateway *gateway, struct lws *wsi, struct buf *memory)
{
	struct slice offers = asked_field(wsi, WSI_TOKEN_EXTENSIONS, memory);
	struct agreed *agreed = &gateway->agreed;
	int r = offers.len > HEAD_EXTENSIONS_MAX ? -EINVAL
						 : extensions_read(offers, &agreed->extensions);

	agreed->wsi = r == 0 && gateway->conf->compression ? wsi : NULL;
	return r;
}

/* What RFC 6455 section 4.2.1 wants, and libwebsockets leaves out or drops without a word. */
static enum refusal check_form(
	struct gateway *gateway, struct lws *wsi, struct buf *memory, const struct asked *asked)
{
	struct slice connection, protocols;

	if (asked->method != LWSHUMETH_GET)
		return REFUSAL_NOT_GET;
	if (asked->old || asked->body || !asked->host.len)
		return REFUSAL_NO_HANDSHAKE;
	connection = asked_field(wsi, WSI_TOKEN_CONNECTION, memory);
	if (!httpval_list_has(connection, "upgrade"))
		return REFUSAL_NO_HANDSHAKE;
	if (!slice_eq(asked_field(wsi, WSI_TOKEN_VERSION, memory), SLICE("13")))
		return REFUSAL_VERSION;
	if (!is_key(asked_field(wsi, WSI_TOKEN_KEY, memory)))
		return REFUSAL_NO_HANDSHAKE;
	protocols = asked_field(wsi, WSI_TOKEN_PROTOCOL, memory);
	if (protocols.len > PROTOCOLS_MAX ||
		(protocols.len && !httpval_list_has(protocols, "bearer")))
		return REFUSAL_SUBPROTOCOL;
	if (agree(gateway, wsi, memory) < 0)
		return REFUSAL_EXTENSIONS;
	return REFUSAL_NONE;
}

/* An Origin that cannot be read is none of those that may. */
static bool may_connect(
	struct gateway *gateway, struct lws *wsi, struct buf *memory, const struct asked *asked)
{
	struct slice origin = asked_field(wsi, WSI_TOKEN_ORIGIN, memory);

	if (origin.len == 0 && lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0)
		return false;
	return origin_allowed(origin, asked->host, gateway->conf->origins);
}

/* All-zero for a Unix socket. */
static struct address peer_of(struct lws *wsi)
{
	struct address address = { .bytes = { 0 } };
	char text[ADDRESS_TEXT] = "";

	lws_get_peer_simple(wsi, text, sizeof(text));
	(void)address_parse(slice_of(text), &address);
	return address;
}

static struct address client_of(struct gateway *gateway, struct lws *wsi, struct buf *memory)
{
	struct address peer = peer_of(wsi);

	return address_of_client(&peer, asked_field(wsi, WSI_TOKEN_X_FORWARDED_FOR, memory),
		gateway->conf->trusted_proxies);
}

static bool is_crowded(struct gateway *gateway, struct lws *wsi, struct buf *memory)
{
	int64_t max = gateway->conf->max_per_address;
	struct address address;
	char text[ADDRESS_TEXT];

	if (max == 0)
		return false;
	address = client_of(gateway, wsi, memory);
	if (addresses_uses(gateway->addresses, &address) < (size_t)max)
		return false;
	address_text(&address, text);
	log_warn("too_many_from_address", "address=%s max=%lld hint=\"%s\"", text, (long long)max,
		address_is_loopback(&address)
			? "a proxy on this machine is to be named in [gateway] trusted_proxies"
			: "[gateway] max_per_address, or trusted_proxies if it is a proxy");
	return true;
}

enum refusal handshake_check(
	struct gateway *gateway, struct lws *wsi, struct buf *memory, struct asked *ret_asked)
{
	struct slice upgrade = asked_field(wsi, WSI_TOKEN_UPGRADE, memory);
	enum refusal refusal = asked_read(wsi, memory, ret_asked);
	struct route route;

	if (refusal != REFUSAL_NONE)
		return refusal;
	if (!httpval_list_has(upgrade, "websocket"))
		return REFUSAL_H2C;
	route = route_match(ret_asked->path, gateway->websocket);
	if (route.kind != ROUTE_WEBSOCKET)
		return REFUSAL_NOT_FOUND;
	refusal = check_form(gateway, wsi, memory, ret_asked);
	if (refusal != REFUSAL_NONE)
		return refusal;
	if (!may_connect(gateway, wsi, memory, ret_asked)) {
		counter_add(COUNTER_GATEWAY_REFUSED_ORIGIN, 1);
		return REFUSAL_ORIGIN;
	}
	if (route.in_path && !event_room_valid(pathname_room(route.room, memory)))
		return REFUSAL_BAD_ROOM;
	if (gateway->draining)
		return REFUSAL_STOPPING;
	if (is_crowded(gateway, wsi, memory)) {
		counter_add(COUNTER_GATEWAY_REFUSED_ADDRESS, 1);
		return REFUSAL_ADDRESS;
	}
	if (gateway->clients->count >= (size_t)gateway->conf->max_connections) {
		counter_add(COUNTER_GATEWAY_REFUSED_LIMIT, 1);
		return REFUSAL_FULL;
	}
	if (memory_is_short(gateway)) {
		counter_add(COUNTER_GATEWAY_REFUSED_MEMORY, 1);
		return REFUSAL_MEMORY;
	}
	return REFUSAL_NONE;
}

/* libwebsockets asks for every answer that it writes itself, the one to a handshake among them. */
void handshake_add_headers(
	const struct gateway *gateway, struct lws *wsi, struct lws_process_html_args *headers)
{
	_cleanup_(buf_done) struct buf line = { .cap = 0 };

	if (gateway->agreed.wsi != wsi || !gateway->agreed.extensions.deflate_bits)
		return;
	buf_put(&line, SLICE("Sec-WebSocket-Extensions: "));
	extensions_answer(&gateway->agreed.extensions, &line);
	buf_put(&line, SLICE("\r\n"));
	if (line.len > (size_t)headers->max_len)
		return;
	memcpy(headers->p, line.data, line.len);
	headers->p += line.len;
}

/*
 * The header wins over the subprotocol, and that over the query, which ends up in logs of proxies.
 */
static struct slice token_of(struct lws *wsi, struct buf *memory, const struct route_query *query)
{
	struct slice token = route_bearer(asked_field(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, memory));

	if (token.len == 0)
		token = route_subprotocol_token(asked_field(wsi, WSI_TOKEN_PROTOCOL, memory));
	return token.len ? token : query->token;
}

static struct slice text_of(const struct address *address, struct buf *memory)
{
	char text[ADDRESS_TEXT];
	size_t start = memory->len;

	address_text(address, text);
	buf_put(memory, slice_of(text));
	return slice_make(memory->data + start, memory->len - start);
}

/* Where it goes on in its room: both, or neither. */
static bool take_place(const struct route_query *query, struct handshake *handshake)
{
	handshake->recover = query->since.len > 0;
	if (query->since.len == 0 && query->epoch.len == 0)
		return true;
	return event_offset_parse(query->since, &handshake->since) &&
		event_epoch_parse(query->epoch, &handshake->epoch);
}

static bool is_valid(const struct gateway *gateway, const struct handshake *handshake)
{
	if (handshake->id.len && !event_id_valid(handshake->id))
		return false;
	if (handshake->nickname.len &&
		!event_nickname_valid(handshake->nickname, (size_t)gateway->conf->max_nickname))
		return false;
	if (handshake->room.len && !event_room_valid(handshake->room))
		return false;
	return handshake->resume.len <= RESUME_MAX;
}

int http_handshake(struct gateway *gateway, struct lws *wsi, struct buf *memory,
	struct handshake *ret_handshake)
{
	struct route_query query = { .id = { NULL, 0 } };
	struct handshake handshake = { .dialect = NULL };
	struct asked asked;
	struct route route;
	struct slice pair;
	bool valid;

	asked_memory(memory);
	asked_read(wsi, memory, &asked);
	route = route_match(asked.path, true);
	for (int n = 0; asked_pair(wsi, n, memory, &pair); n++)
		route_query_add(&query, pair);
	handshake.dialect = dialect_get(route.dialect);
	handshake.id = query.id;
	handshake.nickname = query.nickname;
	handshake.room = route.in_path ? pathname_room(route.room, memory) : query.room;
	handshake.quiet = route.dialect == DIALECT_RAW && slice_eq(query.echo, SLICE("0"));
	handshake.resume = query.resume;
	handshake.token = token_of(wsi, memory, &query);
	handshake.from = client_of(gateway, wsi, memory);
	handshake.address = text_of(&handshake.from, memory);
	if (gateway->agreed.wsi == wsi)
		handshake.deflate_bits = gateway->agreed.extensions.deflate_bits;
	valid = take_place(&query, &handshake) && is_valid(gateway, &handshake);
	*ret_handshake = handshake;
	return valid ? 0 : -EINVAL;
}
